"""AWS::Serverless::GraphQLApi: an AppSync API with its schema, keys, data sources, functions and resolvers.

Source: https://docs.aws.amazon.com/serverless-application-model/latest/developerguide/sam-resource-graphqlapi.html
"""

from __future__ import annotations

import msgspec

from fourfold.model.condition import TRUE, Condition
from fourfold.model.resource import Resource
from fourfold.model.value import Absent, Known, Map, Value, known, sequence
from fourfold.sources.cloudformation.sam import connector
from fourfold.sources.cloudformation.sam.expansion import Expansion, built, nothing, present, tags, through
from fourfold.sources.cloudformation.sam.merge import with_globals
from fourfold.sources.cloudformation.sam.role import managed, trust
from fourfold.sources.cloudformation.sam.spelling import styled

_API = ("IntrospectionConfig", "OwnerContact", "QueryDepthLimit", "ResolverCountLimit", "Visibility", "XrayEnabled")
_PROVIDERS = {
    "LambdaAuthorizer": "LambdaAuthorizerConfig",
    "OpenIDConnect": "OpenIDConnectConfig",
    "UserPool": "UserPoolConfig",
}
_HAND_ON = (
    "export function request(ctx) {\n  return {};\n}\nexport function response(ctx) {\n  return ctx.prev.result;\n}\n"
)
"""A resolver of a pipeline without code of its own hands on what the pipeline gives."""


def expand(x: Expansion, resource: Resource) -> None:
    """Give the API and what SAM makes for it."""
    properties = with_globals(resource, x.template)
    if not isinstance(properties, Map):
        x.problem(properties, f"the properties of `{resource.address}` are not known")
        x.become("AWS::AppSync::GraphQLApi", resource, properties)
        return
    get, address = properties.get, resource.address
    auth = get("Auth")
    entries: dict[str, Value | None] = {name: get(name) for name in _API}
    entries["Name"] = known(address, at=properties) if nothing(get("Name")) else get("Name")
    entries["LogConfig"] = _logging(x, resource, properties)
    entries["Tags"] = tags(get("Tags"), {"graphqlapi:createdBy": "SAM"}, at=properties)
    entries |= _provider(auth)
    more = [_additional(item) for _, item in auth.get("Additional").elements()]
    entries["AdditionalAuthenticationProviders"] = sequence([*more], at=auth.get("Additional")) if more else None
    new = styled(msgspec.structs.replace(properties, entries_=present(entries)), "sam:GraphQLApi")
    x.become("AWS::AppSync::GraphQLApi", resource, new)
    api = x.ref(address, "ApiId", at=properties)
    schema = {"ApiId": api, "Definition": get("SchemaInline"), "DefinitionS3Location": get("SchemaUri")}
    x.emit("AWS::AppSync::GraphQLSchema", f"{address}Schema", {**schema}, origin=resource, at=properties)
    for when, name, key in get("ApiKeys").pairs():
        key_entries = {"ApiId": api, "Expires": key.get("ExpiresOn")}
        key_entries |= {part: key.get(part) for part in ("ApiKeyId", "Description")}
        x.emit("AWS::AppSync::ApiKey", f"{address}{name}", {**key_entries}, origin=resource, at=key, when=when)
    _authorizers(x, resource, auth)
    _sources(x, resource, get("DataSources"), api)
    _cache(x, resource, get("Cache"), api)
    _domain(x, resource, get("DomainName"), api)
    _functions(x, resource, get("Functions"), api)
    _resolvers(x, resource, get("Resolvers"), api)


def _provider(auth: Value) -> dict[str, Value | None]:
    """One way to authenticate."""
    out: dict[str, Value | None] = {"AuthenticationType": auth.get("Type")}
    for name, ours in _PROVIDERS.items():
        out[ours] = auth.get(name)
    return out


def _additional(auth: Value) -> Value:
    """A further way to authenticate; only the first has a default action."""
    entries = present(_provider(auth))
    pool = entries.get("UserPoolConfig")
    if isinstance(pool, Map):
        kept = {key: value for key, value in pool.entries_.items() if key != "DefaultAction"}
        entries["UserPoolConfig"] = built(kept, at=pool)
    return built(entries, at=auth)


def _authorizers(x: Expansion, resource: Resource, auth: Value) -> None:
    """Let the API call the functions that authorize."""
    nowhere = Absent(auth.source, auth.start, auth.end, auth.key_start, auth, ())
    identifier = x.ref(resource.address, "ApiId", at=auth)
    source = connector.End("AWS::AppSync::GraphQLApi", nowhere, nowhere, identifier, nowhere, nowhere, nowhere, auth)
    count = 0
    for _, side in (*auth.elements(), *auth.get("Additional").elements()):
        function = side.get("LambdaAuthorizer", "AuthorizerUri")
        if not nothing(function):
            count += 1
            end = connector.End("AWS::Lambda::Function", function, nowhere, nowhere, nowhere, nowhere, nowhere, side)
            address = f"{resource.address}ToLambdaAuthConnector{count}"
            connector.connect(x, resource, address, "", source, end, {"Write"}, TRUE)


def _logging(x: Expansion, resource: Resource, properties: Map) -> Value | None:
    """Everything is logged, by a role that is made, unless `Logging` says otherwise."""
    wanted = properties.get("Logging")
    if isinstance(wanted, Known) and not wanted.surely(True):
        return None
    entries = dict(wanted.entries_) if isinstance(wanted, Map) else {}
    at = wanted if isinstance(wanted, Map) else properties
    if "CloudWatchLogsRoleArn" not in entries:
        address = f"{resource.address}CloudWatchRole"
        x.emit(
            "AWS::IAM::Role",
            address,
            {
                "AssumeRolePolicyDocument": trust("appsync.amazonaws.com", at),
                "ManagedPolicyArns": sequence([managed("AWSAppSyncPushToCloudWatchLogs", at)], at=at),
            },
            origin=resource,
            at=at,
        )
        entries["CloudWatchLogsRoleArn"] = x.ref(address, "Arn", at=at)
    entries.setdefault("FieldLogLevel", known("ALL", at=at))
    return built(entries, at=at)


# -- data sources ------------------------------------------------------------------------------------------------------


def _sources(x: Expansion, resource: Resource, sources: Value, api: Value) -> None:
    for when, name, value in sources.get("Lambda").pairs():
        config = built(present({"LambdaFunctionArn": value.get("FunctionArn")}), at=value)
        _source(x, resource, f"{name}Lambda", "AWS_LAMBDA", name, value, when, {"LambdaConfig": config, "ApiId": api})
    for when, name, value in sources.get("DynamoDb").pairs():
        region = value.get("Region")
        table = {
            "TableName": value.get("TableName"),
            "AwsRegion": x.pseudo("AWS::Region", value) if nothing(region) else region,
            "UseCallerCredentials": value.get("UseCallerCredentials"),
            "Versioned": value.get("Versioned"),
            "DeltaSyncConfig": through(value.get("DeltaSync"), lambda v: v),
        }
        config = built(present(table), at=value)
        entries = {"DynamoDBConfig": config, "ApiId": api}
        _source(x, resource, f"{name}DynamoDB", "AMAZON_DYNAMODB", name, value, when, entries)


def _source(
    x: Expansion, resource: Resource, suffix: str, kind: str, name: str, value: Value, when: Condition,
    entries: dict[str, Value],
) -> None:  # fmt: skip
    address = f"{resource.address}{suffix}DataSource"
    role = value.get("ServiceRoleArn")
    if nothing(role):
        role = x.ref(f"{address}Role", "Arn", at=value)
        x.emit(
            "AWS::IAM::Role",
            f"{address}Role",
            {"AssumeRolePolicyDocument": trust("appsync.amazonaws.com", value)},
            origin=resource,
            at=value,
            when=when,
        )
        _allow(x, resource, address, value, when, table=kind == "AMAZON_DYNAMODB")
    named = value.get("Name")
    x.emit(
        "AWS::AppSync::DataSource",
        address,
        {
            **entries,
            "Name": known(name, at=value) if nothing(named) else named,
            "Type": known(kind, at=value),
            "Description": value.get("Description"),
            "ServiceRoleArn": role,
        },
        origin=resource,
        at=value,
        when=when,
    )


def _allow(x: Expansion, resource: Resource, address: str, value: Value, when: Condition, *, table: bool) -> None:
    """Let the role of a data source use what is behind it, as a connector would."""
    nowhere = Absent(value.source, value.start, value.end, value.key_start, value, ())
    arn = value.get("TableArn") if table else value.get("FunctionArn")
    if nothing(arn):
        region = value.get("Region")
        region = x.pseudo("AWS::Region", value) if nothing(region) else region
        pattern = "arn:${AWS::Partition}:dynamodb:${Region}:${AWS::AccountId}:table/${Table}"
        arn = x.text(pattern, value, Region=region, Table=value.get("TableName"))
    asked = {scalar._text() for _, scalar in value.get("Permissions").elements() if isinstance(scalar, Known)}
    source = connector.End(
        "AWS::AppSync::DataSource",
        nowhere,
        x.ref(f"{address}Role", at=value),
        nowhere,
        nowhere,
        nowhere,
        nowhere,
        value,
    )
    kind = "AWS::DynamoDB::Table" if table else "AWS::Lambda::Function"
    target = connector.End(kind, arn, nowhere, nowhere, nowhere, nowhere, nowhere, value)
    name = f"{address}To{'Table' if table else 'Lambda'}Connector"
    connector.connect(x, resource, name, "", source, target, asked or {"Read", "Write"}, when)


# -- what stands beside the API ----------------------------------------------------------------------------------------


def _cache(x: Expansion, resource: Resource, cache: Value, api: Value) -> None:
    if isinstance(cache, Map):
        entries = {**cache.entries_, "ApiId": api}
        x.emit("AWS::AppSync::ApiCache", f"{resource.address}ApiCache", entries, origin=resource, at=cache)


def _domain(x: Expansion, resource: Resource, domain: Value, api: Value) -> None:
    if isinstance(domain, Map):
        address = f"{resource.address}DomainName"
        x.emit("AWS::AppSync::DomainName", address, {**domain.entries_}, origin=resource, at=domain)
        entries = {"ApiId": api, "DomainName": x.ref(address, at=domain)}
        x.emit(
            "AWS::AppSync::DomainNameApiAssociation", f"{address}ApiAssociation", entries, origin=resource, at=domain
        )


def _runtime(value: Value) -> Value:
    if not isinstance(value, Map):
        return value
    entries = {"RuntimeVersion" if key == "Version" else key: entry for key, entry in value.entries_.items()}
    return built(entries, at=value)


def _data_source(x: Expansion, resource: Resource, value: Value) -> Value:
    """The name of a data source that is named by its logical name in the API."""
    name = value._text() if isinstance(value, Known) else ""
    if name.lower() == "none":
        return x.ref(_no_source(x, resource, value), "Name", at=value)
    for kind in ("Lambda", "DynamoDB"):
        address = f"{resource.address}{name}{kind}DataSource"
        if address in x.out:
            return x.ref(address, "Name", at=value)
    return value


def _no_source(x: Expansion, resource: Resource, at: Value) -> str:
    """Give the data source without anything behind it, once; its logical id."""
    address = f"{resource.address}NoneDataSource"
    if address not in x.out:
        entries: dict[str, Value | None] = {
            "ApiId": x.ref(resource.address, "ApiId", at=at),
            "Name": known(address, at=at),
            "Type": known("NONE", at=at),
        }
        x.emit("AWS::AppSync::DataSource", address, entries, origin=resource, at=at)
    return address


def _functions(x: Expansion, resource: Resource, functions: Value, api: Value) -> None:
    for when, name, value in functions.pairs():
        if not isinstance(value, Map) or not nothing(value.get("Id")):
            continue  # a function of another API, by its id
        get = value.get
        named = get("Name")
        entries = {
            "ApiId": api,
            "Name": known(name, at=value) if nothing(named) else named,
            "DataSourceName": through(get("DataSource"), lambda v: _data_source(x, resource, v)),
            "Code": get("InlineCode"),
            "CodeS3Location": get("CodeUri"),
            "Runtime": through(get("Runtime"), _runtime),
            "Description": get("Description"),
            "MaxBatchSize": get("MaxBatchSize"),
            "SyncConfig": get("Sync"),
        }
        x.emit(
            "AWS::AppSync::FunctionConfiguration", f"{resource.address}{name}", {**entries}, origin=resource, at=value,
            when=when,
        )  # fmt: skip


def _resolvers(x: Expansion, resource: Resource, resolvers: Value, api: Value) -> None:
    for when, type_name, fields in resolvers.pairs():
        for condition, name, value in fields.pairs(when):
            get = value.get
            steps = [_step(x, resource, item) for _, item in get("Pipeline").elements()]
            bare = nothing(get("InlineCode")) and nothing(get("CodeUri"))
            fixed = built({"Name": known("APPSYNC_JS", at=value), "RuntimeVersion": known("1.0.0", at=value)}, at=value)
            field = get("FieldName")
            entries = {
                "ApiId": api,
                "TypeName": known(type_name, at=value),
                "FieldName": known(name, at=value) if nothing(field) else field,
                "Kind": known("PIPELINE", at=value),
                "PipelineConfig": built({"Functions": sequence(steps, at=value)}, at=value),
                "Code": known(_HAND_ON, at=value) if bare else get("InlineCode"),
                "CodeS3Location": get("CodeUri"),
                "Runtime": fixed if nothing(get("Runtime")) else through(get("Runtime"), _runtime),
                "CachingConfig": get("Caching"),
                "MaxBatchSize": get("MaxBatchSize"),
                "SyncConfig": get("Sync"),
            }
            address = f"{resource.address}{type_name}{name}"
            x.emit("AWS::AppSync::Resolver", address, {**entries}, origin=resource, at=value, when=condition)


def _step(x: Expansion, resource: Resource, item: Value) -> Value:
    """The id of a function in a pipeline."""
    address = f"{resource.address}{item._text()}" if isinstance(item, Known) else ""
    return x.ref(address, "FunctionId", at=item) if address in x.out else item

"""What a service deploys: its functions, their role, what their events need, and its own resources.

Logical names and defaults as the framework documents them
(https://www.serverless.com/framework/docs/providers/aws/guide/resources, .../guide/functions, .../guide/iam, .../events).
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from fourfold.model.place import Problem
from fourfold.model.value import (
    Absent,
    Known,
    Map,
    Seq,
    Text,
    Unknown,
    Value,
    from_plain,
    known,
    mapping,
    sequence,
    unknown,
)
from fourfold.sources.serverless.variables import Variables

ROLE = "IamRoleLambdaExecution"
_SAME = {
    "handler": "Handler", "runtime": "Runtime", "memorySize": "MemorySize", "timeout": "Timeout", "layers": "Layers",
    "kmsKeyArn": "KmsKeyArn", "reservedConcurrency": "ReservedConcurrentExecutions", "description": "Description",
}  # fmt: skip
_SHARED = ("runtime", "memorySize", "timeout", "layers", "kmsKeyArn")
"""What the provider may set for all functions."""
_VPC_ACCESS = "arn:aws:iam::aws:policy/service-role/AWSLambdaVPCAccessExecutionRole"


class Service:
    """One service while it is turned into a template."""

    def __init__(self, root: Map, variables: Variables) -> None:
        self.root = root
        self.variables = variables
        self.problems: list[Problem] = []
        self.provider = variables.resolved(root.get("provider"))
        self.resources: dict[str, Value] = {}
        self.name = str(variables.resolved(root.get("service")).get("name").plain()) if isinstance(
            root.get("service"), Map
        ) else _words(variables.resolved(root.get("service")))  # fmt: skip

    def template(self) -> Map:
        """The template, to be evaluated."""
        plugins = self.root.get("plugins")
        if isinstance(plugins, Seq) and plugins.items_:
            names = ", ".join(f"`{p.plain()}`" for p in plugins.items_[:8])
            self._problem(plugins, f"plugins may change what is deployed, and are not run: {names}")
        functions = list(self._functions())
        needed = False
        for name, function in functions:
            needed |= self._function(name, function)
        if needed:
            self._role(any(not isinstance(self._vpc(f), Absent) for _, f in functions))
        for name, function in functions:
            for _, event in self.variables.resolved(function.get("events")).elements():
                self._event(name, event)
        own, sections = self._own()
        at = self.root
        return mapping({**sections, "Resources": mapping({**self.resources, **own}, at=at)}, at=at)

    def _problem(self, at: Value, reason: str) -> None:
        self.problems.append(Problem(at.source.path, at.source.position(at.start)[0], reason))

    def _functions(self) -> Iterator[tuple[str, Map]]:
        found = self.variables.resolved(self.root.get("functions"))
        for group in found.items_ if isinstance(found, Seq) else (found,):
            if isinstance(group, Map):
                yield from ((name, f) for name, f in group.entries_.items() if isinstance(f, Map))
            elif not isinstance(group, Absent):
                self._problem(group, f"functions were not read: {group.reason or 'they are no mapping'}")

    def _own(self) -> tuple[dict[str, Value], dict[str, Value]]:
        """The service's own resources, and conditions and mappings that they use."""
        resources: dict[str, Value] = {}
        sections: dict[str, dict[str, Value]] = {"Conditions": {}, "Mappings": {}, "Parameters": {}, "Outputs": {}}
        found = self.variables.resolved(self.root.get("resources"))
        for group in found.items_ if isinstance(found, Seq) else (found,):
            if not isinstance(group, Map):
                if isinstance(group, Unknown):
                    self._problem(group, f"resources were not read: {group.reason}")
                continue
            for section, into in (("Resources", resources), *sections.items()):
                entries = group.get(section)
                if isinstance(entries, Map):
                    into |= entries.entries_
        return resources, {k: mapping(v, at=self.root) for k, v in sections.items() if v}

    # -- functions -------------------------------------------------------------------------------------------------

    def _setting(self, function: Map, key: str) -> Value:
        own = function.get(key)
        return own if not isinstance(own, Absent) or key not in _SHARED else self.provider.get(key)

    def _vpc(self, function: Map) -> Value:
        own = function.get("vpc")
        return self.provider.get("vpc") if isinstance(own, Absent) else own

    def _function(self, name: str, function: Map) -> bool:
        """Declare a function; whether it needs the role that the framework makes."""
        properties: dict[str, Value] = {}
        for mine, theirs in _SAME.items():
            value = self._setting(function, mine)
            if not isinstance(value, Absent):
                properties[theirs] = value
        if "Runtime" not in properties and isinstance(function.get("image"), Absent):
            properties["Runtime"] = unknown("the framework's own default runtime depends on its version", at=function)
        written = function.get("name")
        stage = self.variables.stage
        default = known(f"{self.name}-{stage.plain()}-{name}", at=function)
        properties["FunctionName"] = default if isinstance(written, Absent) else written
        variables = {**_entries(self.provider.get("environment")), **_entries(function.get("environment"))}
        if variables:
            properties["Environment"] = mapping({"Variables": mapping(variables, at=function)}, at=function)
        vpc = self._vpc(function)
        if isinstance(vpc, Map):
            names = {"securityGroupIds": "SecurityGroupIds", "subnetIds": "SubnetIds"}
            properties["VpcConfig"] = mapping(
                {theirs: vpc.entries_[mine] for mine, theirs in names.items() if mine in vpc.entries_}, at=vpc
            )
        tracing = function.get("tracing")
        tracing = self.provider.get("tracing", "lambda") if isinstance(tracing, Absent) else tracing
        if isinstance(tracing, Known) and tracing.value:
            mode = tracing.value if isinstance(tracing.value, str) else "Active"
            properties["TracingConfig"] = mapping({"Mode": known(mode, at=tracing)}, at=tracing)
        on_error = function.get("onError")
        if not isinstance(on_error, Absent):
            properties["DeadLetterConfig"] = mapping({"TargetArn": on_error}, at=on_error)
        image = function.get("image")
        if not isinstance(image, Absent):
            uri = image.get("uri") if isinstance(image, Map) else image
            properties |= {"PackageType": known("Image", at=image), "Code": mapping({"ImageUri": uri}, at=image)}
        role, own = self._role_of(function)
        properties["Role"] = role
        self.resources[_logical(name)] = _resource("AWS::Lambda::Function", properties, function)
        self._log_group(name, function, properties["FunctionName"])
        self._url(name, function)
        return own

    def _role_of(self, function: Map) -> tuple[Value, bool]:
        role = function.get("role")
        if isinstance(role, Absent):
            shared = self.provider.get("iam", "role")
            role = self.provider.get("role") if isinstance(shared, (Absent, Map)) else shared
        if isinstance(role, Absent):
            return _attribute(ROLE, "Arn", function), True
        if isinstance(role, Known) and isinstance(role.value, str) and ":" not in role.value:
            return _attribute(role.value, "Arn", role), False
        return role, False

    def _log_group(self, name: str, function: Map, function_name: Value) -> None:
        if _is(function.get("disableLogs"), True):
            return
        days = function.get("logRetentionInDays")
        days = self.provider.get("logRetentionInDays") if isinstance(days, Absent) else days
        group = function_name
        if isinstance(group, Known):
            group = known(f"/aws/lambda/{group.value}", at=group)
        properties: dict[str, Value] = {"LogGroupName": group}
        if not isinstance(days, Absent):
            properties["RetentionInDays"] = days
        logical = _logical(name).removesuffix("LambdaFunction") + "LogGroup"
        self.resources[logical] = _resource("AWS::Logs::LogGroup", properties, function)

    def _url(self, name: str, function: Map) -> None:
        url = function.get("url")
        if isinstance(url, Absent) or _is(url, False):
            return
        iam = isinstance(url, Map) and _is(url.get("authorizer"), "aws_iam")
        kind = known("AWS_IAM" if iam else "NONE", at=url)
        target = _attribute(_logical(name), "Arn", url)
        stem = _logical(name)
        self.resources[f"{stem}Url"] = _resource(
            "AWS::Lambda::Url", {"AuthType": kind, "TargetFunctionArn": target}, url
        )
        if not iam:
            more = {"FunctionUrlAuthType": kind}
            self._permission(f"{stem}PermissionFnUrl", name, "*", url, "lambda:InvokeFunctionUrl", more)

    def _role(self, in_vpc: bool) -> None:
        """The one role of all functions that name none, with the rights to log that the framework gives."""
        at = self.provider if isinstance(self.provider, Map) else self.root
        settings = self.provider.get("iam", "role")
        prefix = f"{self.name}-{self.variables.stage.plain()}"
        group = {"Fn::Sub": f"arn:${{AWS::Partition}}:logs:${{AWS::Region}}:${{AWS::AccountId}}:log-group:/aws/lambda/{prefix}*:*"}  # fmt: skip
        logs = {"Effect": "Allow", "Action": ["logs:CreateLogStream", "logs:CreateLogGroup", "logs:TagResource"], "Resource": [group]}  # fmt: skip
        events = {"Effect": "Allow", "Action": ["logs:PutLogEvents"], "Resource": [group]}
        statements = [from_plain(logs, at=at), from_plain(events, at=at)]
        for written in (settings.get("statements"), self.provider.get("iamRoleStatements")):
            statements += [s for _, s in written.elements()]
        document = mapping({"Version": known("2012-10-17", at=at), "Statement": sequence(statements, at=at)}, at=at)
        policy = mapping({"PolicyName": known(f"{prefix}-lambda", at=at), "PolicyDocument": document}, at=at)
        trust = from_plain(
            {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Principal": {"Service": ["lambda.amazonaws.com"]}, "Action": ["sts:AssumeRole"]}]},
            at=at,
        )  # fmt: skip
        managed = [m for w in (settings.get("managedPolicies"), self.provider.get("iamManagedPolicies")) for _, m in w.elements()]  # fmt: skip
        managed += [known(_VPC_ACCESS, at=at)] if in_vpc else []
        properties = {"AssumeRolePolicyDocument": trust, "Policies": sequence([policy], at=at)}
        if managed:
            properties["ManagedPolicyArns"] = sequence(managed, at=at)
        boundary = settings.get("permissionsBoundary")
        if not isinstance(boundary, Absent):
            properties["PermissionsBoundary"] = boundary
        self.resources[ROLE] = _resource("AWS::IAM::Role", properties, at)

    # -- events ------------------------------------------------------------------------------------------------------

    def _event(self, name: str, event: Value) -> None:
        kind, body = _kind_of(event)
        number = len(self.resources)
        stem = f"{_logical(name).removesuffix('LambdaFunction')}{kind[:1].upper()}{kind[1:]}{number}"
        if kind in ("http", "httpApi"):
            self._route(stem, name, body, rest=kind == "http")
        elif kind in ("sqs", "stream", "kafka", "msk", "activemq", "rabbitmq"):
            arn = body.get("arn") if isinstance(body, Map) else body
            target = mapping({"Ref": known(_logical(name), at=body)}, at=body)
            properties = {"EventSourceArn": arn, "FunctionName": target}
            properties |= _destination(body)
            self.resources[stem] = _resource("AWS::Lambda::EventSourceMapping", properties, body)
        elif kind in ("schedule", "eventBridge", "cloudwatchEvent"):
            self._rule(stem, name, kind, body)
        elif kind == "sns":
            topic = body if not isinstance(body, Map) else body.get("arn")
            if isinstance(topic, Known) and ":" not in str(topic.value):
                logical = "SNSTopic" + _normal(str(topic.value))
                self.resources[logical] = _resource("AWS::SNS::Topic", {"TopicName": topic}, topic)
                topic = mapping({"Ref": known(logical, at=topic)}, at=topic)
            properties = {"TopicArn": topic, "Protocol": known("lambda", at=body), "Endpoint": _attribute(_logical(name), "Arn", body)}  # fmt: skip
            self.resources[stem] = _resource("AWS::SNS::Subscription", properties, body)
            self._permission(f"{stem}Permission", name, "sns.amazonaws.com", body, more={"SourceArn": topic})
        elif kind == "s3":
            self._bucket(stem, name, body)
        else:
            self._problem(event, f"event `{kind}` of function `{name}` is not read")

    def _rule(self, stem: str, name: str, kind: str, body: Value) -> None:
        target = from_plain([{"Id": name}], at=body)
        target = sequence([mapping({"Id": known(name, at=body), "Arn": _attribute(_logical(name), "Arn", body)}, at=body)], at=body)  # fmt: skip
        properties: dict[str, Value] = {"Targets": target}
        when = body.get("rate") if isinstance(body, Map) and kind == "schedule" else body
        if kind == "schedule" or isinstance(body.get("pattern"), Absent):
            properties["ScheduleExpression"] = when if kind == "schedule" else body.get("schedule")
        else:
            properties["EventPattern"] = body.get("pattern")
        self.resources[stem] = _resource("AWS::Events::Rule", properties, body)
        source = {"SourceArn": _attribute(stem, "Arn", body)}
        self._permission(f"{stem}Permission", name, "events.amazonaws.com", body, more=source)

    def _bucket(self, stem: str, name: str, body: Value) -> None:
        bucket = body.get("bucket") if isinstance(body, Map) else body
        source: dict[str, Value] = {}
        if isinstance(bucket, Known) and not _is(body.get("existing") if isinstance(body, Map) else body, True):
            logical = "S3Bucket" + _normal(str(bucket.value))
            self.resources.setdefault(logical, _resource("AWS::S3::Bucket", {"BucketName": bucket}, bucket))
        if isinstance(bucket, Known):
            source["SourceArn"] = known(f"arn:aws:s3:::{bucket.value}", at=bucket)
        source["SourceAccount"] = mapping({"Ref": known("AWS::AccountId", at=body)}, at=body)
        self._permission(f"{stem}Permission", name, "s3.amazonaws.com", body, more=source)

    def _route(self, stem: str, name: str, body: Value, *, rest: bool) -> None:
        method, path = _method_and_path(body)
        api = "ApiGatewayRestApi" if rest else "HttpApi"
        self._api(api, rest=rest)
        authorization = _authorization(body, self.provider, rest=rest)
        target = _attribute(_logical(name), "Arn", body)
        reference = mapping({"Ref": known(api, at=body)}, at=body)
        if rest:
            uri = from_plain({"Fn::Sub": f"arn:${{AWS::Partition}}:apigateway:${{AWS::Region}}:lambda:path/2015-03-31/functions/${{{_logical(name)}.Arn}}/invocations"}, at=body)  # fmt: skip
            place: Value = _attribute(api, "RootResourceId", body)
            part = str(path.plain()).strip("/")
            if part:
                parts = {"PathPart": known(part, at=path), "RestApiId": reference, "ParentId": place}
                self.resources[f"{stem}Resource"] = _resource("AWS::ApiGateway::Resource", parts, body)
                place = mapping({"Ref": known(f"{stem}Resource", at=body)}, at=body)
            properties = {
                "RestApiId": reference, "ResourceId": place,
                "HttpMethod": method, "AuthorizationType": authorization,
                "Integration": mapping({"Type": known("AWS_PROXY", at=body), "Uri": uri}, at=body),
            }  # fmt: skip
            if isinstance(body, Map) and _is(body.get("private"), True):
                properties["ApiKeyRequired"] = known(True, at=body.get("private"))
            self.resources[stem] = _resource("AWS::ApiGateway::Method", properties, body)
        else:
            integration = f"{stem}Integration"
            self.resources[integration] = _resource(
                "AWS::ApiGatewayV2::Integration",
                {"ApiId": reference, "IntegrationType": known("AWS_PROXY", at=body), "IntegrationUri": target},
                body,
            )
            key = "$default" if method.plain() in ("*", None) and path.plain() in ("*", None) else f"{str(method.plain()).upper()} {path.plain()}"  # fmt: skip
            target = from_plain({"Fn::Join": ["/", ["integrations", {"Ref": integration}]]}, at=body)
            properties = {"ApiId": reference, "RouteKey": known(key, at=body), "AuthorizationType": authorization, "Target": target}  # fmt: skip
            self.resources[stem] = _resource("AWS::ApiGatewayV2::Route", properties, body)
        source = from_plain({"Fn::Sub": f"arn:${{AWS::Partition}}:execute-api:${{AWS::Region}}:${{AWS::AccountId}}:${{{api}}}/*"}, at=body)  # fmt: skip
        self._permission(f"{stem}Permission", name, "apigateway.amazonaws.com", body, more={"SourceArn": source})

    def _api(self, api: str, *, rest: bool) -> None:
        if api in self.resources:
            return
        at = self.provider if isinstance(self.provider, Map) else self.root
        reference = mapping({"Ref": known(api, at=at)}, at=at)
        name = known(f"{self.variables.stage.plain()}-{self.name}", at=at)
        kind = "AWS::ApiGateway::RestApi" if rest else "AWS::ApiGatewayV2::Api"
        policy = self.provider.get("apiGateway", "resourcePolicy")
        properties: dict[str, Value] = {"Name": name} if rest else {"Name": name, "ProtocolType": known("HTTP", at=at)}
        if rest and isinstance(policy, Seq):
            properties["Policy"] = mapping({"Version": known("2012-10-17", at=policy), "Statement": policy}, at=policy)
        self.resources[api] = _resource(kind, properties, at)
        logs = self.provider.get("logs", "restApi" if rest else "httpApi")
        stage: dict[str, Value] = {"StageName": self.variables.stage if rest else known("$default", at=at)}
        stage["RestApiId" if rest else "ApiId"] = reference
        if not isinstance(logs, Absent) and not _is(logs, False):
            group = from_plain({"DestinationArn": {"Fn::GetAtt": [f"{api}LogGroup", "Arn"]}}, at=logs)
            stage["AccessLogSetting" if rest else "AccessLogSettings"] = group
            self.resources[f"{api}LogGroup"] = _resource("AWS::Logs::LogGroup", {}, logs)
        if rest and _is(self.provider.get("tracing", "apiGateway"), True):
            stage["TracingEnabled"] = known(True, at=at)
        self.resources[f"{api}Stage"] = _resource(f"{kind.rpartition('::')[0]}::Stage", stage, at)

    def _permission(
        self,
        logical: str,
        name: str,
        principal: str,
        at: Value,
        action: str = "lambda:InvokeFunction",
        more: Any = None,
    ) -> None:
        properties: dict[str, Value] = {
            "FunctionName": _attribute(_logical(name), "Arn", at),
            "Action": known(action, at=at),
            "Principal": known(principal, at=at),
            **(more or {}),
        }
        self.resources[logical] = _resource("AWS::Lambda::Permission", properties, at)


def _resource(kind: str, properties: dict[str, Value], at: Value) -> Value:
    return mapping({"Type": known(kind, at=at), "Properties": mapping(properties, at=at)}, at=at)


def _attribute(logical: str, attribute: str, at: Value) -> Value:
    return mapping({"Fn::GetAtt": sequence([known(logical, at=at), known(attribute, at=at)], at=at)}, at=at)


def _entries(value: Value) -> dict[str, Value]:
    return value.entries_ if isinstance(value, Map) else {}


def _is(value: Value, expected: object) -> bool:
    return isinstance(value, Known) and value.value == expected and type(value.value) is type(expected)


def _words(value: Value) -> str:
    return str(value.plain()) if isinstance(value, (Known, Text)) else "service"


def _normal(name: str) -> str:
    """A name as part of a logical id."""
    text = name.replace("-", "Dash").replace("_", "Underscore")
    return "".join(c for c in text[:1].upper() + text[1:] if c.isalnum())


def _logical(function: str) -> str:
    return f"{_normal(function)}LambdaFunction"


def _kind_of(event: Value) -> tuple[str, Value]:
    """The kind of an event and its settings: `- sns: topic`, or `- httpApi: '*'`."""
    if isinstance(event, Map) and event.entries_:
        kind, body = next(iter(event.entries_.items()))
        return kind, body
    return str(event.plain()), event


def _method_and_path(body: Value) -> tuple[Value, Value]:
    if isinstance(body, Map):
        return body.get("method"), body.get("path")
    words = str(body.plain()).split()
    return known(words[0] if words else "*", at=body), known(words[1] if len(words) > 1 else "*", at=body)


def _authorization(body: Value, provider: Value, *, rest: bool) -> Value:
    """The authorization of a route; `NONE` where nothing is asked."""
    authorizer = (
        body.get("authorizer") if isinstance(body, Map) else Absent(body.source, body.start, body.end, -1, body, ())
    )
    if isinstance(authorizer, Absent) or (isinstance(authorizer, Known) and authorizer.value is None):
        return known("NONE", at=body)
    kind = authorizer.get("type") if isinstance(authorizer, Map) else authorizer
    if isinstance(kind, Known) and str(kind.value).lower() in ("aws_iam", "none"):
        return known(str(kind.value).upper(), at=kind)
    if isinstance(authorizer, Unknown):
        return authorizer
    if rest:
        arn = authorizer.get("arn") if isinstance(authorizer, Map) else authorizer
        pool = "cognito-idp" in str(arn.plain()) or _is(kind, "COGNITO_USER_POOLS")
        return known("COGNITO_USER_POOLS" if pool else "CUSTOM", at=authorizer)
    name = authorizer.get("name") if isinstance(authorizer, Map) else authorizer
    declared = provider.get("httpApi", "authorizers", str(name.plain()), "type")
    custom = _is(declared, "request") or _is(kind, "request")
    return known("CUSTOM" if custom else "JWT", at=authorizer)


def _destination(body: Value) -> dict[str, Value]:
    failed = body.get("destinations", "onFailure") if isinstance(body, Map) else None
    if failed is None or isinstance(failed, Absent):
        return {}
    arn = failed.get("arn") if isinstance(failed, Map) else failed
    on_failure = mapping({"Destination": arn}, at=failed)
    return {"DestinationConfig": mapping({"OnFailure": on_failure}, at=failed)}

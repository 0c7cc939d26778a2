"""Who may do what on AWS: roles, users and groups with their policies, and the policies of resources."""

from __future__ import annotations

from fourfold.linking.aws_policy import add_equivalent, add_policy, as_map, is_written
from fourfold.linking.draft import Draft
from fourfold.model.nodes import Identity, Policy
from fourfold.model.resource import Resource
from fourfold.model.value import Absent, Choice, Known, Ref, Text, Value, known, mapping, unknown

IDENTITIES = {
    "AWS::IAM::Role": ("role", "RoleName"),
    "AWS::IAM::User": ("user", "UserName"),
    "AWS::IAM::Group": ("group", "GroupName"),
}
"""Type: kind, and the property that names it."""

ATTACHED = {
    "AWS::IAM::Policy": ("Roles", "Users", "Groups"),
    "AWS::IAM::ManagedPolicy": ("Roles", "Users", "Groups"),
    "AWS::IAM::RolePolicy": ("RoleName",),
    "AWS::IAM::UserPolicy": ("UserName",),
    "AWS::IAM::GroupPolicy": ("GroupName",),
}
"""Policies that stand for themselves, and the properties that say whom they are attached to."""

_HOLDERS = {
    "Roles": "role", "Users": "user", "Groups": "group", "RoleName": "role", "UserName": "user", "GroupName": "group",
}  # fmt: skip

RESOURCE_POLICIES: dict[str, tuple[str, str]] = {
    "AWS::S3::BucketPolicy": ("PolicyDocument", "Bucket"),
    "AWS::S3::AccessPoint": ("Policy", ""),
    "AWS::S3::MultiRegionAccessPointPolicy": ("Policy", "MrapName"),
    "AWS::S3ObjectLambda::AccessPointPolicy": ("PolicyDocument", "ObjectLambdaAccessPoint"),
    "AWS::S3Outposts::BucketPolicy": ("PolicyDocument", "Bucket"),
    "AWS::S3Express::BucketPolicy": ("PolicyDocument", "Bucket"),
    "AWS::S3Tables::TableBucketPolicy": ("ResourcePolicy", "TableBucketARN"),
    "AWS::SQS::QueuePolicy": ("PolicyDocument", "Queues"),
    "AWS::SQS::QueueInlinePolicy": ("PolicyDocument", "Queue"),
    "AWS::SNS::TopicPolicy": ("PolicyDocument", "Topics"),
    "AWS::SNS::TopicInlinePolicy": ("PolicyDocument", "TopicArn"),
    "AWS::KMS::Key": ("KeyPolicy", ""),
    "AWS::KMS::ReplicaKey": ("KeyPolicy", ""),
    "AWS::SecretsManager::ResourcePolicy": ("ResourcePolicy", "SecretId"),
    "AWS::ECR::Repository": ("RepositoryPolicyText", ""),
    "AWS::ECR::PublicRepository": ("RepositoryPolicyText", ""),
    "AWS::ECR::RegistryPolicy": ("PolicyText", ""),
    "AWS::ApiGateway::RestApi": ("Policy", ""),
    "AWS::Elasticsearch::Domain": ("AccessPolicies", ""),
    "AWS::OpenSearchService::Domain": ("AccessPolicies", ""),
    "AWS::EFS::FileSystem": ("FileSystemPolicy", ""),
    "AWS::Backup::BackupVault": ("AccessPolicy", ""),
    "AWS::Backup::LogicallyAirGappedBackupVault": ("AccessPolicy", ""),
    "AWS::Events::EventBus": ("Policy", ""),
    "AWS::Logs::ResourcePolicy": ("PolicyDocument", ""),
    "AWS::Logs::Destination": ("DestinationPolicy", ""),
    "AWS::Logs::LogGroup": ("ResourcePolicyDocument", ""),
    "AWS::DSQL::Cluster": ("PolicyDocument", ""),
    "AWS::DynamoDB::Table": ("ResourcePolicy.PolicyDocument", ""),
    "AWS::Kinesis::ResourcePolicy": ("ResourcePolicy", "ResourceArn"),
    "AWS::CodeArtifact::Domain": ("PermissionsPolicyDocument", ""),
    "AWS::CodeArtifact::Repository": ("PermissionsPolicyDocument", ""),
    "AWS::MediaStore::Container": ("Policy", ""),
    "AWS::Organizations::ResourcePolicy": ("Content", ""),
    "AWS::VpcLattice::AuthPolicy": ("Policy", "ResourceIdentifier"),
    "AWS::VpcLattice::ResourcePolicy": ("Policy", "ResourceArn"),
    "AWS::MSK::ClusterPolicy": ("Policy", "ClusterArn"),
    "AWS::XRay::ResourcePolicy": ("PolicyDocument", ""),
    "AWS::CloudTrail::Dashboard": ("ResourcePolicy", ""),
    "AWS::Redshift::Cluster": ("NamespaceResourcePolicy", ""),
    "AWS::RedshiftServerless::Namespace": ("NamespaceResourcePolicy", ""),
}
"""Type: where its resource policy stands, and the property that says what it protects (empty: itself)."""


KMS_GRANT = "AWS::KMS::Grant"
"""A grant on a key, which CloudFormation has no type for: `KeyId`, `Principal`, `Action`, `EncryptionContext*`."""


def add(draft: Draft) -> None:
    """Identities, their policies, and resource policies."""
    _resource_policies(draft)
    _permissions(draft)
    _others(draft)
    _identities(draft)


def identity_of(draft: Draft, value: Value) -> Identity | None:
    """The identity of the scan that a reference, an ARN or a name leads to; through instance profiles to their role.

    None where it leads out of the scan, or where the sides of a choice lead to different identities.
    """
    found = {id(i): i for _, side in value.alternatives() if (i := _identity(draft, side)) is not None}
    return next(iter(found.values())) if len(found) == 1 else None


def _identity(draft: Draft, value: Value, depth: int = 0) -> Identity | None:
    resource = draft.target(value)
    if resource is None:
        return _by_name(draft, value, "")
    if resource.type == "AWS::IAM::InstanceProfile" and depth == 0:
        for _, role in resource.get("Roles").elements():
            return _identity(draft, role, 1)
        return None
    return _identity_node(draft, resource)


def _identity_node(draft: Draft, resource: Resource) -> Identity | None:
    return next((n for n in draft.by_resource.get(resource.key, ()) if isinstance(n, Identity)), None)


def _by_name(draft: Draft, value: Value, kind: str) -> Identity | None:
    """The only identity whose literal name is the end of a literal name or ARN."""
    holder = _holder_by_name(draft, value, kind)
    return None if holder is None else _identity_node(draft, holder)


# -- identities ----------------------------------------------------------------------------------------------------


def _identities(draft: Draft) -> None:
    attached, standing = _attached(draft)
    for kind_type, (kind, _) in IDENTITIES.items():
        for resource in draft.of_type(kind_type):
            _add_identity(draft, resource, kind, attached.get(resource.key, []), standing)
    for resource in draft.of_type("AWS::SSO::PermissionSet"):
        inline = add_policy(draft, resource, resource.get("InlinePolicy"), "identity", part="inline")
        _finish_identity(draft, resource, "role", None, [inline] if inline else [], resource.get("ManagedPolicies"))


def _add_identity(
    draft: Draft, resource: Resource, kind: str, attached: list[Policy], standing: dict[str, Policy]
) -> None:
    trust = add_policy(draft, resource, resource.get("AssumeRolePolicyDocument"), "trust", part="trust")
    policies: list[Policy] = []
    for index, (when, item) in enumerate(resource.get("Policies").elements()):
        name = item.get("PolicyName")
        label = str(name.value) if isinstance(name, Known) else str(index)
        policy = add_policy(
            draft, resource, item.get("PolicyDocument"), "identity", name=label, part=f"policy/{label}", when=when
        )
        if policy is not None:
            policies.append(policy)
    managed = resource.get("ManagedPolicyArns")
    for _, arn in managed.elements():
        target = draft.target(arn)
        if target is not None and target.key in standing:
            policies.append(standing[target.key])
    policies.extend(p for p in attached if p not in policies)
    _finish_identity(draft, resource, kind, trust, policies, managed)


def _finish_identity(
    draft: Draft, resource: Resource, kind: str, trust: Policy | None, policies: list[Policy], managed: Value
) -> None:
    names = [resource.get(prop) for prop in ("RoleName", "UserName", "GroupName", "Name")]
    name = next((str(n.value) for n in names if isinstance(n, Known) and n.value), resource.address)
    identity = draft.add(
        Identity(
            resource=resource,
            name=name,
            at=resource.properties,
            condition=resource.condition,
            kind=kind,  # type: ignore[arg-type]
            trust=trust,
            policies=tuple(policies),
            managed=managed,
            boundary=resource.get("PermissionsBoundary"),
        )
    )
    for policy in (*policies, *((trust,) if trust else ())):
        draft.connect(identity, "trusts_by" if policy is trust else "has_policy", policy)


def _attached(draft: Draft) -> tuple[dict[str, list[Policy]], dict[str, Policy]]:
    """Policies by the key of the resource they are attached to, and managed policies by their own key."""
    attached: dict[str, list[Policy]] = {}
    standing: dict[str, Policy] = {}
    boundaries = {
        target.key
        for t in IDENTITIES
        for resource in draft.of_type(t)
        for _, value in resource.get("PermissionsBoundary").alternatives()
        if (target := draft.target(value)) is not None
    }
    for policy_type, properties in ATTACHED.items():
        for resource in draft.of_type(policy_type):
            holders = [(p, value) for p in properties for _, value in resource.get(p).elements()]
            # A managed policy that only bounds others grants nothing by itself.
            kind = "boundary" if resource.key in boundaries and not holders else "identity"
            policy = add_policy(draft, resource, resource.get("PolicyDocument"), kind)
            if policy is None:
                continue
            if policy_type == "AWS::IAM::ManagedPolicy":
                standing[resource.key] = policy
            for prop, value in holders:
                holder = draft.target(value) or _holder_by_name(draft, value, _HOLDERS[prop])
                if holder is not None and policy not in attached.setdefault(holder.key, []):
                    attached[holder.key].append(policy)
    return attached, standing


def _holder_by_name(draft: Draft, value: Value, kind: str) -> Resource | None:
    """The only identity of the scan, of this kind where one is given, with that literal name (or ARN of it)."""
    text = _tail(value)
    if not text:
        return None
    found = [
        resource
        for holder_type, (holder_kind, prop) in IDENTITIES.items()
        if kind in ("", holder_kind)
        for resource in draft.of_type(holder_type)
        if isinstance(name := resource.get(prop), Known) and name.value == text
    ]
    return found[0] if len(found) == 1 else None


def _tail(value: Value) -> str:
    """The name at the end of a literal ARN or name; empty where the end is not literal."""
    if isinstance(value, Known) and isinstance(value.value, str):
        return value.value.rpartition("/")[2]
    if isinstance(value, Text) and isinstance(value.parts[-1], str) and "/" in value.parts[-1]:
        return value.parts[-1].rpartition("/")[2]
    return ""


# -- policies of resources -------------------------------------------------------------------------------------------


def _self(resource: Resource) -> Ref:
    at = resource.properties
    return Ref(at.source, at.start, at.end, at.key_start, resource.key)


def _resource_policies(draft: Draft) -> None:
    for resource_type, (path, target) in RESOURCE_POLICIES.items():
        keys = path.split(".")
        for resource in draft.of_type(resource_type):
            protects = resource.get(target) if target else _self(resource)
            add_policy(draft, resource, resource.get(*keys), "resource", protects=protects)
    for resource in draft.of_type("AWS::DynamoDB::GlobalTable"):
        for index, (when, replica) in enumerate(resource.get("Replicas").elements()):
            document = replica.get("ResourcePolicy", "PolicyDocument")
            add_policy(
                draft, resource, document, "resource", part=f"replica/{index}", protects=_self(resource), when=when
            )


def _others(draft: Draft) -> None:
    from fourfold.sources.iam import TYPE

    for resource in draft.of_type("AWS::EC2::VPCEndpoint"):
        add_policy(draft, resource, resource.get("PolicyDocument"), "endpoint", protects=_self(resource))
    for resource in draft.of_type("AWS::Organizations::Policy"):
        organization = {"SERVICE_CONTROL_POLICY": "scp", "RESOURCE_CONTROL_POLICY": "rcp"}
        kind = organization.get(str(resource.get("Type").plain()))
        if kind is not None:
            add_policy(draft, resource, resource.get("Content"), kind)
    for resource in draft.of_type(TYPE):
        add_policy(draft, resource, resource.properties, _kind_of(resource))


def _kind_of(resource: Resource) -> str:
    """The kind of a document in a file of its own: what the file says, else what the document shows."""
    from fourfold.linking.aws_policy import decoded

    stated = resource.attributes.get("Kind").plain()
    if stated:
        return str(stated)
    statements = [s for _, s in decoded(resource.properties).get("Statement").elements()]
    if not any(is_written(s.get("Principal")) or is_written(s.get("NotPrincipal")) for s in statements):
        return "identity"
    actions = [str(a.plain()).lower() for s in statements for _, a in s.get("Action").elements()]
    session = ("sts:assumerole", "sts:tagsession", "sts:setsourceidentity", "sts:setcontext")
    return "trust" if actions and all(a.startswith(session) for a in actions) else "resource"


# -- properties that the service makes a statement of ------------------------------------------------------------------


def _permissions(draft: Draft) -> None:
    for resource in draft.of_type("AWS::Lambda::Permission"):
        _lambda_permission(draft, resource)
    for resource in draft.of_type("AWS::Lambda::LayerVersionPermission"):
        _equivalent(
            draft, resource, resource.get("LayerVersionArn"),
            {"StringEquals": {"aws:PrincipalOrgID": resource.get("OrganizationId")}},
        )  # fmt: skip
    for resource in draft.of_type("AWS::Events::EventBusPolicy"):
        _bus_policy(draft, resource)
    for resource in draft.of_type(KMS_GRANT):
        _grant(draft, resource)


def _grant(draft: Draft, resource: Resource) -> None:
    """The rights that a grant gives, as the statement of a key policy that gives as much.

    Source: AWS KMS Developer Guide, "Grants in AWS KMS" and "Using encryption context constraints".
    """
    subset = {f"kms:EncryptionContext:{k}": v for _, k, v in resource.get("EncryptionContextSubset").pairs()}
    equals = {f"kms:EncryptionContext:{k}": v for _, k, v in resource.get("EncryptionContextEquals").pairs()}
    _equivalent(draft, resource, resource.get("KeyId"), {"StringEquals": {**subset, **equals}})


def _lambda_permission(draft: Draft, resource: Resource) -> None:
    """The statement that AddPermission writes.

    Source: https://docs.aws.amazon.com/lambda/latest/api/API_AddPermission.html
    """
    get = resource.get
    conditions: dict[str, dict[str, Value]] = {
        "ArnLike": {"AWS:SourceArn": get("SourceArn")},
        "StringEquals": {
            "AWS:SourceAccount": get("SourceAccount"),
            "lambda:EventSourceToken": get("EventSourceToken"),
            "lambda:FunctionUrlAuthType": get("FunctionUrlAuthType"),
            "aws:PrincipalOrgID": get("PrincipalOrgID"),
        },
        "Bool": {"lambda:InvokedViaFunctionUrl": get("InvokedViaFunctionUrl")},
    }
    _equivalent(draft, resource, get("FunctionName"), conditions)


def _equivalent(draft: Draft, resource: Resource, protects: Value, conditions: dict[str, dict[str, Value]]) -> None:
    at = resource.properties
    blocks = {operator: as_map(keys, at) for operator, keys in conditions.items()}
    elements = {
        "Effect": known("Allow", at=at),
        "Action": resource.get("Action"),
        "Principal": principal(resource.get("Principal")),
        "Resource": protects,
        "Condition": mapping({op: block for op, block in blocks.items() if block.entries_}, at=at),
    }
    add_equivalent(draft, resource, "resource", elements=elements, protects=protects)


def principal(value: Value) -> Value:
    """A principal that a service's own API takes as one string (service name, account, ARN, `*`), as the element."""
    if isinstance(value, Choice):
        from msgspec.structs import replace

        return replace(value, yes=principal(value.yes), no=principal(value.no))
    if isinstance(value, Absent):
        return value
    text = value.plain() if isinstance(value, Known) else ""
    if isinstance(value, Text) and isinstance(value.parts[-1], str):
        text = value.parts[-1]
    if isinstance(text, str) and text.endswith((".amazonaws.com", ".amazonaws.com.cn", ".aws.internal")):
        return mapping({"Service": value}, at=value)
    if isinstance(value, (Known, Ref)) or (isinstance(value, Text) and str(value).startswith("arn:")):
        return mapping({"AWS": value}, at=value)
    return unknown(value.reason or f"`{value}` is not known", at=value)


def _bus_policy(draft: Draft, resource: Resource) -> None:
    bus = resource.get("EventBusName")
    statement = resource.get("Statement")
    if not statement.absent:
        document = mapping({"Statement": statement}, at=resource.properties)
        add_policy(draft, resource, document, "resource", protects=bus)
        return
    condition = resource.get("Condition")
    conditions: dict[str, dict[str, Value]] = {}
    operator, key = condition.get("Type"), condition.get("Key")
    if isinstance(operator, Known) and isinstance(key, Known):
        conditions[str(operator.value)] = {str(key.value): condition.get("Value")}
    _equivalent(draft, resource, bus, conditions)

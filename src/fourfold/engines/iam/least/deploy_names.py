"""What deploying works on: ARNs of resources before they exist, as patterns, and what their properties lead to."""

from __future__ import annotations

import re
from collections.abc import Iterator

import msgspec

from fourfold.engines.iam.estate import Estate
from fourfold.engines.iam.names import ACCOUNT, REGION, STAND_IN, Names
from fourfold.knowledge.arn_shapes import _SERVICES, shape
from fourfold.knowledge.cloudformation import schemas
from fourfold.knowledge.iam import Action
from fourfold.linking.aws_values import references
from fourfold.model.graph import Graph
from fourfold.model.resource import Resource
from fourfold.model.value import Choice, Known, Map, Seq, Text, Unknown, Value

_PLACEHOLDER = re.compile(r"\$\{[^}]*\}")
_ARN = re.compile(r"arn:[^:]*:[^:]+:[^:]*:[^:]*:.+", re.DOTALL)
_SERVICE = re.compile(r"[a-z0-9.-]+\.amazonaws\.com(?:\.cn)?")
_TOKENS = {
    "ec2": ("vpc", "subnet", "securitygroup"), "elasticfilesystem": ("filesystem",), "s3": ("s3", "bucket"),
    "logs": ("loggroup", "logging"), "secretsmanager": ("secret",), "firehose": ("firehose", "deliverystream"),
    "states": ("statemachine",), "elasticloadbalancing": ("loadbalancer", "targetgroup"), "acm": ("certificate",),
    "iam": ("role", "instanceprofile"),
}  # fmt: skip
"""Words in the names of properties that lead to a service, where they are not its name."""
_GATEWAY = {
    "ApiKey": "apikeys", "UsagePlan": "usageplans", "UsagePlanKey": "usageplans", "DomainName": "domainnames",
    "BasePathMapping": "domainnames", "ApiMapping": "domainnames", "VpcLink": "vpclinks", "Account": "account",
    "ClientCertificate": "clientcertificates",
}  # fmt: skip
"""Kinds of API Gateway that do not belong to an API: the collection they are in.
Source: https://docs.aws.amazon.com/apigateway/latest/developerguide/arn-format-reference.html"""
_NAME_MAX = 64
_SUFFIX = 14
"""A hyphen and what CloudFormation puts behind a name."""


class Named(msgspec.Struct, frozen=True):
    """A pattern of ARNs."""

    arn: str
    wide: str = ""
    services: tuple[str, ...] = ()
    """Of a role: the services that it may be passed to."""


class Target(msgspec.Struct, frozen=True):
    """A resource of the template, or one that it names, as a pattern."""

    arn: str
    form: str
    """The ARN with `{}` for its names; compared with the formats of the catalogue."""
    wide: str = ""

    @property
    def service(self) -> str:
        return self.arn.split(":")[2]


class Places:
    """Names as they are at deployment. What is empty of `stack`, `account` and `region` is `*`."""

    def __init__(self, graph: Graph, names: Names, estate: Estate, stack: str, account: str, region: str) -> None:
        self.graph = graph
        self.names = names
        self.trust = {p.node.resource.key: p for p in estate.principals if p.node is not None}
        self.stack = stack or "*"
        self.account = account or "*"
        self.region = region or "*"

    def settled(self, text: str) -> str:
        """A text with the stack, account and region put in, and `*` for what else is known only at deployment."""

        def put(found: re.Match[str]) -> str:
            label = found[0]
            return self.region if label == REGION else self.stack if label.startswith("<stack") else "*"

        return re.sub(r"\*+", "*", STAND_IN.sub(put, text).replace(ACCOUNT, self.account))

    def service(self, resource: Resource) -> str:
        """The prefix of the service that a type is of."""
        namespace = resource.type.split("::")[1].lower()
        found = shape(resource.type)
        known = found.arn.split(":")[2] if found is not None else ""
        if resource.type.startswith(("AWS::ApiGateway::", "AWS::ApiGatewayV2::")):
            return "apigateway"
        return known or _SERVICES.get(namespace, {"events": "events", "ecs": "ecs"}.get(namespace, namespace))

    def target(self, resource: Resource) -> Target | None:
        """One resource."""
        found = shape(resource.type)
        text = self.names.arn(resource)
        if found is None or not text:
            return None
        arn = self.settled(text)
        if resource.type == "AWS::S3::Bucket":
            arn = arn if resource.get("BucketName").present is True else arn.lower()
        wide = ""
        if not _named(resource.type, found.named_by):
            # What has no name of its own gets an id.
            arn = self.settled(found.arn.format(partition="aws", region=REGION, account=ACCOUNT, name="*", path="/"))
        name = arn.rpartition("/")[2].rpartition(":")[2]
        if name == "*":
            wide = f"the id of `{resource.address}` is made up at deployment"
        elif name.endswith("-*") and len(name) - 2 + _SUFFIX > _NAME_MAX:
            arn = arn[: -len(name)] + self.stack[:16].rstrip("*") + "*"
            wide = f"the name of `{resource.address}` is made up, and shortened"
        return Target(arn, _form(found.arn), wide)

    def targets(self, resource: Resource) -> list[Target]:
        """The resource, and what its properties lead to."""
        out: list[Target] = []
        own = self.target(resource)
        if own is not None:
            out.append(own)
        for ref in (r for value in _read(resource) for r in references(value)):
            other = self.graph.target(ref)
            found = self.target(other) if other is not None and other.key != resource.key else None
            if found is not None and found not in out:
                out.append(found)
        for path, value in _named_values(resource):
            text = self.names.text(value) if isinstance(value, Known | Text) else ""
            if _ARN.fullmatch(text) and "${" not in text:
                arn = self.settled(text)
                out.append(Target(arn, ""))
            elif path.rpartition(".")[2].lower() in ("s3bucket", "bucketname", "bucket") and text:
                out.append(Target(f"arn:aws:s3:::{self.settled(text)}", _form("arn:{partition}:s3:::{name}")))
        return list(dict.fromkeys(out))

    def roles(self, resource: Resource) -> list[Named]:
        """The roles that its properties hand over, with the services that they trust."""
        out: list[Named] = []
        for path, value in _named_values(resource):
            if resource.type in ("AWS::IAM::Policy", "AWS::IAM::ManagedPolicy", "AWS::IAM::RolePolicy"):
                break
            key = path.rpartition(".")[2].lower()
            for ref in references(value):
                other = self.graph.target(ref)
                if other is not None and other.type == "AWS::IAM::Role":
                    found = self.target(other)
                    if found is not None:
                        out.append(Named(found.arn, found.wide, self._trusted(other)))
            text = self.names.text(value) if isinstance(value, Known | Text) else ""
            if ":role/" in text and text.startswith("arn:"):
                out.append(Named(self.settled(text)))
            elif isinstance(value, Unknown) and key.rstrip("s").endswith(("role", "rolearn")):
                everything = f"arn:aws:iam::{self.account}:role/*"
                out.append(Named(everything, f"`{path}` is known only at deployment: {value.reason}"))
        return list(dict.fromkeys(out))

    def _trusted(self, role: Resource) -> tuple[str, ...]:
        """The services that a role trusts; empty where anything else may be passed it, or it is not known."""
        principal = self.trust.get(role.key)
        found: set[str] = set()
        for one in (s for d in (principal.trust if principal is not None else ()) for s in d.statements):
            for kind, name in one.upper.principals or ():
                if kind == "Service" and _SERVICE.fullmatch(name):
                    found.add(name)
                elif kind in ("Service", "*"):
                    return ()
        return tuple(sorted(found))

    def touches(self, resource: Resource, own: list[Target], service: str) -> bool:
        """Whether the properties lead to something of a service."""
        if any(t.service == service for t in own):
            return True
        tokens = _TOKENS.get(service, (service,))
        return any(token in path.lower() for path, _ in _named_values(resource) for token in tokens)

    def named(self, resource: Resource, own: list[Target], action: Action) -> list[Named]:
        """What an action works on: of each type that it asks for, what is known, else all of this type."""
        if action.service == "apigateway":
            return self._gateway(resource)
        out: list[Named] = []
        for kind in action.required:
            found = self._of_formats(own, kind.formats)
            if not found and not self._said(resource, action, kind.name):
                return []
            out += found or self._all(kind.formats, kind.name)
        for kind in action.optional:
            out += self._of_formats(own, kind.formats)
        if not out:
            forms = tuple(f for kind in action.optional for f in kind.formats)
            out = self._all(forms, "resource")
        return list(dict.fromkeys(out))

    def _of_formats(self, own: list[Target], formats: tuple[str, ...]) -> list[Named]:
        out: list[Named] = []
        for text in formats:
            form = _form(text)
            for target in own:
                if target.form == form:
                    out.append(Named(target.arn, target.wide))
                elif target.form and form.startswith((f"{target.form}/", f"{target.form}:")):
                    out.append(
                        Named(
                            re.sub(r"\*+", "*", target.arn + form[len(target.form) :].replace("{}", "*")), target.wide
                        )
                    )
                elif not target.form and re.fullmatch(re.escape(form).replace(r"\{\}", "[^:/]*"), target.arn):
                    out.append(Named(target.arn))
        return out

    def _said(self, resource: Resource, action: Action, kind: str) -> bool:
        """Whether the properties may name something of a type that an action asks for, beside the resource itself."""
        if action.service == "ec2" or self.target(resource) is None:
            return True
        token = re.sub(r"[^a-z]", "", kind.lower()).removesuffix("version")
        own = resource.type.lower().replace(":", "")
        return token in own or any(token in path.lower() for path, _ in _named_values(resource))

    def _all(self, formats: tuple[str, ...], what: str) -> list[Named]:
        why = f"which {what} is known only at deployment"
        return [Named(self._open(text), why) for text in dict.fromkeys(formats)]

    def _open(self, text: str) -> str:
        parts = text.split(":", 5)
        if len(parts) < 6:
            return "*"
        where = [
            "aws",
            parts[2],
            self.region if "$" in parts[3] else parts[3],
            self.account if "$" in parts[4] else parts[4],
        ]
        return ":".join(["arn", *where, _PLACEHOLDER.sub("*", parts[5])])

    def _gateway(self, resource: Resource) -> list[Named]:
        """Collections of API Gateway: ids are made up, so that an API is all of its collection."""
        kind = resource.type.rpartition("::")[2]
        rest = "restapis" if resource.type.startswith("AWS::ApiGateway::") else "apis"
        collection = _GATEWAY.get(kind, rest)
        head = f"arn:aws:apigateway:{self.region}::"
        why = "ids of API Gateway are made up at deployment"
        own = [Named(f"{head}/{collection}", ""), Named(f"{head}/{collection}/*", why)]
        return own if collection != "account" else own[:1]


def _named(kind: str, named_by: tuple[str, ...]) -> bool:
    """Whether a type has one of the properties that would give its name."""
    schema = schemas().get(kind)
    return schema is None or any(name in schema.properties for name in named_by)


def _form(text: str) -> str:
    """An ARN format with `{}` for its names; account and region are no names."""
    plain = re.sub(r"\$?\{[^}]*\}|<[^>]*>", "{}", text.replace("{path}{name}", "/{name}"))
    parts = plain.split(":", 5)
    return ":".join(["arn", "", parts[2], "", "", *parts[5:]]) if len(parts) > 5 else plain


_AT_RUN_TIME = frozenset({"Environment", "Tags", "Metadata"})
"""Properties that the handler hands on without looking at what they name."""


def _read(resource: Resource) -> list[Value]:
    """The properties that say what a handler does."""
    at = resource.properties
    return [v for key, v in at.entries_.items() if key not in _AT_RUN_TIME] if isinstance(at, Map) else [at]


def _named_values(resource: Resource) -> Iterator[tuple[str, Value]]:
    at = resource.properties
    for key, value in at.entries_.items() if isinstance(at, Map) else ():
        if key not in _AT_RUN_TIME:
            yield from _scalars(value, key)


def _scalars(value: Value, path: str = "") -> Iterator[tuple[str, Value]]:
    """Every scalar of a value with the names that lead to it."""
    if isinstance(value, Map):
        for key, entry in value.entries_.items():
            yield from _scalars(entry, f"{path}.{key}" if path else str(key))
    elif isinstance(value, Seq):
        for item in value.items_:
            yield from _scalars(item, path)
    elif isinstance(value, Choice):
        for _, side in value.alternatives():
            yield from _scalars(side, path)
    elif not value.absent:
        yield path, value

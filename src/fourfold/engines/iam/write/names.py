"""Names and ARNs of what a call works on: from its parameters, the workload's environment and the graph to policy text.

A parameter names a resource where it fills a placeholder of the ARN formats that the Service Authorization Reference gives
for the action (`knowledge.sdk` says which parameter fills which). What leads to a resource of the graph becomes a reference
to it; what is not known becomes `*`, with the reason.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import product

import msgspec

from fourfold.engines.iam.write.needs import ACCOUNT, ANY, PARTITION, REGION, key_of, text
from fourfold.engines.iam.write.parameters import buses, flat, values_at
from fourfold.knowledge.arn_shapes import ARN_ATTRIBUTES, ID_IS_ARN, NAME_ATTRIBUTES, shape
from fourfold.knowledge.iam import Action, ResourceType
from fourfold.knowledge.sdk import folded, table
from fourfold.model.graph import Graph
from fourfold.model.resource import Resource
from fourfold.model.value import Absent, Choice, Known, Map, Ref, Text, Unknown, Value
from fourfold.sources.handler.values import AtRunTime, OneOf, Setting

ALTERNATIVES_MAX = 24
_PLACEHOLDER = re.compile(r"\$\{([^}]*)\}")
_FIXED = {"Partition": PARTITION, "Region": REGION, "Account": ACCOUNT}
_WITHOUT_ARN = frozenset({"AWS::Logs::LogGroup", "AWS::SSM::Parameter", "AWS::KMS::Alias", "AWS::EC2::Instance",
                          "AWS::AppConfig::Application", "AWS::Cognito::IdentityPool", "AWS::Athena::WorkGroup", "AWS::Glue::Job",
                          "AWS::Glue::Database", "AWS::ApiGateway::RestApi", "AWS::ApiGatewayV2::Api", "AWS::Route53::HostedZone",
                          "AWS::CloudFront::Distribution"})  # fmt: skip
"""Types whose ARN no reference gives, or only with something behind it."""
_NAMED_BY = {"AWS::SQS::Queue": "QueueName", "AWS::SNS::Topic": "TopicName", "AWS::StepFunctions::StateMachine": "Name"}
"""Types of which a plain reference gives something else than the name: the attribute that gives the name."""
_PROFILE = re.compile(r"(?:us|eu|apac|us-gov|global|jp|au|ca|sa|me|af)\.")
"""How the ids of inference profiles begin."""
_REGION_SETTINGS = ("AWS_REGION", "AWS_DEFAULT_REGION")


class Named(msgspec.Struct, frozen=True, eq=False):
    """An ARN, and why it is wider than what is used."""

    arn: Value
    wide: str = ""
    resource: Resource | None = None
    """The resource of the graph that it is, or is a part of."""


class Naming:
    """Names for one workload. `variables` are its environment variables, `own` the function itself."""

    def __init__(self, graph: Graph, own: Resource, variables: dict[str, tuple[Value, ...]]) -> None:
        self.graph = graph
        self.own = own
        self.variables = variables
        self._by_name: dict[tuple[str, object], Resource] | None = None

    # -- values of the program -----------------------------------------------------------------------------------------

    def settled(self, value: Value, depth: int = 0) -> Iterator[Value]:
        """What a value of the program can be once the environment is known; what stays unknown is `Unknown`."""
        if depth > 6:
            yield AtRunTime(value.source, value.start, value.end, -1, "it leads through too many variables")
        elif isinstance(value, OneOf):
            for option in value.options:
                yield from self.settled(option, depth)
        elif isinstance(value, Choice):
            for _, side in value.alternatives():
                yield from self.settled(side, depth)
        elif isinstance(value, Setting):
            yield from self._setting(value, depth)
        elif isinstance(value, Text):
            groups: list[list[str | Value]] = [
                [p] if isinstance(p, str) else [*self.settled(p, depth + 1)] for p in value.parts
            ]
            for row in list(product(*groups))[:ALTERNATIVES_MAX]:
                yield text(*row)
        elif isinstance(value, Unknown) and value.name.startswith("event"):
            yield from self._of_event(value)
        else:
            yield value

    def _setting(self, value: Setting, depth: int) -> Iterator[Value]:
        name = value.variable
        if name in _REGION_SETTINGS:
            yield REGION
        elif name == "AWS_LAMBDA_FUNCTION_NAME":
            yield Ref(value.source, value.start, value.end, -1, self.own.key)
        elif name in self.variables:
            for given in self.variables[name]:
                yield from self.settled(given, depth + 1)
        elif value.defaults:
            for default in value.defaults:
                yield from self.settled(default, depth + 1)
        else:
            why = f"environment variable `{name}` is not set in the template"
            yield AtRunTime(value.source, value.start, value.end, -1, why)

    def _of_event(self, value: Unknown) -> Iterator[Value]:
        """Buckets that send the function events are what these name."""
        found: list[Resource] = []
        if value.name.endswith(("s3.bucket.name", "detail.bucket.name", "s3.bucket.arn")):
            found = [b for b in self.graph.of_type("AWS::S3::Bucket") if self._notifies(b)]
        for bucket in found:
            yield Ref(value.source, value.start, value.end, -1, bucket.key)
        if not found:
            why = f"the event names it (`{value.name}`)"
            yield AtRunTime(value.source, value.start, value.end, -1, why)

    def _notifies(self, bucket: Resource) -> bool:
        configured = bucket.get("NotificationConfiguration")
        for _, row in configured.get("LambdaConfigurations").elements():
            target = self.graph.target(row.get("Function"))
            if target is not None and target.key == self.own.key:
                return True
        if configured.get("EventBridgeConfiguration").absent:
            return False
        for rule in self.graph.of_type("AWS::Events::Rule"):
            for _, row in rule.get("Targets").elements():
                target = self.graph.target(row.get("Arn"))
                if target is not None and target.key == self.own.key:
                    names = rule.get("EventPattern", "detail", "bucket", "name")
                    if any((t := self.resource(n)) is not None and t.key == bucket.key for _, n in names.elements()):
                        return True
        return False

    @staticmethod
    def at_deployment(value: Value) -> bool:
        """Whether a value is not known now, and the same in each run."""
        return _at_deployment(value)

    # -- resources of the graph ----------------------------------------------------------------------------------------

    def resource(self, value: Value) -> Resource | None:
        """The resource that a reference leads to."""
        return self.graph.target(value) if isinstance(value, Ref) else None

    def by_name(self, service: str, kind: ResourceType, value: Value) -> Resource | None:
        """The only resource of the scan, of the type an ARN is of, that has this name."""
        if self._by_name is None:
            self._by_name = {}
            for resource in self.graph.resources.values():
                found = shape(resource.type)
                for prop in found.named_by if found is not None else ():
                    given = resource.get(prop)
                    if isinstance(given, Known | Text) and not (isinstance(given, Known) and not given.value):
                        self._by_name.setdefault((found.arn if found else "", key_of(given)), resource)
        for form in kind.formats:
            found_one = self._by_name.get((_shaped(form), key_of(value)))
            if found_one is not None:
                return found_one
        return None

    def arn_of(self, resource: Resource) -> Value | None:
        """A reference that gives the ARN of a resource; None where none does."""
        found = shape(resource.type)
        if found is None or resource.type in _WITHOUT_ARN:
            return None
        at = resource.properties
        attribute = "" if found.ref_is_arn else "Arn"
        return Ref(at.source, at.start, at.end, -1, resource.key, attribute)

    def is_arn(self, value: Value) -> bool:
        """Whether a value is a whole ARN."""
        if isinstance(value, Text):
            first = value.parts[0]
            return first.startswith("arn:") if isinstance(first, str) else self.is_arn(first)
        if isinstance(value, Ref):
            resource = self.graph.target(value)
            found = shape(resource.type) if resource is not None else None
            named = value.attribute in ARN_ATTRIBUTES or value.attribute.endswith("Arn")
            return named or (found is not None and found.ref_is_arn and value.attribute in ("", "Id"))
        return isinstance(value, Known) and str(value.value).startswith("arn:")

    # -- ARNs ----------------------------------------------------------------------------------------------------------

    def arns(self, action: Action, parameters: Map, region: Value = REGION) -> list[Named]:
        """What an action works on if it is called with these parameters."""
        if not action.supports_resources:
            return [Named(ANY)]
        if action.service == "bedrock" and (models := self._models(action, parameters, region)):
            return models
        chosen = list(action.required)
        chosen += [kind for kind in action.optional if self._given(action, kind, parameters)]
        if not chosen:
            kinds = " or ".join(kind.name for kind in action.optional[:3])
            return [Named(ANY, f"its parameters do not name a resource ({kinds})")]
        out: list[Named] = []
        for kind in chosen:
            out += self._of_kind(action, kind, parameters, region)
        return _distinct(out)

    def _models(self, action: Action, parameters: Map, region: Value) -> list[Named]:
        """A model of Bedrock by its id: a foundation model, or an inference profile that leads to one in some regions.

        Source: https://docs.aws.amazon.com/bedrock/latest/userguide/inference-profiles-prereq.html
        """
        out: list[Named] = []
        for value in (s for v in self._values("bedrock", "ResourceId", parameters) for s in self.settled(v)):
            if isinstance(value, Known) and not self.is_arn(value):
                name = str(value.value)
                profile = _PROFILE.match(name)
                model = name[profile.end() :] if profile else name
                where: Value = ANY if profile else region
                out.append(Named(text("arn:", PARTITION, ":bedrock:", where, f"::foundation-model/{model}")))
                if profile:
                    out.append(
                        Named(text("arn:", PARTITION, ":bedrock:", region, ":", ACCOUNT, f":inference-profile/{name}"))
                    )
            elif self.is_arn(value) or _named_arn(value):
                out.append(Named(value))
            else:
                why = value.reason or "which model it is is decided at run time"
                out.append(Named(text("arn:", PARTITION, ":bedrock:", ANY, "::foundation-model/*"), why))
                everything = text("arn:", PARTITION, ":bedrock:", region, ":", ACCOUNT, ":inference-profile/*")
                out.append(Named(everything, why))
        return _distinct(out)

    def _given(self, action: Action, kind: ResourceType, parameters: Map) -> bool:
        """Whether the parameters name everything that tells a resource of this type."""
        return any(
            all(self._values(action.service, name, parameters) for name in _names(form))
            for form in kind.formats
            if _names(form)
        )

    def _of_kind(self, action: Action, kind: ResourceType, parameters: Map, region: Value) -> list[Named]:
        out: list[Named] = []
        forms = [f for f in kind.formats if all(self._values(action.service, n, parameters) for n in _names(f))]
        for form in forms or kind.formats[:1]:
            names = _names(form)
            groups = [self._settled_all(action.service, name, parameters) for name in names]
            for row in list(product(*groups))[:ALTERNATIVES_MAX]:
                whole = [n for n in names if self._said(action.service, n, parameters)[0].lower().endswith("arn")]
                out.append(self._filled(action, kind, form, dict(zip(names, row, strict=True)), region, whole))
        return out

    def _values(self, service: str, placeholder: str, parameters: Map) -> list[Value]:
        """What the parameters say about a placeholder."""
        return self._said(service, placeholder, parameters)[1]

    @staticmethod
    def _said(service: str, placeholder: str, parameters: Map) -> tuple[str, list[Value]]:
        """The parameter that says it, and what it says."""
        paths = table().parameters.get(service, {}).get(placeholder)
        if (service, placeholder) == ("events", "EventBusName"):
            return "EventBusName", buses(parameters)
        if paths is not None:
            return next(((path, found) for path in paths if (found := list(values_at(parameters, path)))), ("", []))
        wanted = _stem(placeholder)
        for name, value in parameters.entries_.items():
            if not name.startswith("${") and _stem(name) == wanted and not isinstance(value, Map):
                return name, list(flat(value))
        return "", []

    def _settled_all(self, service: str, placeholder: str, parameters: Map) -> list[Value]:
        found = [s for v in self._values(service, placeholder, parameters) for s in self.settled(v)]
        if found:
            return found[:ALTERNATIVES_MAX]
        why = (
            "its parameters are put together at run time"
            if parameters.rest is not None
            else f"`{placeholder}` is not given"
        )
        return [AtRunTime(parameters.source, parameters.start, parameters.end, -1, why)]

    def _filled(
        self, action: Action, kind: ResourceType, form: str, names: dict[str, Value], region: Value, whole: list[str]
    ) -> Named:
        """One ARN. A name that is an ARN, or leads to a resource whose ARN this is, takes the place of what is before it."""
        parts: list[str | Value] = []
        wide, resource = "", None
        last = 0
        for found in _PLACEHOLDER.finditer(form):
            parts.append(form[last : found.start()])
            last = found.end()
            name = found[1]
            if name in _FIXED:
                parts.append(region if name == "Region" else _FIXED[name])
                continue
            value = names[name]
            made, why, named = self._name(action, kind, form[: found.end()], name, value)
            wide, resource = wide or why, resource or named
            if self.is_arn(made) or (_at_deployment(made) and (name in whole or _named_arn(made))):
                parts = [made]
            else:
                parts.append(made)
        parts.append(form[last:])
        if action.service == "logs" and kind.name == "log-group":
            parts.append(":*")
        return Named(text(*parts), wide, resource)

    def _name(
        self, action: Action, kind: ResourceType, before: str, placeholder: str, value: Value
    ) -> tuple[Value, str, Resource | None]:
        """What fills a placeholder: (text, why it is wide, the resource it leads to)."""
        resource = self.resource(value)
        if resource is None and isinstance(value, Known | Text):
            resource = self.by_name(
                action.service, msgspec.structs.replace(kind, formats=(before,)), _cut(action, value)
            )
        if resource is not None:
            return self._referenced(action, before, value, resource)
        if isinstance(value, Unknown):
            return (value, "", None) if _at_deployment(value) else (ANY, value.reason, None)
        if isinstance(value, Text):
            return self._template(action, placeholder, value)
        if isinstance(value, Known) and value.value not in (None, ""):
            return _literal(action, placeholder, str(value.value)), "", None
        if isinstance(value, Ref):
            return value, "", None
        return ANY, value.reason or "its name is not a text", None

    def _template(self, action: Action, placeholder: str, value: Text) -> tuple[Value, str, Resource | None]:
        """A name with holes: what is known only at deployment stays, what only the run knows is open."""
        parts: list[str | Value] = []
        why = ""
        for part in value.parts:
            if isinstance(part, (str, Ref)) or _at_deployment(part):
                parts.append(part)
            else:
                parts.append(ANY)
                why = why or part.reason
        made = text(*parts)
        if isinstance(made, Known):
            return (
                _literal(action, placeholder, str(made.value), open=True),
                "" if placeholder == "ObjectName" else why,
                None,
            )
        return _cut(action, made), "" if placeholder == "ObjectName" else why, None

    def _referenced(
        self, action: Action, before: str, value: Value, resource: Resource
    ) -> tuple[Value, str, Resource | None]:
        """A reference: to the ARN where this is the ARN of the resource, else by its name."""
        found = shape(resource.type)
        if resource.key == self.own.key:
            return self._own_arn(before), "", resource
        if found is not None and _shaped(before) == found.arn and not self._other(value, resource):
            arn = self.arn_of(resource)
            if arn is not None:
                return arn, "", resource
        if self.is_arn(value):
            return value, "", resource
        if resource.type == "AWS::SSM::Parameter":
            given = resource.get("Name")
            if isinstance(given, Known | Text):
                return _cut(action, given), "", resource
        if not isinstance(value, Ref):
            return value, "", resource
        attribute = _NAMED_BY.get(resource.type)
        named = msgspec.structs.replace(value, attribute=attribute) if attribute and not value.attribute else value
        return named, "", resource

    @staticmethod
    def _other(value: Value, resource: Resource) -> bool:
        """Whether a reference gives something else than what names the resource."""
        if not isinstance(value, Ref) or not value.attribute:
            return False
        own = value.attribute in ARN_ATTRIBUTES or value.attribute in NAME_ATTRIBUTES
        return not own and not (
            value.attribute in ("Id", "QueueUrl") and resource.type in (*ID_IS_ARN, "AWS::SQS::Queue")
        )

    def _own_arn(self, before: str) -> Value:
        """The function itself: a reference would be a circle where its role has to be made before it."""
        name = self.own_name()
        return text(*_pieces(before, name))

    def own_name(self) -> Value:
        """The workload's own name as a pattern, without a reference to it."""
        given = self.own.get("FunctionName")
        if not isinstance(given, Absent):
            return given
        if self.own.format in ("cloudformation", "sam"):
            at = self.own.properties
            stack = Unknown(at.source, at.start, at.end, -1, "the stack's name is given", (), False, "AWS::StackName")
            return text(stack, f"-{self.own.address}-*")
        return Known(given.source, 0, 0, -1, self.own.address)


def _pieces(form: str, name: Value) -> Iterator[str | Value]:
    last = 0
    for found in _PLACEHOLDER.finditer(form):
        yield form[last : found.start()]
        yield _FIXED.get(found[1], name)
        last = found.end()
    yield form[last:]


def _names(form: str) -> list[str]:
    return [name for name in _PLACEHOLDER.findall(form) if name not in _FIXED]


def _shaped(form: str) -> str:
    """A format as `knowledge.arn_shapes` writes it, if its last placeholder is the name."""
    out = (
        form.replace("${Partition}", "{partition}").replace("${Region}", "{region}").replace("${Account}", "{account}")
    )
    names = _PLACEHOLDER.findall(out)
    if len(names) != 1:
        return out
    made = _PLACEHOLDER.sub("{name}", out)
    return made.replace(":role/{name}", ":role{path}{name}").replace(":user/{name}", ":user{path}{name}")


def _stem(name: str) -> str:
    key = folded(name)
    for end in ("name", "arn", "id", "identifier"):
        if key.endswith(end) and len(key) > len(end):
            return key[: -len(end)]
    return key


def _named_arn(value: Value) -> bool:
    """Whether a parameter of the template is called an ARN."""
    return isinstance(value, Unknown) and value.name.lower().endswith("arn")


def _at_deployment(value: Value) -> bool:
    """Whether it is not known now, and will be the same in each run: a parameter, a region."""
    if not isinstance(value, Unknown) or isinstance(value, AtRunTime | Setting):
        return False
    return bool(value.name) and not re.search(r"[{}$]", value.name)


def _cut(action: Action, value: Value) -> Value:
    """A queue's address as its name, a parameter's path without the slash in front of it."""
    if isinstance(value, Known) and isinstance(value.value, str):
        return Known(value.source, value.start, value.end, -1, _plain(action.service, value.value))
    if isinstance(value, Text) and action.service == "sqs":
        return _last_segment(value)
    if isinstance(value, Text) and isinstance(value.parts[0], str):
        return text(_plain(action.service, value.parts[0], part=True), *value.parts[1:])
    return value


def _last_segment(value: Text) -> Value:
    """The name at the end of a queue's address."""
    for at in range(len(value.parts) - 1, -1, -1):
        part = value.parts[at]
        if isinstance(part, str) and "/" in part:
            return text(part.rpartition("/")[2], *value.parts[at + 1 :])
    return value


def _plain(service: str, name: str, *, part: bool = False) -> str:
    if service == "ssm":
        return name.removeprefix("/")
    if service == "sqs" and name.startswith("https://"):
        return name.rpartition("/")[2]
    return name


def _literal(action: Action, placeholder: str, name: str, *, open: bool = False) -> Value:  # noqa: A002
    """A known name as the text of a policy: wildcards of its own are none."""
    if name.startswith("arn:"):
        return text(name)
    name = _plain(action.service, name)
    if not open:
        name = (
            name.replace("$", "${$}").replace("*", "${*}").replace("?", "${?}")
            if re.search(r"[*?]|\$\{", name)
            else name
        )
    if placeholder == "SecretId":
        name += "-??????"
    return text(name)


def _distinct(found: list[Named]) -> list[Named]:
    return list({key_of(n.arn): n for n in reversed(found)}.values())[::-1]

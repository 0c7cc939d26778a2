"""The preview of a Pulumi program, as `pulumi preview --json` prints it: what each resource would become.

`aws:` types follow the Terraform provider's, `aws-native:` types CloudFormation's, so both go through Terraform's tables;
`kubernetes:` objects are Kubernetes' own. What is known only after the update is the sentinel of Pulumi's wire format; where
such an argument names another resource, the dependencies of the property say which.
Sources: https://www.pulumi.com/docs/iac/cli/commands/pulumi_preview/, https://www.pulumi.com/registry/packages/aws/,
https://www.pulumi.com/registry/packages/aws-native/.
"""

from __future__ import annotations

import re
from typing import Any

import msgspec

from fourfold.model.place import Problem, Source
from fourfold.model.resource import Reading, Resource
from fourfold.model.value import Known, Map, Ref, Seq, Value, known, unknown
from fourfold.sources.syntax.json import parse_json
from fourfold.sources.tree import Tree

UNKNOWN = "04da6b54-80e4-46f7-96ec-b56ff0331ba9"
"""Stands for an output that is not known yet."""
SECRET = "4dabf18193072939515e22adb298388d"  # noqa: S105 - a marker, no secret
"""The key that marks an object of Pulumi's own: a secret, an asset."""
STEPS_MAX = 50_000
_DONE = ("delete", "delete-replaced", "discard", "discard-replaced", "remove-pending-replace", "read-discard")
_NAMED = {
    "alb": "lb", "rds/instance": "db_instance", "rds/subnetGroup": "db_subnet_group", "lambda/layerVersion":
    "lambda_layer_version", "cloudwatch/logGroup": "cloudwatch_log_group", "ec2/securityGroupRule": "security_group_rule",
    "ec2/launchTemplate": "launch_template", "ec2/flowLog": "flow_log", "ebs/volume": "ebs_volume",
    "ec2transitgateway/transitGateway": "ec2_transit_gateway", "vpc/securityGroupIngressRule":
    "vpc_security_group_ingress_rule", "vpc/securityGroupEgressRule": "vpc_security_group_egress_rule",
}  # fmt: skip
"""Module and resource, where Terraform calls them otherwise than `module_resource` or `resource`."""
_FREE = frozenset({"tags", "tagsAll", "variables", "labels", "parameters", "requestParameters", "responseParameters"})
"""Mappings whose keys are the user's own."""

_NAMES = frozenset({
    "bucket", "cluster", "function", "function_name", "group", "groups", "instance", "listener_arn", "policy_arn", "queue_url",
    "repository", "rest_api", "role", "roles", "rule", "secret_id", "security_groups", "stage_name", "subnets", "table",
    "target_group_arn", "user", "users",
})  # fmt: skip
"""Arguments that name another resource; so do those that end with `_id`, `_ids`, `_arn` or `_arns`."""


class Planned(msgspec.Struct, frozen=True):
    """A resource of the preview as the tables want it; see `translate.references.Instance`."""

    kind: str
    type: str
    name: str
    address: str
    values: Map


def claims(path: str, data: bytes) -> bool:
    """Whether this is a preview: steps on resources that have a URN."""
    return path.endswith(".json") and b'"steps"' in data and b'"urn:pulumi:' in data


def read(source: Source, tree: Tree) -> Reading:
    """The resources as they would be after the update."""
    from fourfold.sources.terraform.translate import resources

    # Rendered: a change would have to be made in the program.
    value, problems = parse_json(Source(source.path, source.text, rendered=True))
    planned: list[Planned] = []
    objects: list[Resource] = []
    untold: dict[str, Value] = {}
    keys: dict[str, str] = {}
    steps = value.get("steps") if isinstance(value, Map) else None
    items = steps.items_ if isinstance(steps, Seq) else ()
    if len(items) > STEPS_MAX:
        problems.append(Problem(source.path, 0, f"more than {STEPS_MAX} steps; the rest was left out"))
    for step in items[:STEPS_MAX]:
        if not isinstance(step, Map) or step.get("op").plain() in _DONE:
            continue
        state = step.get("newState")
        kind, inputs = str(state.get("type").plain() or ""), state.get("inputs")
        if not isinstance(inputs, Map):
            continue
        urn = str(step.get("urn").plain() or "")
        name = urn.rpartition("::")[2]
        package, _, rest = kind.partition(":")
        if package == "kubernetes":
            found = _known_only(inputs)
            version, called = found.get("apiVersion").plain(), found.get("kind").plain()
            if isinstance(version, str) and isinstance(called, str):
                span = inputs.span
                objects.append(Resource(f"{version}/{called}", name, found, span, "pulumi", origin=kind))
            continue
        type_ = _terraform_type(package, rest)
        if type_:
            address = f"{rest.rpartition(':')[2]}/{name}"
            keys[urn] = f"{source.path}#{address}"
            linked = _linked(inputs, state.get("propertyDependencies"), keys)
            snake = _snake(linked, _arguments(type_))
            assert isinstance(snake, Map)
            planned.append(Planned("resource", type_, name, address, snake))
        elif package not in ("pulumi", "random", "tls", "time", "command", "std"):
            untold.setdefault(kind, inputs)
    made, wrong = resources(planned, lambda address: f"{source.path}#{address}")
    problems += wrong
    problems += [
        Problem(
            source.path,
            source.position(at.start)[0],
            f"resources of type `{kind}` are not translated; they are not judged",
        )
        for kind, at in untold.items()
    ]
    made = [msgspec.structs.replace(r, format="pulumi", variant="") for r in made]
    return Reading([*objects, *made], problems)


def _terraform_type(package: str, rest: str) -> str:
    """The Terraform type of `s3/bucket:Bucket` or, of aws-native, `s3:Bucket`; empty where it is not translated."""
    from fourfold.knowledge.terraform import arguments
    from fourfold.sources.terraform.translate.tables import type_of

    module, _, name = rest.partition(":")
    if package == "aws-native":
        candidates = [f"awscc_{module}_{_words(name)}"]
    elif package == "aws":
        service, _, resource = module.partition("/")
        service = _NAMED.get(service, service)
        words = re.sub(r"_v2$", "", _words(name))
        candidates = [f"aws_{_NAMED[module]}"] if module in _NAMED else []
        candidates += [f"aws_{service}_{words}", f"aws_{words}", f"aws_{service}_{_words(resource)}"]
        if words == "load_balancer":
            candidates.append("aws_lb")
        if service == "lb":
            candidates.append(f"aws_lb_{words}")
    else:
        return ""
    there = arguments().types
    return next((c for c in candidates if type_of(c) and (c in there or package == "aws-native")), "")


def _words(name: str) -> str:
    """`securityGroupRule` as `security_group_rule`."""
    return re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", name).lower()


def _arguments(type_: str) -> dict[str, Any]:
    """The arguments of a Terraform type, as `knowledge.terraform` has them."""
    from fourfold.knowledge.terraform import arguments

    return arguments().types.get(type_, {})


def _linked(inputs: Map, dependencies: Value, keys: dict[str, str]) -> Map:
    """The inputs, each that is not known yet and names one resource as a reference to it.

    A resource comes after those that it depends on, so that these have their keys in `keys` by their URN.
    """
    entries = dict(inputs.entries_)
    for name, value in inputs.entries_.items():
        urns = [str(one.plain()) for _, one in dependencies.get(name).elements()]
        words = _words(name)
        if len(urns) == 1 and urns[0] in keys and (words in _NAMES or words.endswith(("_id", "_ids", "_arn", "_arns"))):
            attribute = "arn" if words.endswith(("_arn", "_arns")) else "id"
            entries[name] = _reference(value, keys[urns[0]], attribute)
    return msgspec.structs.replace(inputs, entries_=entries)


def _reference(value: Value, key: str, attribute: str) -> Value:
    if isinstance(value, Known) and value.value == UNKNOWN:
        return Ref(value.source, value.start, value.end, value.key_start, key, attribute)
    if isinstance(value, Seq) and len(value.items_) == 1:
        return msgspec.structs.replace(value, items_=(_reference(value.items_[0], key, attribute),))
    return value


def _snake(value: Value, tree: dict[str, Any] | None = None, *, free: bool = False) -> Value:
    """The tree with Terraform's names; `tree` holds those that there are."""
    value = _shown(value)
    if isinstance(value, Map):
        entries = {}
        for key, entry in value.entries_.items():
            if key[:2] != "__":
                name, inner = (key, None) if free else _named(_words(key), tree or {})
                entries[name] = _snake(entry, inner, free=key in _FREE)
        return msgspec.structs.replace(value, entries_=entries)
    if isinstance(value, Seq):
        return msgspec.structs.replace(value, items_=tuple(_snake(one, tree) for one in value.items_))
    return value


def _named(words: str, tree: dict[str, Any]) -> tuple[str, dict[str, Any] | None]:
    """An argument and what is below it: a block that may be repeated is called in the plural by Pulumi."""
    singular = [words[:-3] + "y"] if words.endswith("ies") else []
    singular += [words[:-2], words[:-1]] if words.endswith("es") else [words[:-1]] if words.endswith("s") else []
    for name in (words, *singular):
        for mark in ("", "*", "+"):
            if mark + name in tree:
                inner = tree[mark + name]
                return name, inner if isinstance(inner, dict) else None
    return words, None


def _known_only(value: Value) -> Value:
    value = _shown(value)
    if isinstance(value, Map):
        return msgspec.structs.replace(value, entries_={k: _known_only(v) for k, v in value.entries_.items()})
    if isinstance(value, Seq):
        return msgspec.structs.replace(value, items_=tuple(map(_known_only, value.items_)))
    return value


def _shown(value: Value) -> Value:
    """A value; what is not known yet, and what is secret, as an unknown."""
    if isinstance(value, Known) and value.value == UNKNOWN:
        return unknown("it is known only after the update", at=value)
    if isinstance(value, Known) and value.value == "[secret]":
        return unknown("it is a secret, which the preview does not show", at=value)
    if isinstance(value, Map) and SECRET in value.entries_:
        inner = value.entries_.get("value")
        if inner is None or (isinstance(inner, Known) and inner.value == UNKNOWN):
            return unknown("it is a secret, or a file of the program", at=value)
        return known(inner.value, at=value) if isinstance(inner, Known) else inner
    return value

"""The least that deploying a stack needs: what CloudFormation's handlers call, on the resources of the template.

    found = deployment_policy(graph, stack="orders")
    found.policies, found.unknown, found.left_out

Which actions a handler may call is said by the resource schemas (`knowledge.deployment`). What they work on is the resource
itself, and what its properties lead to: actions of other services are needed only where the properties name something of
that service. Names that CloudFormation makes up are patterns (`orders-Table-*`).

Sources: https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/using-iam-servicerole.html,
https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/aws-properties-name.html,
https://docs.aws.amazon.com/kms/latest/developerguide/conditions-kms.html (`kms:ViaService`).
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Sequence

import msgspec

from fourfold.engines.exact.answer import Answer, Unknown
from fourfold.engines.iam import symbolic
from fourfold.engines.iam.estate_graph import grounding
from fourfold.engines.iam.least.deploy_names import Named, Places, Target
from fourfold.engines.iam.least.documents import QUOTAS, Plain, all_proved, document, policy, size
from fourfold.engines.iam.write.statements import _globs
from fourfold.knowledge.deployment import deployment
from fourfold.knowledge.iam import Action, catalogue, glob
from fourfold.model.condition import FALSE
from fourfold.model.graph import Graph
from fourfold.model.resource import Resource

Conditions = tuple[tuple[str, str, str], ...]
"""(operator, key, value)."""
_THROUGH = frozenset({
    "backup", "dynamodb", "ec2", "ecr", "elasticfilesystem", "es", "kinesis", "lambda", "rds", "redshift", "s3",
    "secretsmanager", "sns", "sqs", "ssm",
})  # fmt: skip
"""Services that use keys in the name of who calls them, under their own name in `kms:ViaService`."""
_CRYPTIC = frozenset({
    "kms:CreateGrant", "kms:Decrypt", "kms:Encrypt", "kms:GenerateDataKey", "kms:GenerateDataKeyWithoutPlaintext",
    "kms:ReEncryptFrom", "kms:ReEncryptTo",
})  # fmt: skip


class Need(msgspec.Struct, frozen=True):
    """One action on one pattern of resources."""

    action: str
    resource: str
    conditions: Conditions
    address: str
    """The resource of the template whose handler calls it."""
    place: str
    operations: tuple[str, ...]
    wide: str = ""
    """Why the pattern is wider than what is deployed; empty where it is not."""


class Left(msgspec.Struct, frozen=True):
    """An action of a handler that is not needed, or cannot be told."""

    action: str
    address: str
    why: str


class Deploying(msgspec.Struct, frozen=True, kw_only=True):
    """The policies of the role that deploys."""

    policies: tuple[Plain, ...]
    """As many managed policies as the quota needs."""
    needs: tuple[Need, ...]
    left_out: tuple[Left, ...]
    unknown: dict[str, tuple[str, ...]]
    """Types whose actions are not known: the resources of this type."""
    covers: Answer
    """Whether every need is allowed."""
    within: Answer
    """Whether nothing is allowed but actions of the handlers."""
    notes: tuple[str, ...] = ()

    @property
    def verdict(self) -> Answer:
        """One answer for all proofs."""
        unknown = (Unknown(f"what deploying `{kind}` calls is not known") for kind in self.unknown)
        large = (Unknown("a policy exceeds the quota") for one in self.policies if size(one) > QUOTAS["managed"])
        return all_proved((self.covers, self.within, *unknown, *large))


def deployment_policy(
    graph: Graph,
    *,
    stack: str = "",
    account: str = "",
    region: str = "",
    artifacts: Sequence[str] = (),
    delete: bool = True,
) -> Deploying:
    """The policies for everything that the graph declares. `stack`, `account` and `region` are patterns where empty.

    `artifacts` are buckets that hold packaged code and templates; without `delete` stacks cannot be deleted or rolled back.
    """
    names, estate = graph.derived(grounding)
    places = Places(graph, names, estate, stack, account, region)
    needs: list[Need] = []
    left: list[Left] = []
    unknown: dict[str, list[str]] = {}
    formats: set[str] = set()
    for resource in graph.resources.values():
        if resource.condition == FALSE or not resource.type.startswith(("AWS::", "Custom::", "Alexa::")):
            continue
        table = deployment(resource.type)
        if table is None:
            unknown.setdefault(resource.type, []).append(resource.address)
            continue
        formats.add(resource.format)
        _of_resource(places, resource, table, delete, needs, left)
    for bucket in artifacts:
        on = f"arn:aws:s3:::{bucket}/*"
        needs += [Need(a, on, (), "artifacts", "", ("create",)) for a in ("s3:GetObject", "s3:GetObjectVersion")]
    rows = _statements(needs)
    policies = _split(rows)
    return Deploying(
        policies=tuple(policies),
        needs=tuple(needs),
        left_out=tuple(dict.fromkeys(left)),
        unknown={kind: tuple(found) for kind, found in sorted(unknown.items())},
        covers=_covers(policies, needs),
        within=_within(policies, needs),
        notes=tuple(_notes(formats, artifacts, delete, len(policies))),
    )


def _notes(formats: set[str], artifacts: Sequence[str], delete: bool, policies: int) -> Iterator[str]:
    if formats & {"terraform", "plan", "tfstate"}:
        yield "Terraform's provider may call other actions than CloudFormation's handlers, which these are"
    if formats & {"sam"} and not artifacts:
        yield "where code is packaged into a bucket, give it with `--artifacts`: reading it is not among these"
    if not delete:
        yield "without the actions that delete, a deployment that fails cannot be rolled back"
    if policies > 1:
        yield f"it is {policies} managed policies, of at most {QUOTAS['managed']:,} characters each"


# -- needs -----------------------------------------------------------------------------------------------------------------


def _of_resource(
    places: Places,
    resource: Resource,
    table: dict[str, tuple[str, ...]],
    delete: bool,
    needs: list[Need],
    left: list[Left],
) -> None:
    operations: dict[str, list[str]] = {}
    for operation, actions in table.items():
        for name in actions if delete or operation != "delete" else ():
            operations.setdefault(name, []).append(operation)
    own = places.targets(resource)
    for name, when in operations.items():
        found = catalogue().expand(name)
        if not found:
            left.append(Left(name, resource.address, "the catalogue knows no such action"))
        for action in found:
            on, why = _on(places, resource, own, action)
            if why:
                left.append(Left(str(action), resource.address, why))
            place = f"{resource.span.file}:{resource.span.line}"
            needs += [
                Need(str(action), one.arn, conditions, resource.address, place, tuple(when), one.wide)
                for one in on
                for conditions in _conditions(places, own, action, one)
            ]


def _on(places: Places, resource: Resource, own: list[Target], action: Action) -> tuple[list[Named], str]:
    """What an action works on if the resource is deployed; else why it is not needed."""
    name = str(action)
    if name == "iam:PassRole":
        roles = places.roles(resource)
        return roles, "" if roles else "its properties name no role"
    if name == "iam:CreateServiceLinkedRole":
        return [], "only where the account does not have the service's role yet"
    mine = action.service == places.service(resource)
    if not mine and not places.touches(resource, own, action.service):
        return [], f"its properties name nothing of `{action.service}`"
    if not action.supports_resources:
        return [Named("*")], ""
    found = places.named(resource, own, action)
    return found, "" if found else "its properties name nothing that it works on"


def _conditions(places: Places, own: list[Target], action: Action, on: Named) -> list[Conditions]:
    """The conditions under which it is called; several where one of several holds."""
    if str(action) == "iam:PassRole" and on.services:
        return [(("StringEquals", "iam:PassedToService", one),) for one in on.services]
    service = own[0].service if own else ""
    if str(action) in _CRYPTIC and service in _THROUGH:
        return [(("StringLike", "kms:ViaService", f"{service}.{places.region}.amazonaws.com"),)]
    return [()]


# -- statements ------------------------------------------------------------------------------------------------------------


def _statements(needs: Iterable[Need]) -> list[Plain]:
    """As few statements as say the same; actions that work on everything in one of their own."""
    groups: dict[tuple[tuple[str, ...], Conditions], list[str]] = {}
    for (action, conditions), found in _by_action(needs).items():
        groups.setdefault((_without_covered(found), conditions), []).append(action)
    rows: list[Plain] = []
    for (on, conditions), actions in sorted(groups.items(), key=lambda g: (g[0][0] == ("*",), g[0])):
        row: Plain = {"Effect": "Allow", "Action": sorted(set(actions)), "Resource": list(on)}
        for operator, key, value in conditions:
            row.setdefault("Condition", {}).setdefault(operator, {})[key] = value
        rows.append(row)
    return _merged(rows)


def _without_covered(found: set[str]) -> tuple[str, ...]:
    return tuple(sorted(a for a in found if not any(b != a and glob(b).fullmatch(a) for b in found)))


def _merged(rows: list[Plain]) -> list[Plain]:
    """Statements that pass the same roles to several services, as one."""
    out: list[Plain] = []
    for row in rows:
        before = out[-1] if out else {}
        same = {k: before.get(k) for k in ("Action", "Resource")} == {k: row[k] for k in ("Action", "Resource")}
        if same and set(before.get("Condition", {})) == set(row.get("Condition", {})) == {"StringEquals"}:
            (key,) = row["Condition"]["StringEquals"]
            held = before["Condition"]["StringEquals"]
            if set(held) == {key}:
                values = held[key] if isinstance(held[key], list) else [held[key]]
                held[key] = [*values, row["Condition"]["StringEquals"][key]]
                continue
        out.append(row)
    return out


def _split(rows: list[Plain]) -> list[Plain]:
    """Documents that each fit a managed policy; actions are written short where one statement is too large."""
    parts: list[list[Plain]] = [[]]
    for row in rows:
        for one in _fitting(row):
            if parts[-1] and size(document([*parts[-1], one])) > QUOTAS["managed"]:
                parts.append([])
            parts[-1].append(one)
    return [document(part) for part in parts if part]


def _fitting(row: Plain) -> list[Plain]:
    if size(document([row])) <= QUOTAS["managed"]:
        return [row]
    short = {**row, "Action": list(_globs(tuple(row["Action"])))}
    if size(document([short])) <= QUOTAS["managed"]:
        return [short]
    element = "Resource" if len(row["Resource"]) > len(short["Action"]) else "Action"
    values = short[element]
    if len(values) < 2:
        return [short]
    half = len(values) // 2
    return [*_fitting({**short, element: values[:half]}), *_fitting({**short, element: values[half:]})]


# -- proofs ----------------------------------------------------------------------------------------------------------------


def _covers(policies: Sequence[Plain], needs: Sequence[Need]) -> Answer:
    """Whether the policies together allow every need."""
    rows: dict[str, list[Plain]] = {}
    for row in (row for one in policies for row in one["Statement"]):
        for pattern in row["Action"]:
            for known in catalogue().expand(pattern):
                rows.setdefault(str(known), []).append(row)
    asked = _Asked()
    for (action, held), on in _by_action(needs).items():
        for resource in on:
            asked.add(rows.get(action, []), _row(resource, held))
    return asked.answer()


def _within(policies: Sequence[Plain], needs: Sequence[Need]) -> Answer:
    """Whether each action that the catalogue knows is allowed on nothing but what it is needed on."""
    wanted: dict[str, list[Plain]] = {}
    for (action, held), on in _by_action(needs).items():
        wanted.setdefault(action, []).extend(_row(resource, held) for resource in on)
    asked = _Asked()
    for row in (row for one in policies for row in one["Statement"]):
        for known in (a for pattern in row["Action"] for a in catalogue().expand(pattern)):
            for resource in row["Resource"]:
                asked.add(wanted.get(str(known), []), {**row, "Resource": [resource]})
    return asked.answer()


class _Asked:
    """Questions whether some statements allow all that one allows, about one action, whichever it is; each asked once."""

    def __init__(self) -> None:
        self.questions: dict[str, tuple[Plain, Plain]] = {}

    def add(self, rows: Sequence[Plain], one: Plain) -> None:
        """`one` has one resource. Of the statements those parts are asked that name it: if they allow it, all do."""
        (resource,) = one["Resource"]
        parts = [{**row, "Resource": [p for p in row["Resource"] if _takes_in(p, resource)]} for row in rows]
        reference = document([{**part, "Action": _SOME} for part in parts if part["Resource"]])
        candidate = document([{**one, "Action": _SOME}])
        self.questions.setdefault(json.dumps([reference, candidate]), (reference, candidate))

    def answer(self) -> Answer:
        return all_proved(
            symbolic.no_new_access(policy(reference), policy(candidate), typing="none")
            for reference, candidate in self.questions.values()
        )


_SOME = "s3:Any"


def _takes_in(pattern: str, resource: str) -> bool:
    return pattern == resource or ("*" in pattern and glob(pattern).fullmatch(resource) is not None)


def _by_action(needs: Iterable[Need]) -> dict[tuple[str, Conditions], set[str]]:
    out: dict[tuple[str, Conditions], set[str]] = {}
    for need in needs:
        out.setdefault((need.action, need.conditions), set()).add(need.resource)
    return out


def _row(resource: str, held: Conditions) -> Plain:
    row: Plain = {"Effect": "Allow", "Resource": [resource]}
    for operator, key, value in held:
        row.setdefault("Condition", {}).setdefault(operator, {})[key] = value
    return row

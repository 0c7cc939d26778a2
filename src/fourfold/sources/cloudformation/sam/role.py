"""The execution role that SAM makes from `Policies`.

Sources: https://docs.aws.amazon.com/serverless-application-model/latest/developerguide/sam-resource-function.html#sam-function-policies
and serverless-policy-template-list.html (the documents of the policy templates; `policy_templates.json` holds what they
allow, with `${Name}` for a parameter), and https://docs.aws.amazon.com/aws-managed-policy/latest/reference/policy-list.html
(the AWS managed policies that are not at the root path: `managed_policy_paths.json`).
"""

from __future__ import annotations

import json
from functools import cache
from importlib import resources
from typing import Any

from fourfold.model.condition import FALSE, TRUE, Condition, negate
from fourfold.model.value import (
    Absent,
    Choice,
    Known,
    Map,
    Ref,
    Seq,
    Text,
    Unknown,
    Value,
    from_plain,
    known,
    sequence,
    unknown,
)
from fourfold.sources.cloudformation.sam.expansion import Expansion, built, only, otherwise


@cache
def _data(name: str) -> Any:
    return json.loads(resources.files(__package__).joinpath(name).read_text("utf-8"))


@cache
def _paths() -> dict[str, str]:
    return {name: path for path, names in _data("managed_policy_paths.json").items() for name in names}


def managed(name: str, at: Value) -> Known:
    """The ARN of an AWS managed policy, by its name."""
    path = _paths().get(name)
    return known(f"arn:aws:iam::aws:policy/{path}/{name}" if path else f"arn:aws:iam::aws:policy/{name}", at=at)


def trust(service: str, at: Value) -> Value:
    """The trust policy that lets a service use a role."""
    statement = {"Effect": "Allow", "Principal": {"Service": [service]}, "Action": ["sts:AssumeRole"]}
    return from_plain({"Version": "2012-10-17", "Statement": [statement]}, at=at)


def statement(actions: str | list[str], resource: Value | str, at: Value) -> Value:
    """One statement that allows `actions` on `resource`."""
    return built(
        {
            "Effect": known("Allow", at=at),
            "Action": from_plain(actions, at=at),
            "Resource": known(resource, at=at) if isinstance(resource, str) else resource,
        },
        at=at,
    )


def inline(name: str, statements: list[Value], at: Value, *, version: bool = False) -> Value:
    """An inline policy of a role. SAM writes a `Version` into few; without it IAM takes the oldest."""
    entries: dict[str, Value] = {"Statement": sequence(statements, at=at)}
    if version:
        entries = {"Version": known("2012-10-17", at=at), **entries}
    return built({"PolicyName": known(name, at=at), "PolicyDocument": built(entries, at=at)}, at=at)


class Grants:
    """What goes into a role: ARNs of managed policies and inline policies, each once."""

    def __init__(self, x: Expansion, role: str) -> None:
        self.x = x
        self.role = role
        self.arns: list[Value] = []
        self.inline: list[Value] = []
        self._named: set[tuple[str, Condition]] = set()

    def attach(self, name: str, at: Value, when: Condition = TRUE) -> None:
        """Attach an AWS managed policy."""
        self._arn(managed(name, at), when)

    def allow(
        self, policy: str, statements: list[Value], at: Value, when: Condition = TRUE, *, version: bool = False
    ) -> None:
        """Add an inline policy, unless the same is there already."""
        new = only(when, inline(policy, statements, at, version=version))
        if all(old.get("PolicyName").plain() != policy or old.plain() != new.plain() for old in self.inline):
            self.inline.append(new)

    def _arn(self, value: Value, when: Condition) -> None:
        if isinstance(value, Known):
            name = str(value.value)
            if (name, TRUE) in self._named or (name, when) in self._named:
                return
            self._named.add((name, when))
        self.arns.append(only(when, value))

    def policies(self, value: Value, when: Condition = TRUE) -> None:
        """Everything that `Policies` says."""
        if isinstance(value, Choice):
            for condition, side in value.alternatives(when):
                self.policies(side, condition)
            return
        items = value.items_ if isinstance(value, Seq) else (value,)
        for index, item in enumerate(items):
            for condition, entry in item.alternatives(when):
                self._policy(entry, index, condition)

    def _policy(self, value: Value, index: int, when: Condition) -> None:
        if isinstance(value, Absent) or (isinstance(value, Known) and value.value is None):
            return
        name = f"{self.role}Policy{index}"
        if isinstance(value, Map):
            document = value if "Statement" in value.entries_ else self._template(value)
            if document is not None:
                policy = built({"PolicyName": known(name, at=value), "PolicyDocument": document}, at=value)
                self.inline.append(only(when, policy))
        elif isinstance(value, Known):
            text = str(value.value)
            if ":" in text or "/" in text:
                self._arn(value, when)
            else:
                arn = managed(text, value)
                self._arn(Known(arn.source, arn.start, arn.end, arn.key_start, arn.value, value.provenance), when)
        elif isinstance(value, (Ref, Text)) or (isinstance(value, Unknown) and value.name):
            self.arns.append(only(when, value))
        else:
            # What an include or a macro gives here can be an ARN, a document, or several of them.
            reason = value.reason or "a policy that cannot be read"
            for group in (self.arns, self.inline):
                group.append(only(when, unknown(reason, at=value, maybe_absent=True)))

    def _template(self, value: Map) -> Value | None:
        """The document of a policy template: `{S3ReadPolicy: {BucketName: ...}}`."""
        name, parameters = next(iter(value.entries_.items()), ("", value))
        if name == "Fn::Transform" or not name:
            self.x.problem(value, "a policy that a macro adds is not known")
            return unknown("a policy that a macro adds", at=value)
        statements = _data("policy_templates.json").get(name)
        if statements is None or len(value.entries_) > 1:
            self.x.problem(value, f"`{name}` is not a policy template that is known; what it allows is not known")
            return unknown(f"`{name}` is not a known policy template", at=value)
        filled = sequence([self._filled(s, parameters, value) for s in statements], at=value)
        return built({"Statement": filled}, at=value)

    def _filled(self, data: Any, parameters: Value, at: Value) -> Value:
        """One statement of a policy template with the parameters put in."""
        filled = self._fill(data, parameters, at)
        assert isinstance(filled, Map)
        return built({"Effect": known("Allow", at=at), **filled.entries_}, at=at)

    def _fill(self, data: Any, parameters: Value, at: Value) -> Value:
        if isinstance(data, dict):
            return built({key: self._fill(value, parameters, at) for key, value in data.items()}, at=at)
        if isinstance(data, list):
            return sequence([self._fill(value, parameters, at) for value in data], at=at)
        if "${" not in data:
            return known(data, at=at)
        holes = dict(parameters.entries_) if isinstance(parameters, Map) else {}
        for hole in _holes(data):
            if hole not in holes:
                holes[hole] = unknown(f"parameter `{hole}` of the policy template is not given", at=at)
        return self.x.text(data, at, **holes)


@cache
def _holes(pattern: str) -> tuple[str, ...]:
    names = (part.split("}")[0] for part in pattern.split("${")[1:])
    return tuple(name for name in names if not name.startswith("AWS::"))


def own_role(x: Expansion, value: Value, address: str, at: Value) -> tuple[Value, Condition]:
    """The role a function or state machine runs as, and when SAM makes it: where `Role` says nothing.

    Gives the value of the CloudFormation property and the condition under which the role `address` exists.
    """
    made = x.ref(address, "Arn", at=at)
    given = x.presence(value, f"the role of {address.removesuffix('Role')}")
    if given == TRUE:
        return value, FALSE
    return otherwise(value, made, given), negate(given)

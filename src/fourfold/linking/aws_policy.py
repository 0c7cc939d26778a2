"""Policy documents of AWS to `Policy` and `Statement` nodes.

A document may be a mapping or a JSON text; its `Statement` one mapping or a list; an element one string or a list; each
of them may depend on conditions, which the statements carry on.
Source: https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements.html
"""

from __future__ import annotations

from collections.abc import Iterator

from fourfold.linking.draft import Draft
from fourfold.model.condition import TRUE, Condition, both
from fourfold.model.nodes import Policy, Statement
from fourfold.model.nodes.node import NOTHING
from fourfold.model.resource import Resource
from fourfold.model.value import Absent, Known, Map, Seq, Text, Value, mapping, unknown
from fourfold.sources.syntax.json_text import json_values, marked

DOCUMENT_CHARS_MAX = 200_000
"""A policy that is written as a text and is longer stays unknown; the largest quota of a service is a tenth of it."""


def add_policy(
    draft: Draft,
    resource: Resource,
    document: Value,
    kind: str,
    *,
    name: str = "",
    part: str = "",
    protects: Value = NOTHING,
    when: Condition = TRUE,
) -> Policy | None:
    """The policy that `document` states, with its statements; None where there surely is none."""
    if document.absent:
        return None
    document = decoded(document)
    condition = both(resource.condition, when)
    statements = tuple(
        _statement(draft, resource, item, kind, f"{part}/{label}" if part else label, both(condition, c))
        for c, label, item in _items(document.get("Statement"))
    )
    return _finish(draft, resource, document, kind, name or resource.address, part, protects, condition, statements)


def add_equivalent(
    draft: Draft, resource: Resource, kind: str, *, elements: dict[str, Value], protects: Value = NOTHING
) -> Policy:
    """A policy of one statement that the service makes of a resource's properties (`AWS::Lambda::Permission`)."""
    statement = _statement(draft, resource, mapping(elements, at=resource.properties), kind, "", resource.condition)
    return _finish(
        draft, resource, resource.properties, kind, resource.address, "", protects, resource.condition, (statement,)
    )


def _finish(
    draft: Draft, resource: Resource, document: Value, kind: str, name: str, part: str, protects: Value,
    condition: Condition, statements: tuple[Statement, ...],
) -> Policy:  # fmt: skip
    policy = Policy(
        resource=resource,
        name=name,
        part=part,
        at=document,
        condition=condition,
        kind=kind,  # type: ignore[arg-type]
        document=document,
        statements=statements,
        protects=protects,
    )
    draft.add(policy)
    for statement in statements:
        draft.connect(policy, "contains", statement)
    return policy


def _items(value: Value) -> Iterator[tuple[Condition, str, Value]]:
    """(condition, label, statement): the label is the Sid where it tells the statement from the others."""
    seen: set[str] = set()
    for index, (condition, item) in enumerate(_flat(value)):
        sid = item.get("Sid")
        label = str(sid.value) if isinstance(sid, Known) and sid.value else ""
        if not label or label in seen:
            label = str(index)
        seen.add(label)
        yield condition, f"statement/{label}", item


def _flat(value: Value, when: Condition = TRUE) -> Iterator[tuple[Condition, Value]]:
    for condition, item in value.elements(when):
        if isinstance(item, Seq):
            yield from _flat(item, condition)
        else:
            yield condition, item


def _statement(draft: Draft, resource: Resource, item: Value, kind: str, part: str, condition: Condition) -> Statement:
    sid = item.get("Sid")
    return draft.add(
        Statement(
            resource=resource,
            name=str(sid.value)
            if isinstance(sid, Known) and sid.value
            else part.rpartition("/")[2] or resource.address,
            part=part,
            at=item,
            condition=condition,
            policy_kind=kind,
            effect=item.get("Effect"),
            actions=item.get("Action"),
            not_actions=item.get("NotAction"),
            resources=item.get("Resource"),
            not_resources=item.get("NotResource"),
            principals=item.get("Principal"),
            not_principals=item.get("NotPrincipal"),
            conditions=item.get("Condition"),
        )
    )


# -- documents that are texts ------------------------------------------------------------------------------------


def decoded(value: Value) -> Value:
    """A document written as JSON text, as a mapping whose parts are all at the place of the text."""
    if not isinstance(value, Text) and not (isinstance(value, Known) and isinstance(value.value, str)):
        return value
    text, holes = marked(value)
    if len(text) > DOCUMENT_CHARS_MAX:
        return unknown("the policy is a text too long for a policy", at=value)
    found = json_values(text, holes, value)
    return unknown("the policy is a text that is not valid JSON", at=value) if found is None else found


def is_written(value: Value) -> bool:
    """Whether something stands here in some world."""
    return not isinstance(value, Absent) and not value.absent


def as_map(entries: dict[str, Value], at: Value) -> Map:
    """A mapping of those entries that are written in some world."""
    return mapping({key: entry for key, entry in entries.items() if is_written(entry)}, at=at)

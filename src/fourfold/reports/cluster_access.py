"""Answers to "who can do what in a cluster" as text for a terminal, and as plain data."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from fourfold.engines.rbac.answers import Answers, Row
from fourfold.engines.rbac.aws import Caller
from fourfold.engines.rbac.scan import Effective
from fourfold.engines.rbac.symbolic import Placed
from fourfold.model.place import Span
from fourfold.reports.text import Style, count

_PAINT = {"yes": "high", "when": "medium", "unknown": "dim"}
_COLUMN = 9
_INDENT = " " * (_COLUMN + 4)


def document(answers: Answers) -> dict[str, Any]:
    """`{question, answers, aws, effective, notes}`, in the order of the bindings."""
    return {
        "question": {"who": answers.who, "verb": answers.verb, "resource": answers.resource},
        "answers": [_plain(row) for row in answers.rows],
        "aws": [_caller(one) for one in answers.aws],
        "effective": [_effective(one) for one in answers.effective],
        "notes": list(answers.notes),
    }


def _plain(row: Row) -> dict[str, Any]:
    return {
        "subject": {"kind": row.subject.kind, "name": row.subject.name, "namespace": row.subject.namespace},
        "verdict": row.verdict,
        "when": row.when,
        "reason": row.reason,
        "namespace": row.namespace,
        "role": row.role,
        "binding": row.binding,
        "request": row.request,
        "used_by": list(row.workloads),
        "rule_at": _place(row.rule_at),
        "binding_at": _place(row.binding_at),
    }


def _place(span: Span | None) -> dict[str, Any] | None:
    return {"file": span.source.path, "line": span.line} if span is not None else None


def _caller(one: Caller) -> dict[str, Any]:
    return {
        "principal": _principal(one),
        "verdict": "unknown" if one.unknown else "yes",
        "reason": one.unknown,
        "namespaces": list(one.namespaces),
        "via": one.via,
        "request": one.request,
        "at": _place(one.entry.principal.span),
    }


def _principal(one: Caller) -> str:
    return one.entry.role.name if one.entry.role is not None else str(one.entry.principal.plain())


def _effective(one: Effective) -> dict[str, Any]:
    return {
        "subject": {"kind": one.subject.kind, "name": one.subject.name, "namespace": one.subject.namespace},
        "rules": [_rule(p) for p in one.rules],
        "unknown": list(one.unknown),
    }


def _rule(p: Placed) -> dict[str, Any]:
    fields = {
        "verbs": p.rule.verbs,
        "apiGroups": p.rule.groups,
        "resources": p.rule.resources,
        "resourceNames": p.rule.names,
        "nonResourceURLs": p.rule.urls,
    }
    return {"namespace": p.namespace} | {key: list(words) for key, words in fields.items() if words}


def render(answers: Answers, style: Style) -> str:
    """The answers, one subject after the other."""
    lines: list[str] = []
    for one in answers.effective:
        lines += [*_all_of(one, style), ""]
    if not answers.effective:
        for row in answers.rows:
            lines += _row(row, style)
        for caller in answers.aws:
            lines += _of_aws(caller, style)
        if not answers.rows and not answers.aws:
            who = f"`{answers.who}` cannot" if answers.who != "*" else "nobody"
            lines.append(style.clean(f"{who}: {answers.verb} `{answers.resource}`"))
            lines.append(f"asked of {count(answers.asked, 'subject')}")
    lines += [style.paint(style.clean(note), "dim") for note in answers.notes]
    return "\n".join(lines).rstrip() + "\n"


def _row(row: Row, style: Style) -> Iterator[str]:
    says = style.paint(f"{row.verdict:<{_COLUMN}}", _PAINT[row.verdict])
    used = f" ({', '.join(row.workloads[:3])}{', ...' if len(row.workloads) > 3 else ''})" if row.workloads else ""
    yield f"{says}{style.clean(str(row.subject) + used)}"
    where = f"in namespace {row.namespace}" if row.namespace else "in all namespaces"
    if "nonResourceURL" in row.request:
        where = ""
    named = row.request.get("name")
    some = f"such as {row.request['verb']} {row.request['resource']} {named}" if named not in (None, "example") else ""
    for line in (row.reason, row.when, ", ".join(filter(None, (where, some)))):
        if line:
            yield from style.wrap(style.clean(line), _INDENT)
    for what, span in ((row.role, row.rule_at), (row.binding, row.binding_at)):
        yield style.paint(style.clean(f"{_INDENT}{what}{_at(span)}".replace("`", "")), "dim")


def _at(span: Span | None) -> str:
    return f"  {span.source.path}:{span.line}" if span is not None else ""


def _of_aws(one: Caller, style: Style) -> Iterator[str]:
    says = "unknown" if one.unknown else "yes"
    yield style.paint(f"{says:<{_COLUMN}}", _PAINT[says]) + style.clean(f"AWS principal `{_principal(one)}`")
    if one.unknown:
        yield from style.wrap(style.clean(one.unknown), _INDENT)
    where = f"in namespace {', '.join(one.namespaces)}" if one.namespaces else "in all namespaces"
    yield f"{_INDENT}{style.clean(where)}"
    yield style.paint(style.clean(f"{_INDENT}{one.via}{_at(one.entry.principal.span)}".replace("`", "")), "dim")


def _all_of(one: Effective, style: Style) -> Iterator[str]:
    yield style.paint(style.clean(str(one.subject)), "bold")
    for p in one.rules:
        where = f" in namespace {p.namespace}" if p.namespace else " in all namespaces" if not p.rule.urls else ""
        yield from style.wrap(style.clean(f"{p.rule}{where}"), "  ")
    if not one.rules:
        yield "  nothing, by the bindings that were read"
    for why in one.unknown:
        yield from style.wrap(style.clean(f"unknown: {why}"), "  ")

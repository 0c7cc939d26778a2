"""Answers to "who can do what" as text for a terminal, and as plain data."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

from fourfold.engines.iam.answers import Answers, Row, Section
from fourfold.engines.iam.ask import Access, Deciding, Refused
from fourfold.engines.iam.estate import Principal, Target
from fourfold.engines.iam.names import ACCOUNT
from fourfold.knowledge.iam import catalogue
from fourfold.model.condition import TRUE
from fourfold.reports.text import Style, count

_SAYS = {"proved": "yes", "possible": "yes, if", "when": "when", "unknown": "unknown"}
_PAINT = {"proved": "high", "possible": "medium", "when": "medium", "unknown": "dim"}
_ACTIONS_SHOWN = 6
_REFUSED_SHOWN = 200
_COLUMN = 9


# -- plain data -----------------------------------------------------------------------------------------------------------


def document(answers: Answers, problems: Iterable[str] = ()) -> dict[str, Any]:
    """`{question, answers, refused, notes}`; the answers in the order of the resources and principals."""
    return {
        "question": {"who": answers.who, "action": answers.action, "resource": answers.resource},
        "answers": [_row(row) for section in answers.sections for row in section.rows],
        "refused": [_refused(one, section.target) for section in answers.sections for one in section.refused],
        "notes": [*(f"`{answers.action}` does not work on `{name}`" for name in answers.unfit), *problems],
    }


def _row(row: Row) -> dict[str, Any]:
    one = row.access
    return {
        "principal": principal(one.principal),
        "actions": list(row.actions),
        "resource": _target(one.target),
        "verdict": one.verdict,
        "when": "" if one.when == TRUE else str(one.when),
        "part_of_resource": one.partial,
        "needs": one.needs,
        "request": one.request,
        "deciding": [_deciding(d) for d in one.deciding],
        "reason": one.reason,
        "note": one.note,
        "via": [_step(step) for step in one.via],
    }


def principal(one: Principal) -> dict[str, Any]:
    """A principal as plain data."""
    return {"kind": one.kind, "name": one.name, "arn": one.arn, "used_by": list(one.users), **_place(one.place)}


def _target(one: Target) -> dict[str, Any]:
    return {"arn": one.arn, "type": one.type, "name": one.name, **_place(one.place)}


def _deciding(one: Deciding) -> dict[str, Any]:
    return {"layer": one.layer, "policy": one.policy, "statement": one.statement, **_place(one.place)}


def _step(step: Access) -> dict[str, Any]:
    return {
        "principal": step.principal.arn or step.principal.name,
        "action": step.action,
        "resource": step.request["resource"],
        "deciding": [_deciding(d) for d in step.deciding],
    }


def _refused(one: Refused, target: Target) -> dict[str, Any]:
    return {
        "principal": principal(one.principal),
        "resource": _target(target),
        "reason": one.reason,
        "denying": [_deciding(d) for d in one.denying],
    }


def _place(text: str) -> dict[str, Any]:
    file, _, line = text.rpartition(":")
    return {"file": file, "line": int(line) if line else 0}


# -- text -----------------------------------------------------------------------------------------------------------------


def render(answers: Answers, style: Style, *, why: bool = False) -> str:
    """The answers, a section for each resource."""
    lines: list[str] = []
    for section in answers.sections:
        lines += [*_section(answers, section, style, why=why), ""]
    for name in answers.unfit:
        lines.append(f"`{answers.action}` does not work on `{name}`.")
    if not any(section.rows for section in answers.sections) and not answers.unfit:
        of = answers.resource if answers.resource != "*" else "any resource"
        who = "nobody" if answers.principals != 1 else f"`{answers.who}` cannot"
        lines.append(style.clean(f"{who}: `{answers.action}` on `{of}`"))
        lines.append(
            f"asked of {count(answers.principals, 'principal')}; --why says what each of them lacks" if not why else ""
        )
    if any(ACCOUNT in row.access.target.arn for s in answers.sections for row in s.rows):
        lines.append(style.paint(f"{ACCOUNT} is the account it is deployed to.", "dim"))
    return "\n".join(lines).rstrip() + "\n"


def _section(answers: Answers, section: Section, style: Style, *, why: bool) -> Iterator[str]:
    target = section.target
    about = ", ".join(filter(None, (target.type, target.place)))
    yield style.paint(style.clean(f"{target.name}"), "bold") + (
        style.paint(f"  {style.clean(about)}", "dim") if about else ""
    )
    several = any(tuple(row.actions) != (answers.action,) for row in section.rows)
    for row in section.rows:
        yield from _answer(row, style, several=several)
    for one in section.refused[:_REFUSED_SHOWN]:
        yield f"  {'no':<{_COLUMN}}{style.clean(called(one.principal))}: {style.clean(one.reason)}"
        yield from _statements(one.denying, style)
    if len(section.refused) > _REFUSED_SHOWN:
        yield f"  and {count(len(section.refused) - _REFUSED_SHOWN, 'more who cannot', 'more who cannot')}"
    if not section.rows and not why:
        yield "  nobody"


def _answer(row: Row, style: Style, *, several: bool) -> Iterator[str]:
    one = row.access
    says = style.paint(f"{_SAYS[one.verdict]:<{_COLUMN}}", _PAINT[one.verdict])
    yield f"  {says}{style.clean(called(one.principal))}"
    indent = " " * (_COLUMN + 4)
    conditions = [*_conditions(one)]
    if conditions:
        yield from style.wrap(style.clean("; ".join(conditions)), indent)
    if several:
        shown = ", ".join(row.actions[:_ACTIONS_SHOWN])
        more = f" and {len(row.actions) - _ACTIONS_SHOWN} more" if len(row.actions) > _ACTIONS_SHOWN else ""
        yield from style.wrap(style.clean(shown + more), indent)
    for step in one.via:
        yield style.paint(style.clean(f"{indent}{_via(step)}"), "dim")
    if not one.via:
        yield from _statements(one.deciding, style)


def _via(step: Access) -> str:
    places = ", ".join(dict.fromkeys(d.place for d in step.deciding if d.place))
    if step.action.lower().startswith("sts:assumerole"):
        return f"becomes {step.target.name} by {step.action} ({places})"
    return f"which may ({places})"


def _conditions(one: Access) -> Iterator[str]:
    if one.verdict == "when":
        yield str(one.when)
    if one.verdict == "unknown":
        yield one.reason
    for key, value in one.needs.items():
        name = catalogue().key_spelling(key) or key
        yield f"{name} is {value}" if value else f"without {name}"
    if one.partial:
        yield f"only parts, such as {one.resource}"
    if one.note:
        yield one.note


def _statements(deciding: Iterable[Deciding], style: Style) -> Iterator[str]:
    indent = " " * (_COLUMN + 4)
    said = dict.fromkeys(
        f"{indent}{one.layer}: {_named(one)}" + (f"  {one.place}" if one.place else "")
        for one in deciding
        if one.policy != "everything"
    )
    for line in said:
        yield style.paint(style.clean(line), "dim")


def _named(one: Deciding) -> str:
    if one.statement.isdigit():
        return f"{one.policy}, statement {int(one.statement) + 1}"
    return one.policy if one.statement in ("", one.policy) else f"{one.policy}, {one.statement}"


def called(one: Principal) -> str:
    """A principal as people say it."""
    if one.kind == "root":
        return "the root user of the account"
    if one.kind in ("role", "user"):
        used = f" ({', '.join(one.users[:3])}{', ...' if len(one.users) > 3 else ''})" if one.users else ""
        return f"{one.kind} {one.name}{used}"
    if one.kind == "policy":
        return f"who has policy {one.name}"
    return one.name

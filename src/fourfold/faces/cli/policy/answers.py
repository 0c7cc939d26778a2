"""How the subcommands tell an answer: as text, and as JSON."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from fourfold.engines.exact.answer import Answer
    from fourfold.engines.iam.document import Policy
    from fourfold.engines.iam.written import Written

Side = tuple["Written", "Policy"]
"""A document and the policy it is."""


def reason(document: Written) -> str:
    """Why nothing can be said about a document, whatever is asked; empty where something can."""
    if document.unknown:
        return f"`{document.name}` is not known as a whole: {document.unknown}"
    excess = document.excess
    return f"`{document.name}` is too intricate: {excess[1]}" if excess is not None else ""


def plain(answer: Answer, **sides: Side) -> dict[str, Any]:
    """`{verdict, request, deciding, trace, reason}`: `deciding` has for each side the statements that decide there."""
    out: dict[str, Any] = {"verdict": answer.verdict, "request": answer.request}
    if answer.request is not None:
        out["deciding"] = {name: deciding(side, answer.request) for name, side in sides.items()}
        out["trace"] = list(answer.trace)
    out["reason"] = answer.reason or None
    return out


def deciding(side: Side, asked: dict[str, Any]) -> dict[str, Any]:
    """`{outcome, statements: [{statement, sid, effect, file, line, column}]}` of one policy for a request."""
    from fourfold.engines.iam.request import request
    from fourfold.engines.iam.spec import evaluate

    document, policy = side
    verdict = evaluate([policy], request(asked))
    rows = []
    for statement in policy.statements:
        if statement.name in verdict.statements:
            file, line, column = document.place(document.steps(statement.path))
            rows.append({
                "statement": statement.path, "sid": statement.sid or None, "effect": statement.effect,
                "file": file if line else None, "line": line or None, "column": column or None,
            })  # fmt: skip
    return {"outcome": verdict.outcome, "statements": rows}


def told(row: dict[str, Any], indent: str = "  ") -> list[str]:
    """Lines that tell a witness: the request, and what decides on each side."""
    asked = row["request"]
    lines = [f"{indent}{field:<10} {_value(asked[field])}" for field in ("principal", "action", "resource")]
    for key, value in sorted(asked.get("context", {}).items()):
        lines.append(f"{indent}{'context':<10} {key} = {_value(value)}")
    for name, side in row["deciding"].items():
        says = {"allowed": "allowed by", "explicit_deny": "denied by"}.get(side["outcome"], "no statement allows it")
        named = ", ".join(_statement(one) for one in side["statements"])
        lines.append(f"{indent}{name + ':':<10} {says} {named}".rstrip())
    lines += [f"{indent}note: {line}" for line in row["trace"] if line.startswith("the catalogue")]
    return lines


def _statement(row: dict[str, Any]) -> str:
    name = f"{row['statement']} `{row['sid']}`" if row["sid"] else row["statement"]
    return f"{name} ({row['file']}:{row['line']})" if row["line"] else name


def _value(value: Any) -> str:
    return value if isinstance(value, str) else json.dumps(value)

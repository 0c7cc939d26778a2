"""The condition operators and which kind of values each compares.

Source: https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_condition_operators.html
"""

from __future__ import annotations

import re
from datetime import UTC, datetime
from fractions import Fraction

import msgspec


class Operator(msgspec.Struct, frozen=True):
    """One operator without qualifier and `IfExists`."""

    name: str
    family: str
    """`string`, `arn`, `bool`, `binary`, `numeric`, `date`, `ip` or `null`."""
    relation: str = "equals"
    """`equals`, `like`, `less`, `less_equals`, `greater`, `greater_equals`."""
    negated: bool = False
    fold: bool = False
    """Whether the case of the values does not matter."""


_ORDERED = {
    "Equals": "equals", "NotEquals": "equals", "LessThan": "less", "LessThanEquals": "less_equals",
    "GreaterThan": "greater", "GreaterThanEquals": "greater_equals",
}  # fmt: skip

OPERATORS: dict[str, Operator] = {
    o.name: o
    for o in (
        Operator("StringEquals", "string"),
        Operator("StringNotEquals", "string", negated=True),
        Operator("StringEqualsIgnoreCase", "string", fold=True),
        Operator("StringNotEqualsIgnoreCase", "string", negated=True, fold=True),
        Operator("StringLike", "string", "like"),
        Operator("StringNotLike", "string", "like", negated=True),
        *(
            Operator(f"{kind}{name}", kind.lower(), relation, negated=name == "NotEquals")
            for kind in ("Numeric", "Date")
            for name, relation in _ORDERED.items()
        ),
        Operator("Bool", "bool", fold=True),
        Operator("BinaryEquals", "binary"),
        Operator("IpAddress", "ip"),
        Operator("NotIpAddress", "ip", negated=True),
        Operator("ArnEquals", "arn", "like"),
        Operator("ArnLike", "arn", "like"),
        Operator("ArnNotEquals", "arn", "like", negated=True),
        Operator("ArnNotLike", "arn", "like", negated=True),
        Operator("Null", "null"),
    )
}
QUALIFIERS = ("ForAllValues", "ForAnyValue")

_MONTH = re.compile(r"\d{4}-\d{2}")
_NUMBER = re.compile(r"[+-]?\d{1,30}(\.\d{1,30})?")


def number(text: str) -> Fraction | None:
    """A number as policies and requests write it; None where it is none."""
    return Fraction(text) if _NUMBER.fullmatch(text) else None


def moment(text: str) -> Fraction | None:
    """Seconds since 1970 of an ISO 8601 date or a number of seconds; None where it is neither. Without a zone: UTC."""
    if _NUMBER.fullmatch(text):
        return Fraction(text)
    try:
        date = datetime.fromisoformat(f"{text}-01" if _MONTH.fullmatch(text) else text)
    except ValueError:
        return None
    return Fraction(str((date if date.tzinfo else date.replace(tzinfo=UTC)).timestamp()))

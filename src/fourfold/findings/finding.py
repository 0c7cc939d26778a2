"""A finding: what is wrong, where, how sure, why, and what would mend it."""

from __future__ import annotations

import hashlib
import re
from typing import Any

import msgspec

from fourfold.findings.severity import Certainty, Severity
from fourfold.model.edit import Edit
from fourfold.model.nodes import Node
from fourfold.model.place import Span
from fourfold.model.resource import Resource
from fourfold.model.value import Known, Step, Value

_OPEN = re.compile(r"true|false|\d{1,5}|\*|[\d.]{1,15}/\d{1,2}|[\da-fA-F:]{2,39}/\d{1,3}|arn:[\w:/*.-]{1,80}")


class Fix(msgspec.Struct, frozen=True):
    """Edits that mend a finding together."""

    edits: tuple[Edit, ...]
    safe: bool = True
    """Whether the workload surely works as before."""
    note: str = ""
    """What the user must know or do beside it."""


class Related(msgspec.Struct, frozen=True):
    """A further place, and what it has to do with the finding."""

    span: Span
    note: str


class Raised(msgspec.Struct, frozen=True):
    """What a check yields: `finding(...)` makes it. The runner adds who was checked, and how sure it is."""

    title: str
    at: Span
    cause: str
    fix: Fix | None
    related: tuple[Related, ...]
    evidence: dict[str, Any]
    severity: Severity | None
    possible: str
    provenance: tuple[Step, ...] = ()
    address: str = ""
    secrets: tuple[Span, ...] = ()
    resource_type: str = ""
    value: str = ""


def finding(
    title: str,
    *,
    at: Value | Span,
    cause: str = "",
    fix: Fix | Edit | tuple[Edit, ...] | None = None,
    related: tuple[tuple[Value | Span, str], ...] = (),
    evidence: dict[str, Any] | None = None,
    severity: Severity | None = None,
    possible: str = "",
    address: str = "",
    about: Node | Resource | None = None,
    secrets: tuple[tuple[Value, str], ...] = (),
) -> Raised:
    """Say that something is wrong.

    `title`: one sentence, lower case, names from the input in backticks, says what is wrong and not the cure.
    `at`: the value that is wrong (its absence has the place where it would be written), or a place.
    `cause`: what tells this finding from others of the same check on the same subject; needed where there can be more
    than one (the name of the variable, the element of the list). Part of the identity, so never a line or a file.
    `possible`: the unknown that it hangs on, where it is not certain.
    `address`, `about`: whom it is about, where that is not the subject of the check (checks of the whole graph must say
    so): a logical address, or a node or resource that has one.
    `secrets`: values that no report may show in full, each with the part of its text that is secret.
    """
    if isinstance(at, Value):
        at = at.settle()
    span = at if isinstance(at, Span) else at.span
    if isinstance(fix, Edit):
        fix = Fix((fix,))
    elif isinstance(fix, tuple):
        fix = Fix(fix)
    places = tuple(Related(p if isinstance(p, Span) else p.span, note) for p, note in related)
    provenance = () if isinstance(at, Span) else getattr(at, "provenance", ())
    hidden = tuple(span for value, secret in secrets for span in written(value, secret))
    kind = "" if about is None else about.type if isinstance(about, Resource) else about.resource.type
    whom = address or (about.address if about is not None else "")
    says = "" if isinstance(at, Span) or not provenance or secrets else _says(at)
    return Raised(
        title, span, cause, fix, places, evidence or {}, severity, possible, provenance, whom, hidden, kind, says
    )


def _says(value: Value) -> str:
    """A scalar that can be no secret, as text: a switch, a small number, an address, an ARN, `*`."""
    text = value._text() if isinstance(value, Known) else None
    return text if text and _OPEN.fullmatch(text) else ""


def written(value: Value, secret: str) -> list[Span]:
    """Where a secret can be read: in the value itself, or where it came from."""
    places = [value.value_span, *(step.span for step in getattr(value, "provenance", ()) if step.span is not None)]
    out: list[Span] = []
    for place in places:
        at = place.source.text.find(secret, place.start, place.end)
        while at >= 0:
            out.append(Span(place.source, at, at + len(secret)))
            at = place.source.text.find(secret, at + 1, place.end)
    return list(dict.fromkeys(out)) or [value.value_span]  # Written otherwise (escaped, encoded): all of it is hidden.


class Finding(msgspec.Struct, frozen=True):
    """One finding of a report."""

    id: str
    """Hash of check, logical address and cause: the same after lines, files or formatting moved."""
    check: str
    code: str
    principle: str
    severity: Severity
    certainty: Certainty
    condition: str
    """When it holds (`when`), or what it hangs on (`possible`)."""
    title: str
    address: str
    resource_type: str
    span: Span
    """Its primary place."""
    related: tuple[Related, ...] = ()
    evidence: dict[str, Any] = {}
    fix: Fix | None = None
    provenance: tuple[Step, ...] = ()
    value: str = ""
    """What the value at the place turned out to be, where it is decided elsewhere (see `provenance`)."""
    secrets: tuple[Span, ...] = ()
    """What no report may show in full: see `fourfold.findings.secrecy`."""


class Undetermined(msgspec.Struct, frozen=True):
    """A question that could not be answered: neither a finding nor a pass."""

    check: str
    address: str
    reason: str
    span: Span


def identity(*parts: str) -> str:
    """Sixteen hex digits that name a finding: of its check, address and cause, and what else tells it from others."""
    return hashlib.sha256("\0".join(parts).encode()).hexdigest()[:16]

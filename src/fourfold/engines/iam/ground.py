"""Policies of a graph as documents: references become ARNs, and what is not known becomes two bounds.

A statement is written out in every world that its conditions tell apart; each is kept with the condition and the place.
What is known only once it is deployed is a *stand-in* (`<OrgId>`, see `names`). Taken as the text it is, a statement with
stand-ins is about *less* than it may be (`lower`: it is about a request whatever the stand-ins are), with wildcards in
their place about *more* (`upper`); a request that is between both is told by neither.

Sources: https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements.html, and for `Fn::Sub`, in which
`${!aws:username}` is the policy variable `${aws:username}`, the CloudFormation User Guide, "Fn::Sub".
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import Any, TypeVar

import msgspec
from msgspec.structs import replace

from fourfold.engines.iam import document
from fourfold.engines.iam.document import Diagnostic, Kind
from fourfold.engines.iam.names import STAND_IN, Names, open_in
from fourfold.engines.iam.operators import OPERATORS, QUALIFIERS
from fourfold.engines.iam.request import COMPONENTS
from fourfold.model.condition import FALSE, TRUE, Condition, both, negate
from fourfold.model.nodes import Policy
from fourfold.model.place import Span
from fourfold.model.value import Absent, Known, Map, Seq, Text, Unknown, Value
from fourfold.model.world import explore

T = TypeVar("T")
_UNKNOWN_STATEMENT = "<statement>"


class Grounded(msgspec.Struct, frozen=True, gc=False):
    """One statement in the worlds in which `when` holds."""

    lower: document.Statement | None
    """What it is surely about; None where that is nothing."""
    upper: document.Statement
    """What it may be about."""
    written: document.Statement
    """As it stands, with stand-ins."""
    when: Condition = TRUE
    span: Span | None = None
    reason: str = ""
    """Why the two differ; empty where they are the same."""

    @property
    def effect(self) -> str:
        return self.upper.effect

    @property
    def name(self) -> str:
        return self.upper.name

    @property
    def place(self) -> str:
        """`file:line`; empty for what stands in no file."""
        return f"{self.span.file}:{self.span.line}" if self.span is not None and self.span.file else ""


class Document(msgspec.Struct, frozen=True, eq=False):
    """One policy. Compared by identity: documents of equal text are made once."""

    kind: Kind
    name: str
    statements: tuple[Grounded, ...] = ()
    version: str = "2012-10-17"
    when: Condition = TRUE
    span: Span | None = None
    problems: tuple[Diagnostic, ...] = ()
    """What IAM rejects about it."""

    @property
    def variables(self) -> bool:
        return self.version == "2012-10-17"

    @property
    def exact(self) -> bool:
        """Whether both bounds are the same and no condition is left."""
        return all(s.when == TRUE and not s.reason for s in self.statements)

    @property
    def lower(self) -> document.Policy:
        """A policy that allows at most what this one does, whatever is not known: sure allows, all denies."""
        chosen = [
            s.lower if s.effect == "Allow" else s.upper
            for s in self.statements
            if s.effect == "Deny" or both(s.when, self.when) == TRUE
        ]
        return document.Policy(self.kind, tuple(s for s in chosen if s is not None), self.version, self.problems)

    @property
    def upper(self) -> document.Policy:
        """A policy that allows at least what this one does, whatever is not known: all allows, sure denies."""
        chosen = [
            s.upper if s.effect == "Allow" else s.lower
            for s in self.statements
            if s.effect == "Allow" or both(s.when, self.when) == TRUE
        ]
        return document.Policy(self.kind, tuple(s for s in chosen if s is not None), self.version, self.problems)


def ground(names: Names, policy: Policy, kind: Kind) -> Document:
    """The documents that a policy of the graph is."""
    whole = policy.document
    version = whole.get("Version")
    said = "2012-10-17" if version.surely("2012-10-17") else "2008-10-17"
    problems: list[Diagnostic] = []
    statements = [
        found
        for node in policy.statements
        for found in _statement(names, node.at, kind, node.condition, node.span, said, node.name, problems)
    ]
    if isinstance(whole, (Unknown, Text)) or isinstance(whole.get("Statement"), Unknown):
        statements += _anything(kind, policy.condition, policy.span, whole.reason or "the policy is not known")
    return Document(kind, policy.name, tuple(statements), said, policy.condition, policy.span, tuple(problems))


def plain(source: dict[str, Any] | str, kind: Kind, name: str, spans: Callable[[int], Span | None]) -> Document:
    """A policy that is wholly known, of an account or of AWS. `spans` gives the place of a statement by its index."""
    parsed = document.parse(source, kind)
    statements = tuple(Grounded(s, s, s, TRUE, spans(i)) for i, s in enumerate(parsed.statements))
    return Document(kind, name, statements, parsed.version, TRUE, spans(-1), parsed.problems)


def missing(kind: Kind, name: str, reason: str, span: Span | None = None, when: Condition = TRUE) -> Document:
    """A policy of which only the name is known: it may allow and deny anything."""
    return Document(kind, name, tuple(_anything(kind, when, span, reason)), when=when, span=span)


def _anything(kind: Kind, when: Condition, span: Span | None, reason: str) -> list[Grounded]:
    principals = (("*", "*"),) if kind in document.WITH_PRINCIPAL else None
    resources = None if kind == "trust" else ("*",)
    out: list[Grounded] = []
    for effect in ("Allow", "Deny"):
        anything = document.Statement(
            _UNKNOWN_STATEMENT, effect, actions=("*",), resources=resources, principals=principals
        )  # fmt: skip
        out.append(Grounded(None, anything, anything, when, span, reason))
    return out


# -- one statement -----------------------------------------------------------------------------------------------------


class _Plain(msgspec.Struct):
    """A statement as JSON data, in one world."""

    data: dict[str, Any]
    reason: str = ""
    """Why a part of it is missing, where one is."""


def _statement(
    names: Names,
    at: Value,
    kind: Kind,
    when: Condition,
    span: Span,
    version: str,
    name: str,
    problems: list[Diagnostic],
) -> Iterator[Grounded]:
    worlds = in_worlds(lambda: _written(names, at))
    if not worlds:
        yield from _anything(kind, when, span, "it depends on more conditions than are looked at")
    for condition, found in worlds:
        together = both(when, condition)
        if together == FALSE:
            continue
        if isinstance(found, str):
            yield from _anything(kind, together, span, found)
            continue
        yield from _grounded(names, found, kind, together, span, version, name, problems)


def _grounded(
    names: Names,
    found: _Plain,
    kind: Kind,
    when: Condition,
    span: Span,
    version: str,
    name: str,
    problems: list[Diagnostic],
) -> Iterator[Grounded]:
    parsed = document.parse({"Version": version, "Statement": [found.data]}, kind)
    problems += [p for p in parsed.problems if not open_in(p.message) and p not in problems]
    for statement in parsed.statements:
        named = replace(statement, path=name if statement.path == "Statement[0]" else statement.path, sid="")
        upper = _upper(named, names)
        lower = None if found.reason else _lower(named)
        reason = found.reason or ("" if lower == upper else _why(names, named))
        yield Grounded(lower, upper, named, when, span, reason)


def here(names: Names, at: Value, kind: Kind, name: str, span: Span) -> Grounded | str:
    """One statement in the present world, with the variables of policies; why not, where that is not known.

    Operators are taken in any case: services do not mind it, and whoever deploys such a policy sees no error.
    """
    found = _written(names, at)
    if isinstance(found, str):
        return found
    block = found.data.get("Condition")
    if isinstance(block, dict):
        found.data["Condition"] = {_operator(str(written)): keys for written, keys in block.items()}
    problems: list[Diagnostic] = []
    grounded = next(_grounded(names, found, kind, TRUE, span, "2012-10-17", name, problems), None)
    problem = next((p for p in problems if ".Condition" in p.path), None)
    if grounded is None or problem is not None:
        return f"what IAM makes of it: {problem.message if problem else 'it is no statement'}"
    return grounded


def _operator(written: str) -> str:
    """An operator as the reference spells it, if it is one."""
    qualifier, colon, name = written.rpartition(":")
    exists = name.lower().endswith("ifexists")
    plain_ = name[: -len("IfExists")] if exists else name
    known = next((o for o in OPERATORS if o.lower() == plain_.lower()), plain_)
    head = next((q for q in QUALIFIERS if q.lower() == qualifier.lower()), qualifier)
    return f"{head}{colon}{known}{'IfExists' if exists else ''}"


def in_worlds(run: Callable[[], T]) -> list[tuple[Condition, T]]:
    """What `run` gives, with the condition of each of the worlds that it tells apart; it must not put doubts."""
    out: list[tuple[Condition, T]] = []
    for leaf in explore(lambda: [("", run())]):
        if leaf.undecided:
            return []  # more conditions than are looked at
        parts = [what if answer else negate(what) for what, answer in leaf.path if isinstance(what, Condition)]
        out.append((both(*parts), leaf.results[""]))  # type: ignore[arg-type]
    return out


def _written(names: Names, at: Value) -> _Plain | str:
    at = at.settle()
    if not isinstance(at, Map):
        return at.reason or "the statement is not known"
    out = _Plain({})
    for key, entry in at.entries_.items():
        value = entry.settle()
        if isinstance(value, Absent):
            continue
        if key == "Condition":
            _conditions(names, value, out)
        elif key in ("Principal", "NotPrincipal"):
            out.data[key] = _principal(names, value)
        else:
            out.data[key] = _strings(names, value)
    if at.rest is not None and isinstance(at.rest, Unknown):
        out.reason = at.rest.reason
    if isinstance(out.data.get("Effect"), str) and open_in(out.data["Effect"]):
        return names.why(out.data["Effect"])
    return out


def _strings(names: Names, value: Value) -> Any:
    """A scalar or a flat list of scalars."""
    if isinstance(value, Seq):
        out: list[Any] = []
        for item in value.items_:
            settled = item.settle()
            if isinstance(settled, Seq):
                out += _strings(names, settled)
            elif not isinstance(settled, Absent):
                out.append(_scalar(names, settled))
        return out
    return _scalar(names, value)


def _scalar(names: Names, value: Value) -> Any:
    if isinstance(value, Known):
        return value.value
    if isinstance(value, Map):
        return value.plain()  # no scalar: IAM rejects it, and so does the document's reader
    return names.text(value)


def _principal(names: Names, value: Value) -> Any:
    if isinstance(value, Map):
        return {kind: _strings(names, listed.settle()) for kind, listed in value.entries_.items()}
    if isinstance(value, Known):
        return value.value
    return {"AWS": _strings(names, value)}


def _conditions(names: Names, value: Value, out: _Plain) -> None:
    if not isinstance(value, Map):
        if isinstance(value, Unknown):
            out.reason = value.reason
        else:
            out.data["Condition"] = value.plain()
        return
    block: dict[str, Any] = {}
    for operator, keys in value.entries_.items():
        settled = keys.settle()
        if isinstance(settled, Map):
            block[operator] = {
                key: _strings(names, one)
                for key, listed in settled.entries_.items()
                if not isinstance(one := listed.settle(), Absent)
            }
        elif isinstance(settled, Unknown):
            out.reason = settled.reason
        elif not isinstance(settled, Absent):
            block[operator] = settled.plain()
    out.data["Condition"] = block


def _why(names: Names, statement: document.Statement) -> str:
    texts = [*statement.actions, *(statement.resources or ()), *(value for _, value in statement.principals or ())]
    texts += [value for condition in statement.conditions for value in condition.values]
    return next((why for text in texts if (why := names.why(text))), "a part of it is not known")


# -- bounds --------------------------------------------------------------------------------------------------------------


def wide(text: str) -> str:
    """A pattern that takes everything that the pattern with stand-ins may be about."""
    found = STAND_IN.search(text)
    if found is None:
        return text
    if text.count(":") < COMPONENTS - 1 and not text.startswith("*"):
        # What is not known may hold colons, which an asterisk crosses only at the end.
        return text[: found.start()] + "*"
    return STAND_IN.sub("*", text)


def _upper(statement: document.Statement, names: Names) -> document.Statement:
    """About at least what the statement is about, whatever the stand-ins are."""
    conditions = [_condition(c, upper=True) for c in statement.conditions]
    return replace(
        statement,
        actions=statement.actions if statement.not_actions else _widened(statement.actions),
        resources=_bound(statement.resources, widen=not statement.not_resources),
        principals=_principals(statement, names),
        conditions=tuple(c for c in conditions if c is not None),
    )


def _lower(statement: document.Statement) -> document.Statement | None:
    """About at most what the statement is about, whatever the stand-ins are."""
    conditions = [_condition(c, upper=False) for c in statement.conditions]
    if None in conditions or (
        statement.not_principals and any(STAND_IN.search(v) for _, v in statement.principals or ())
    ):
        return None
    return replace(
        statement,
        actions=_widened(statement.actions) if statement.not_actions else statement.actions,
        resources=_bound(statement.resources, widen=statement.not_resources),
        conditions=tuple(c for c in conditions if c is not None),
    )


def _widened(texts: Sequence[str]) -> tuple[str, ...]:
    return tuple(STAND_IN.sub("*", text) for text in texts)


def _bound(texts: tuple[str, ...] | None, *, widen: bool) -> tuple[str, ...] | None:
    return texts if texts is None or not widen else tuple(map(wide, texts))


def _principals(statement: document.Statement, names: Names) -> tuple[tuple[str, str], ...] | None:
    """Whom the element may name.

    A principal that is not known at all may be everybody; one of which a part is not known may be any of the scan that it
    fits; and an account that is written as a number may be the one of the scan.
    """
    if statement.principals is None:
        return None
    if statement.not_principals:
        return tuple((kind, value) for kind, value in statement.principals if not STAND_IN.search(value))
    out: list[tuple[str, str]] = []
    for kind, value in statement.principals:
        out.append((kind, value))
        if kind == "AWS":
            out += [("AWS", may) for may in names.may_be(value)]
    return tuple(dict.fromkeys(out))


def _condition(condition: document.Condition, *, upper: bool) -> document.Condition | None:
    """The condition with its stand-ins bounded; None where it says nothing (upper) or never holds for sure (lower)."""
    if not any(STAND_IN.search(value) for value in condition.values):
        return condition
    operator = condition.operator
    if operator.family not in ("string", "arn") or operator.fold:
        return None
    if upper == operator.negated:
        return condition
    widened_ = OPERATORS["StringNotLike" if operator.negated else "StringLike"]
    return replace(
        condition,
        operator=widened_ if operator.family == "string" else operator,
        values=tuple(STAND_IN.sub("*", v.replace("*", "?") if operator.relation == "equals" else v) for v in condition.values),
    )  # fmt: skip

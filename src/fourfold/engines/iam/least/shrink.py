"""A policy reduced to what it has to allow.

    found = shrink(document)                                 # the same requests, said with less
    found = shrink(document, uses=[Use("s3:GetObject", ("arn:aws:s3:::in/*",))])     # and no more than is used
    found.document, found.within, found.covers

What is dropped is dropped by proof: a statement, an action, a resource without which the policy allows and denies the same.
Denies count for other policies, too, so that they are compared among themselves and never dropped because nothing is allowed
here. What is used narrows actions and resources; conditions stay as they are.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import Any

import msgspec

from fourfold.engines.exact.answer import Answer, Proved, Unknown
from fourfold.engines.iam import symbolic
from fourfold.engines.iam.least.documents import (
    Plain,
    all_proved,
    document,
    listed,
    policy,
    restricted,
    size,
    told_apart,
    typing,
    within,
)
from fourfold.knowledge.iam import catalogue, glob
from fourfold.knowledge.iam_arns import intersects

QUESTIONS_MAX = 3_000
"""Proofs that are tried for one policy; what is left after that stays as it is."""
_ELEMENTS = ("Action", "Resource", "NotAction", "NotResource")


class Use(msgspec.Struct, frozen=True):
    """Something that is done."""

    action: str
    """`service:Action`, or a pattern."""
    resources: tuple[str, ...] = ("*",)
    """Patterns; `*` where it is not known on what."""
    why: str = ""


class Dropped(msgspec.Struct, frozen=True):
    """Something that the policy does not need."""

    what: str
    """`Statement[1]`, or the action or resource."""
    where: str
    why: str
    """`redundant` (others say it) or `dead` (it allows nothing), or `unused`."""


class Shrunk(msgspec.Struct, frozen=True, kw_only=True):
    """What is left of a policy."""

    document: Plain
    dropped: tuple[Dropped, ...]
    missing: tuple[Use, ...] = ()
    """Used, and not allowed by the policy as it is."""
    within: Answer
    """Whether it allows nothing that the policy did not allow."""
    covers: Answer
    """Whether it allows everything of what is used (without uses: everything) that the policy allowed."""
    before: int
    after: int
    """Characters that count for quotas."""
    notes: tuple[str, ...] = ()


def shrink(data: Plain, uses: Sequence[Use] | None = None) -> Shrunk:
    """The policy with what it needs. `data` is an identity policy, boundary or session policy that IAM accepts.

    Without `uses` it allows the same; with them no more than what is used.
    """
    rows = [_lists(row) for row in listed(data.get("Statement"))]
    original = document(rows) | {"Version": data.get("Version", "2008-10-17")}
    dropped: list[Dropped] = []
    made, names = original, [f"Statement[{i}]" for i in range(len(rows))]
    if uses is not None:
        made, names = _narrowed(original, uses, dropped)
    left, notes = _reduced(made, names, dropped)
    covers = _covers(original, left, uses)
    return Shrunk(
        document=_tidy(left),
        dropped=tuple(dropped),
        missing=tuple(_missing(original, uses or ())),
        within=within(original, left) if left["Statement"] else Proved(),
        covers=covers,
        before=size(data),
        after=size(_tidy(left)),
        notes=tuple(notes),
    )


def _lists(row: Plain) -> Plain:
    return {key: listed(value) if key in _ELEMENTS else value for key, value in row.items()}


def _tidy(data: Plain) -> Plain:
    """One action or resource without a list around it."""
    rows = [
        {k: v[0] if k in _ELEMENTS and isinstance(v, list) and len(v) == 1 else v for k, v in row.items()}
        for row in data["Statement"]
    ]
    return {**data, "Statement": rows}


# -- what is redundant or dead ---------------------------------------------------------------------------------------------


def _reduced(data: Plain, names: list[str], dropped: list[Dropped]) -> tuple[Plain, list[str]]:
    if reason := told_apart(data):
        return data, [f"nothing is dropped as redundant: {reason}"]
    reducer = _Reducer(data, names)
    reducer.run()
    dropped += reducer.dropped
    return {**data, "Statement": reducer.rows()}, reducer.notes


class _Reducer:
    """Drops one part after the other, as long as the rest says the same."""

    def __init__(self, data: Plain, names: list[str]) -> None:
        self.version = data["Version"]
        self.state: list[tuple[str, Plain]] = list(zip(names, data["Statement"], strict=True))
        self.typing = typing(data)
        self.dropped: list[Dropped] = []
        self.notes: list[str] = []
        self.asked = 0

    def rows(self) -> list[Plain]:
        return [row for _, row in self.state]

    def run(self) -> None:
        # From the end: of two that say the same the first stays.
        for at in range(len(self.state) - 1, -1, -1):
            name, row = self.state[at]
            rest = [r for i, (_, r) in enumerate(self.state) if i != at]
            if self.same(row, rest):
                why = "dead" if self.alone([row], row) else "redundant"
                self.dropped.append(Dropped(name, name, why))
                del self.state[at]
                continue
            for element in ("Action", "Resource"):
                self.elements(at, element)
        self.dropped.reverse()
        if self.asked >= QUESTIONS_MAX:
            self.notes.append(f"only {QUESTIONS_MAX:,} parts were tried; there may be more that is redundant")

    def elements(self, at: int, element: str) -> None:
        name, row = self.state[at]
        values = list(row.get(element, ()))
        if len(values) < 2:
            return
        others = [r for i, (_, r) in enumerate(self.state) if i != at]
        for value in sorted(values, key=lambda v: (-_breadth(v), -values.index(v)), reverse=True):
            if len(values) < 2:
                break
            less = {**row, element: [v for v in values if v is not value]}
            part = {**row, element: [value]}
            if self.same(part, [less, *others]):
                values = less[element]
                row = less
                why = "dead" if self.alone([part], part) else "redundant"
                self.dropped.append(Dropped(str(value), f"{name}.{element}", why))
        self.state[at] = (name, row)

    def same(self, part: Plain, rest: list[Plain]) -> bool:
        """Whether the rest says everything that a part says."""
        if self.asked >= QUESTIONS_MAX:
            return False
        self.asked += 1
        effect = part["Effect"]
        denies = [r for r in rest if r["Effect"] == "Deny"] if effect == "Allow" else []
        alike = [{**r, "Effect": "Allow"} for r in rest if r["Effect"] == effect]
        return self.proved([*alike, *denies], [{**part, "Effect": "Allow"}, *denies])

    def alone(self, rows: list[Plain], part: Plain) -> bool:
        """Whether it says nothing, by itself and after the denies."""
        denies = [r for r in self.rows() if r["Effect"] == "Deny"] if part["Effect"] == "Allow" else []
        made = policy(self.document([*({**r, "Effect": "Allow"} for r in rows), *denies]))
        return isinstance(symbolic.is_empty(made, typing=self.typing), Proved)

    def proved(self, reference: list[Plain], candidate: list[Plain]) -> bool:
        answer = symbolic.no_new_access(
            policy(self.document(reference)), policy(self.document(candidate)), typing=self.typing
        )
        return isinstance(answer, Proved)

    def document(self, rows: list[Plain]) -> Plain:
        bare = [{k: v for k, v in row.items() if k != "Sid"} for row in rows]
        return {"Version": self.version, "Statement": bare}


def _breadth(text: Any) -> int:
    """Wildcards make a pattern wide: narrow ones are tried first, so that wide ones stay where they say it all."""
    plain = str(text)
    return -len(plain.rstrip("*")) if plain.endswith("*") else -1_000_000


# -- what is used ----------------------------------------------------------------------------------------------------------


def _narrowed(data: Plain, uses: Sequence[Use], dropped: list[Dropped]) -> tuple[Plain, list[str]]:
    """What is used of the policy, and which statement each of the rows is of."""
    rows: list[Plain] = []
    names: list[str] = []
    for index, row in enumerate(data["Statement"]):
        name = f"Statement[{index}]"
        if row["Effect"] != "Allow":
            rows.append(row)
            names.append(name)
            continue
        found = list(_parts(row, uses))
        rows += found
        names += [name] * len(found)
        if not found:
            dropped.append(Dropped(name, name, "unused"))
        elif "Action" in row:
            kept = {a for one in found for a in one["Action"]}
            for pattern in row["Action"]:
                if not any(_takes(pattern, a) or _takes(a, pattern) for a in kept):
                    dropped.append(Dropped(pattern, f"{name}.Action", "unused"))
    return {**data, "Statement": rows}, names


def _parts(row: Plain, uses: Sequence[Use]) -> Iterator[Plain]:
    """A statement, narrowed to what is used of it: one for each group of resources."""
    groups: dict[tuple[str, ...], list[str]] = {}
    for use in uses:
        for action in _actions(row, use.action):
            on = _resources(row, use)
            if on and action not in groups.setdefault(on, []):
                groups[on].append(action)
    merged: dict[tuple[str, ...], list[str]] = {}
    by_action: dict[str, list[str]] = {}
    for on, actions in groups.items():
        for action in actions:
            by_action.setdefault(action, []).extend(r for r in on if r not in by_action.get(action, ()))
    for action, on_all in by_action.items():
        merged.setdefault(tuple(sorted(on_all)), []).append(action)
    for resources, actions in merged.items():
        out = {k: v for k, v in row.items() if k not in ("Action", "NotAction", "Resource", "Sid")}
        out["Action"] = sorted(actions)
        if "NotResource" not in row:
            out["Resource"] = list(resources)
        yield {k: out[k] for k in ("Effect", "Action", "Resource", "NotResource", "Condition") if k in out}


def _actions(row: Plain, used: str) -> list[str]:
    """What of a used action a statement allows, as the catalogue spells it.

    Of patterns it is the smaller one; where neither takes the other in, what the statement says.
    """
    plain = "*" not in used and "?" not in used
    known = catalogue().action(used) if plain else None
    used = used if known is None else str(known)
    if "NotAction" in row:
        if any(_takes(p, used) for p in row["NotAction"]):
            return []
        if plain or not any(intersects(p.lower(), used.lower()) for p in row["NotAction"]):
            return [used]
        return [str(a) for a in catalogue().expand(used) if not any(_takes(p, str(a)) for p in row["NotAction"])]
    if any(_takes(p, used) for p in row["Action"]):
        return [used]
    return [] if plain else [p for p in row["Action"] if intersects(p.lower(), used.lower())]


def _takes(pattern: str, action: str) -> bool:
    return pattern == "*" or glob(pattern.lower()).fullmatch(action.lower()) is not None


def _resources(row: Plain, use: Use) -> tuple[str, ...]:
    """The smaller of what is allowed and what is used; what is allowed where neither takes the other in."""
    if "NotResource" in row:
        return ("*",)
    out: list[str] = []
    for allowed in row["Resource"]:
        for used in use.resources:
            chosen = used if _on_within(allowed, used) else allowed
            if chosen is allowed and not _on_within(used, allowed) and _apart(allowed, used):
                continue
            if chosen not in out:
                out.append(chosen)
    return tuple(out)


def _any_action_on(resource: str) -> Plain:
    return document([{"Effect": "Allow", "Action": "*", "Resource": resource}])


def _on_within(wide: str, narrow: str) -> bool:
    if wide == narrow or not wide.strip("*"):
        return True
    if not narrow.strip("*"):
        return False
    answer = symbolic.no_new_access(policy(_any_action_on(wide)), policy(_any_action_on(narrow)), typing="none")
    return isinstance(answer, Proved)


def _apart(a: str, b: str) -> bool:
    """Whether no resource is both, whatever is known at deployment only."""
    from fourfold.engines.iam.names import ACCOUNT, STAND_IN

    wide = [STAND_IN.sub("*", text).replace(ACCOUNT, "*") for text in (a, b)]
    answer = symbolic.disjoint(policy(_any_action_on(wide[0])), policy(_any_action_on(wide[1])), typing="none")
    return isinstance(answer, Proved)


# -- proofs ----------------------------------------------------------------------------------------------------------------


def _covers(original: Plain, left: Plain, uses: Sequence[Use] | None) -> Answer:
    """Whether nothing is lost: of all, or of what is used."""
    if uses is None:
        return within(left, original)
    groups: dict[tuple[str, ...], list[str]] = {}
    for use in uses:
        groups.setdefault(use.resources, []).append(use.action)
    return all_proved(_kept(original, left, actions, on) for on, actions in groups.items())


def _kept(original: Plain, left: Plain, actions: list[str], on: tuple[str, ...]) -> Answer:
    used = restricted(original, actions, on)
    # The denies that stand for "not used" name resources as they are: nothing depends on two of them being different.
    if reason := told_apart(original):
        return Unknown(reason)
    return symbolic.no_new_access(policy(left), policy(used), typing=typing(original, left, used))


def _missing(original: Plain, uses: Iterable[Use]) -> Iterator[Use]:
    """Uses that the policy does not allow at all."""
    for use in uses:
        used = policy(restricted(original, [use.action], list(use.resources)))
        if isinstance(symbolic.is_empty(used, typing=typing(original)), Proved):
            yield use

"""The values of a plan: what is known when planning, at the place where the configuration decides it.

Three masks of the plan speak about a value: what is unknown (`after_unknown`), what is sensitive (`sensitive_values`), and
what its expression refers to. Where the configuration itself is in the scanned tree, its value gives place, provenance and
references, and the plan what it turned out to be.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import msgspec

from fourfold.model.value import Absent, Known, Map, Ref, Seq, Step, Text, Unknown, Value
from fourfold.sources.plan.references import References
from fourfold.sources.terraform.evaluate.kinds import is_null
from fourfold.sources.terraform.translate.references import NAMED

_NAMES = ("_id", "_ids", "_arn", "_arns", "role", "subnets", "security_groups")
"""How arguments end that take the name of a resource."""
_AROUND = frozenset({"source_arn", "resource_arn", "destination_arn", "log_destination_arn"})
"""Of these the resource may be only the beginning."""
SENSITIVE = "its value is sensitive; it is not shown"
UNKNOWN = "it is known only after apply"


class Merge:
    """The values of one resource instance."""

    def __init__(self, address: str, references: References, key_of: Callable[[str], str], at: Value) -> None:
        """`at` is the place of the resource: its block, or its object in the plan."""
        self.address = address
        self.references = references
        self.key_of = key_of
        self.at = at

    def attributes(self, values: Map, unknown: Any, sensitive: Any, hcl: Map | None) -> dict[str, Value]:
        """The arguments of the resource: those of its configuration, or, where that is not there, all that say something.

        What a provider adds by itself is left out beside the configuration: nothing of it is written there.
        """
        expressions = self.references.expressions(self.address)
        unknown, sensitive = _object(unknown), _object(sensitive)
        out: dict[str, Value] = {}
        for name in dict.fromkeys((*values.entries_, *unknown)):
            written = hcl.entries_.get(name) if hcl is not None else None
            value = self.value(
                values.entries_.get(name), unknown.get(name), sensitive.get(name), written, expressions.get(name), name
            )
            if value is not None and _given(hcl, written, name in expressions, value):
                out[name] = value
        return out

    def value(
        self, plan: Value | None, unknown: Any, sensitive: Any, hcl: Value | None, expression: Any, name: str
    ) -> Value | None:
        """One value; None where there is none."""
        if unknown is True:
            return self.unknown(plan, hcl, expression, name)
        if sensitive is True and plan is not None and not is_null(plan):
            return self.sensitive(plan, hcl)
        if hcl is not None and isinstance(plan, (Map, Seq)) and not isinstance(hcl, (Map, Seq)):
            return self.given(plan, unknown, sensitive, hcl)
        if isinstance(plan, Map):
            return self.mapping(plan, unknown, sensitive, hcl, expression)
        if isinstance(plan, Seq):
            return self.sequence(plan, unknown, sensitive, hcl, expression, name)
        if plan is None or is_null(plan):
            return None
        return _scalar(plan, hcl)

    def unknown(self, plan: Value | None, hcl: Value | None, expression: Any, name: str) -> Value | None:
        """What is known only after apply: a reference where one thing is referred to."""
        if hcl is not None and not is_null(hcl):
            return _as_unknown(hcl)
        if expression is None:
            return None
        at = self.at if plan is None else plan
        found = self.references.found(self.address, expression)
        refs = [
            Ref(at.source, at.start, at.end, at.key_start, self.key_of(target), attribute)
            for target, attribute in found.targets
        ]
        if len(refs) == 1 and not found.opaque:
            return refs[0] if _takes_a_name(name, found.targets[0][1]) else _within(refs[0])
        if refs and not found.opaque and name.endswith("s"):
            return Seq(at.source, at.start, at.end, at.key_start, tuple(refs))
        return Unknown(at.source, at.start, at.end, at.key_start, UNKNOWN)

    def sensitive(self, plan: Value | None, hcl: Value | None) -> Value:
        """What is written in the configuration is there for all to see; the rest is not shown."""
        if isinstance(hcl, Known) and isinstance(plan, Known) and hcl.value == plan.value:
            return hcl
        at = hcl if hcl is not None else plan if plan is not None else self.at
        return Unknown(at.source, at.start, at.end, at.key_start, SENSITIVE)

    def given(self, plan: Value, unknown: Any, sensitive: Any, hcl: Value) -> Value:
        """What the configuration leaves open, and the plan knows: all at the place of the configuration."""
        inner = self.value(plan, unknown, sensitive, None, None, "")
        return hcl if inner is None else _moved(inner, hcl, (*getattr(hcl, "provenance", ()), _step(plan)))

    def mapping(self, plan: Map, unknown: Any, sensitive: Any, hcl: Value | None, expression: Any) -> Value:
        unknown, sensitive, expressions = _object(unknown), _object(sensitive), _object(expression)
        written = hcl.entries_ if isinstance(hcl, Map) else {}
        out: dict[str, Value] = {}
        for key in dict.fromkeys((*plan.entries_, *unknown)):
            inner = self.value(
                plan.entries_.get(key),
                unknown.get(key),
                sensitive.get(key),
                written.get(key),
                expressions.get(key),
                key,
            )
            if inner is not None and _given(hcl, written.get(key), key in expressions, inner):
                out[key] = inner
        at = hcl if hcl is not None else plan
        return Map(at.source, at.start, at.end, at.key_start, out)

    def sequence(
        self, plan: Seq, unknown: Any, sensitive: Any, hcl: Value | None, expression: Any, name: str
    ) -> Value | None:
        unknowns = unknown if isinstance(unknown, list) else []
        hidden = sensitive if isinstance(sensitive, list) else []
        written = _matched(plan, hcl) if isinstance(hcl, Seq) else {}
        targets = self._targets(unknowns, expression) if hcl is None else {}
        items: list[Value] = []
        for index, item in enumerate(plan.items_):
            if index in targets:
                target, attribute = targets[index]
                items.append(Ref(item.source, item.start, item.end, item.key_start, self.key_of(target), attribute))
                continue
            inner = self.value(
                item, _at(unknowns, index), _at(hidden, index), written.get(index), _at(expression, index), name
            )
            if inner is not None:
                items.append(inner)
        at = hcl if hcl is not None else plan
        return Seq(at.source, at.start, at.end, at.key_start, tuple(items))

    def _targets(self, unknowns: list[Any], expression: Any) -> dict[int, tuple[str, str]]:
        """The references of the unknown elements of a list, in the order in which both are written."""
        gaps = [index for index, one in enumerate(unknowns) if one is True]
        found = self.references.found(self.address, expression) if gaps and isinstance(expression, dict) else None
        if found is None or found.opaque or len(found.targets) != len(gaps):
            return {}
        return dict(zip(gaps, found.targets, strict=True))


def _takes_a_name(argument: str, attribute: str) -> bool:
    """Whether an argument of this name can only be the attribute itself, with nothing around it.

    A plan says what an expression refers to, not whether it stands in a template: `"${aws_s3_bucket.b.arn}/*"`.
    """
    kind = attribute.rpartition("_")[2]
    if argument in _AROUND or (kind not in ("", "id", "arn", "name") and attribute != argument):
        return False
    return argument in NAMED or argument.endswith(_NAMES)


def _within(ref: Ref) -> Value:
    """A text that a reference is part of, or all of."""
    gap = Unknown(ref.source, ref.start, ref.end, ref.key_start, "a plan does not say what stands around a reference")
    return Text(ref.source, ref.start, ref.end, ref.key_start, (gap, ref, gap))


def _scalar(plan: Value, hcl: Value | None) -> Value:
    """A known scalar: the configuration's value where it says the same, else the plan's at its place."""
    if hcl is None or is_null(hcl) or not isinstance(plan, Known):
        return plan
    if isinstance(hcl, Known) and (hcl.value == plan.value or str(hcl.plain()) == str(plan.value)):
        return hcl
    if isinstance(hcl, Known) and _same_json(hcl.value, plan.value):
        return hcl
    steps = (*getattr(hcl, "provenance", ()), _step(plan))
    return Known(hcl.source, hcl.start, hcl.end, hcl.key_start, plan.value, steps)


def _step(plan: Value) -> Step:
    return Step("value in the plan", plan.span)


def _moved(value: Value, at: Value, provenance: tuple[Step, ...]) -> Value:
    """A value and all in it at another place."""
    place = {"source": at.source, "start": at.start, "end": at.end, "key_start": at.key_start, "provenance": provenance}
    if isinstance(value, Map):
        inner = {key: _moved(entry, at, provenance) for key, entry in value.entries_.items()}
        return msgspec.structs.replace(value, **place, entries_=inner)
    if isinstance(value, Seq):
        return msgspec.structs.replace(value, **place, items_=tuple(_moved(v, at, provenance) for v in value.items_))
    return msgspec.structs.replace(value, **place)


def _same_json(a: Any, b: Any) -> bool:
    """Whether two texts are the same JSON: providers normalise policies."""
    if not (isinstance(a, str) and isinstance(b, str)) or a.lstrip()[:1] not in ("{", "[") or len(a) > 1 << 20:
        return False
    try:
        return bool(json.loads(a) == json.loads(b))
    except (ValueError, RecursionError):
        return False


def _as_unknown(hcl: Value) -> Value:
    """The configuration's value of something that the plan does not know."""
    if isinstance(hcl, Known):
        return Unknown(hcl.source, hcl.start, hcl.end, hcl.key_start, UNKNOWN, hcl.provenance)
    return hcl


def _matched(plan: Seq, hcl: Seq) -> dict[int, Value]:
    """The configuration's element of each element of the plan: by content, for sets have no order, else by place."""
    free = list(hcl.items_)
    out: dict[int, Value] = {}
    for index, item in enumerate(plan.items_):
        found = next((at for at, one in enumerate(free) if _agrees(item, one)), None)
        if found is not None:
            out[index] = free.pop(found)
    if len(hcl.items_) == len(plan.items_):
        left = [index for index in range(len(plan.items_)) if index not in out]
        out.update(zip(left, free, strict=True))
    return out


def _agrees(plan: Value, hcl: Value) -> bool:
    """Whether nothing that is known contradicts that the one became the other."""
    if isinstance(hcl, Known):
        return isinstance(plan, Known) and str(plan.value) == str(hcl.value)
    if isinstance(hcl, Map) and isinstance(plan, Map):
        return all(_agrees(plan.get(k), v) for k, v in hcl.entries_.items() if not is_null(v))
    if isinstance(hcl, Seq) and isinstance(plan, Seq):
        return len(plan.items_) == len(hcl.items_) and all(map(_agrees, plan.items_, hcl.items_))
    return isinstance(plan, (Known, Absent)) and not isinstance(hcl, (Map, Seq))


def _given(around: Value | None, written: Value | None, mentioned: bool, value: Value) -> bool:
    """Whether somebody gives an argument: the configuration has it, or, where that is not there, it says something."""
    return written is not None if around is not None else mentioned or not _nothing(value)


def _nothing(value: Value) -> bool:
    """What a provider says of an argument that is not given: an empty list, an empty text."""
    if isinstance(value, Seq):
        return not value.items_
    if isinstance(value, Map):
        return not value.entries_
    return isinstance(value, Known) and value.value == ""


def _object(value: Any) -> dict[str, Any]:
    return value if isinstance(value, dict) else {}


def _at(values: Any, index: int) -> Any:
    return values[index] if isinstance(values, list) and index < len(values) else None

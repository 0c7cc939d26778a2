"""`yamldecode`: YAML to values, as Terraform takes it.

Scalars without quotes are numbers, booleans, null and times by rules of its own: `017` is 17, `1e3` a number, `1_000` a
text, a date a text in RFC 3339. A mapping is merged where `<<` stands, and of two equal keys the last counts.
Sources: Terraform language documentation, "yamldecode Function"; YAML 1.2.2; RFC 3339; compared with the program.
"""

from __future__ import annotations

import re
from datetime import datetime
from typing import Any

import yaml

from fourfold.model.value import Map, Seq, Value
from fourfold.sources.terraform.evaluate.conversions import to_string
from fourfold.sources.terraform.evaluate.kinds import Invalid, is_null, known, listed, mapped
from fourfold.sources.terraform.evaluate.limits import SIZE_MAX, TooMuch
from fourfold.sources.terraform.evaluate.numbers import Number, as_known, parse
from fourfold.sources.terraform.evaluate.operations import normal

DEPTH_MAX = 100
"""Collections inside each other."""
_STANDARD = "tag:yaml.org,2002:"
_TRUE = frozenset({"y", "Y", "yes", "Yes", "YES", "true", "True", "TRUE", "on", "On", "ON"})
_FALSE = frozenset({"n", "N", "no", "No", "NO", "false", "False", "FALSE", "off", "Off", "OFF"})
_NULL = frozenset({"", "~", "null", "Null", "NULL"})
_ENDLESS = re.compile(r"([-+]?)\.(?:inf|Inf|INF)")
_NAN = frozenset({".nan", ".NaN", ".NAN"})
_NUMBER = re.compile(r"[-+]?(?:\d+(?:\.\d*)?|\.\d+)(?:[eE][-+]?\d+)?", re.ASCII)
_OTHER_BASE = re.compile(r"0(?:x[0-9a-fA-F]+|o[0-7]+)")
_TIME = re.compile(
    r"(\d{4})-(\d\d?)-(\d\d?)(?:[Tt](\d\d?):(\d\d?):(\d\d?)(?:\.\d+)?(Z|[-+]\d\d:\d\d)| (\d\d?):(\d\d?):(\d\d?)(?:\.\d+)?)?",
    re.ASCII,
)


def decode(text: str) -> Value:
    """The one document of a text. Raises `Invalid` for what Terraform rejects."""
    try:
        return _Document(text).read()
    except (yaml.YAMLError, UnicodeError):
        raise Invalid("the text is not valid YAML") from None


class _Document:
    """The events of one text."""

    def __init__(self, text: str) -> None:
        parser: Any = getattr(yaml.cyaml, "CParser") if yaml.__with_libyaml__ else yaml.SafeLoader  # noqa: B009 - no stub
        self.next = parser(text).get_event
        self.anchors: dict[str, Value | None] = {}
        self.count = 0

    def read(self) -> Value:
        self.next()
        if not isinstance(self.next(), yaml.DocumentStartEvent):
            raise Invalid("there is no YAML document")
        found = self.node(self.next(), 0)
        self.next()
        if not isinstance(self.next(), yaml.StreamEndEvent):
            raise Invalid("there is more than one YAML document")
        return found

    def node(self, event: Any, depth: int) -> Value:
        self.count += 1
        if self.count > SIZE_MAX:
            raise TooMuch(f"a YAML text has more than {SIZE_MAX} elements")
        if depth > DEPTH_MAX:
            raise TooMuch(f"a YAML text has more than {DEPTH_MAX} collections inside each other")
        if isinstance(event, yaml.AliasEvent):
            found = self.anchors.get(str(event.anchor))
            if found is None:
                raise Invalid(f"the YAML alias `*{event.anchor}` stands for nothing")
            return found
        if event.anchor:
            self.anchors[event.anchor] = None
        if isinstance(event, yaml.ScalarEvent):
            found = scalar(event.value, event.tag, plain=event.implicit[0] or not event.style)
        elif isinstance(event, yaml.MappingStartEvent):
            found = self.mapping(event.tag, depth)
        else:
            found = self.sequence(event.tag, depth)
        if event.anchor:
            self.anchors[event.anchor] = found
        return found

    def mapping(self, tag: str | None, depth: int) -> Value:
        if tag not in (None, _STANDARD + "map"):
            raise Invalid(f"the YAML tag `{tag}` is not for a mapping")
        entries: dict[str, Value] = {}
        while not isinstance(event := self.next(), yaml.MappingEndEvent):
            merge = isinstance(event, yaml.ScalarEvent) and event.value == "<<"
            key = self.node(event, depth + 1)
            value = self.node(self.next(), depth + 1)
            if merge:
                if not isinstance(value, Map):
                    raise Invalid("`<<` in YAML needs a mapping")
                entries |= value.entries_
                continue
            if is_null(key):
                raise Invalid("a key in YAML is null")
            entries[str(to_string(key).plain())] = value
        return mapped(entries)

    def sequence(self, tag: str | None, depth: int) -> Value:
        if tag not in (None, _STANDARD + "seq"):
            raise Invalid(f"the YAML tag `{tag}` is not for a sequence")
        items: list[Value] = []
        while not isinstance(event := self.next(), yaml.SequenceEndEvent):
            items.append(self.node(event, depth + 1))
        return listed(items, Seq)


def scalar(text: str, tag: str | None, *, plain: bool) -> Value:
    """What a scalar means; `plain`: it is written without quotes. Raises `Invalid` for what its tag does not take."""
    if tag is None:
        return resolved(text) if plain else known(normal(text))
    kind = tag.removeprefix(_STANDARD) if tag.startswith(_STANDARD) else ""
    if kind in ("str", "binary"):
        return known(normal(text))
    if kind == "null":
        return known(None)
    if kind not in ("int", "float", "bool", "timestamp"):
        raise Invalid(f"the YAML tag `{tag}` is not for a scalar")
    if not plain:
        return known(normal(text))
    if kind == "timestamp":
        found: Value | None = _time(text)
    else:
        found = resolved(text)
        number = not isinstance(getattr(found, "value", None), (bool, str, type(None)))
        boolean = isinstance(getattr(found, "value", None), bool)
        found = found if (boolean if kind == "bool" else number) else None
    if found is None:
        raise Invalid(f"`{text[:40]}` is not what the YAML tag `{tag}` takes")
    return found


def resolved(text: str) -> Value:
    """What a scalar without quotes and tag means."""
    if text in _NULL:
        return known(None)
    if text in _TRUE or text in _FALSE:
        return known(text in _TRUE)
    if _NUMBER.fullmatch(text):
        return as_known(parse(text))
    if _OTHER_BASE.fullmatch(text):
        return as_known(Number(int(text, 0)))
    if text in _NAN:
        raise Invalid("`.nan` is no number")
    endless = _ENDLESS.fullmatch(text)
    if endless:
        return as_known(Number.endless(minus=endless[1] == "-"))
    found = _time(text)
    return known(normal(text)) if found is None else found


def _time(text: str) -> Value | None:
    """A time in RFC 3339, to the second; None where the text is none."""
    found = _TIME.fullmatch(text)
    if found is None:
        return None
    year, month, day = (int(found[i]) for i in (1, 2, 3))
    hour, minute, second = (int(found[i] or found[i + 4] or 0) for i in (4, 5, 6))
    try:
        at = datetime(year, month, day, hour, minute, second)  # noqa: DTZ001 - the zone is kept as it is written
    except ValueError:
        return None
    zone = found[7] or "Z"
    return known(at.isoformat(timespec="seconds") + ("Z" if zone[1:] == "00:00" else zone))

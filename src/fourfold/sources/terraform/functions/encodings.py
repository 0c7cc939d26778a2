"""Encodings, hashes and time. Source: Terraform language documentation, "Encoding Functions", "Hash and Crypto
Functions" and "Date and Time Functions"."""

from __future__ import annotations

import base64
import calendar
import hashlib
import json
import re
import urllib.parse
import uuid
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from json.encoder import encode_basestring
from math import isfinite, isinf
from typing import Any

from fourfold.model.value import NOWHERE, Known, Map, Seq, Text, Value
from fourfold.sources.terraform.evaluate.conversions import number_text, to_string
from fourfold.sources.terraform.evaluate.elements import elements_of
from fourfold.sources.terraform.evaluate.expressions import joined
from fourfold.sources.terraform.evaluate.kinds import Invalid, first_reason, is_null, unknown
from fourfold.sources.terraform.evaluate.numbers import Number, as_known, counted, parse
from fourfold.sources.terraform.functions.calling import OPEN, data, define, simple


class JsonKnown(Known, frozen=True):
    """A JSON text with the values it was made from, so that a policy in it keeps its places."""

    document: Value = Known(NOWHERE, 0, 0, -1, None)


class JsonText(Text, frozen=True):
    """A JSON text with holes, with the values it was made from."""

    document: Value = Known(NOWHERE, 0, 0, -1, None)


_HTML = re.compile("[<>&\u2028\u2029]")


def json_string(text: str) -> str:
    """A string as Terraform's JSON writes it: `<`, `>`, `&` and the line separators are escaped."""
    out = encode_basestring(text)
    return _HTML.sub(lambda m: f"\\u{ord(m[0]):04x}", out) if _HTML.search(out) else out


def json_pieces(value: Value) -> list[str | Value]:
    """The JSON text of a value, with holes for what is not known."""
    if isinstance(value, Known):
        if isinstance(value.value, str):
            return [json_string(value.value)]
        if value.value is None:
            return ["null"]
        if isinstance(value.value, float) and isinf(value.value):
            raise Invalid("JSON has no infinite numbers")
        return [str(value.value).lower() if isinstance(value.value, bool) else number_text(value)]
    if isinstance(value, Seq):
        out: list[str | Value] = ["["]
        for index, (_, item) in enumerate(elements_of(value)):
            out += [","] * bool(index) + json_pieces(item)
        return [*out, "]"]
    if isinstance(value, Map) and value.rest is not None:
        return [unknown(first_reason(value), "string")]
    if isinstance(value, Map):
        out = ["{"]
        for index, key in enumerate(sorted(value.entries_)):
            out += [("," if index else "") + json_string(key) + ":", *json_pieces(value.entries_[key])]
        return [*out, "}"]
    if isinstance(value, Text):
        return ['"', *(json_string(p)[1:-1] if isinstance(p, str) else p for p in value.parts), '"']
    return [value]


def json_text(value: Value) -> str:
    """The JSON text of a known value."""
    return "".join(str(p) for p in json_pieces(value))


def jsonencode(value: Value) -> Value:
    """JSON as `jsonencode` writes it. The result remembers the values."""
    text = joined(json_pieces(value))
    if isinstance(text, Known):
        return JsonKnown(NOWHERE, 0, 0, -1, text.value, (), value)
    if isinstance(text, Text):
        return JsonText(NOWHERE, 0, 0, -1, text.parts, (), value)
    return unknown(first_reason(value), "string")


def jsondecode(text: Value) -> Value:
    """JSON to values; what `jsonencode` made in the same run is taken as it was."""
    if isinstance(text, (JsonKnown, JsonText)):
        return _untyped(text.document)
    text = to_string(text)
    if is_null(text):
        raise Invalid("the text is null")
    if not isinstance(text, Known):
        return unknown(text.reason)
    try:
        return data(tuples(json.loads(str(text.value), parse_float=parse, parse_int=parse)))
    except (ValueError, RecursionError):
        raise Invalid("the text is not valid JSON") from None


def _untyped(value: Value) -> Value:
    """Lists become tuples and maps objects, as what is read from JSON."""
    place = (value.source, value.start, value.end, value.key_start)
    if isinstance(value, Seq):
        return Seq(*place, tuple(map(_untyped, value.items_)), value.provenance)
    if isinstance(value, Map):
        return Map(*place, {k: _untyped(v) for k, v in value.entries_.items()}, value.provenance)
    return value


def tuples(value: Any) -> Any:
    """Plain data with lists as tuples and numbers as Terraform has them."""
    if isinstance(value, dict):
        return {k: tuples(v) for k, v in value.items()}
    if isinstance(value, Number):
        return as_known(value)
    if isinstance(value, float) and isfinite(value):
        return as_known(parse(repr(value)))
    return tuple(map(tuples, value)) if isinstance(value, list) else value


def _base64decode(text: str) -> str:
    try:
        return base64.b64decode(text, validate=True).decode()
    except ValueError:
        raise Invalid("the text is not base64 of UTF-8 text") from None


def _textencode(text: str, encoding: str) -> str:
    try:
        return base64.b64encode(text.encode(_codec(encoding))).decode()
    except (LookupError, UnicodeError):
        raise Invalid(f"the text cannot be written in `{encoding}`") from None


def _textdecode(text: str, encoding: str) -> str:
    try:
        return base64.b64decode(text, validate=True).decode(_codec(encoding))
    except (LookupError, ValueError):
        raise Invalid(f"the text is not base64 of `{encoding}`") from None


def _codec(name: str) -> str:
    return {"utf-16": "utf-16-be"}.get(name.lower(), name)


def _gzip(text: str) -> Value:
    del text
    return unknown("compressed text is not compared", name="base64gzip")


def _csvdecode(text: str) -> list[dict[str, str]]:
    import csv
    import io

    rows = [row for row in csv.reader(io.StringIO(text)) if row]
    if not rows:
        return []
    header = rows[0]
    if len(set(header)) != len(header) or any(len(row) != len(header) for row in rows):
        raise Invalid("the rows of the CSV text have different lengths")
    return [dict(zip(header, row, strict=True)) for row in rows[1:]]


def _hash(name: str, *, encoded: bool = False) -> Callable[..., Value]:
    def run(text: str) -> str:
        digest = hashlib.new(name, text.encode(), usedforsecurity=False)
        return base64.b64encode(digest.digest()).decode() if encoded else digest.hexdigest()

    return simple("s", run)


def _uuidv5(namespace: str, name: str) -> str:
    known_ = {
        "dns": uuid.NAMESPACE_DNS,
        "url": uuid.NAMESPACE_URL,
        "oid": uuid.NAMESPACE_OID,
        "x500": uuid.NAMESPACE_X500,
    }
    try:
        return str(uuid.uuid5(known_.get(namespace) or uuid.UUID(namespace), name))
    except ValueError:
        raise Invalid(f"`{namespace}` is no namespace of UUIDs") from None


_RFC3339 = re.compile(r"(\d{4})-(\d\d)-(\d\d)T(\d\d):(\d\d):(\d\d)(?:\.\d+)?(Z|[+-]\d\d:\d\d)\Z")


def _timestamp(text: str) -> tuple[datetime, int]:
    """The time, and the minutes its zone is ahead of UTC."""
    found = _RFC3339.match(text)
    if found is None:
        raise Invalid(f"`{text}` is no timestamp of RFC 3339")
    zone = found[7]
    minutes = 0 if zone == "Z" else (1 if zone[0] == "+" else -1) * (int(zone[1:3]) * 60 + int(zone[4:6]))
    try:
        year, month, day, hour, minute, second = map(int, found.groups()[:6])
        return datetime(year, month, day, hour, minute, second, tzinfo=UTC), minutes
    except ValueError:
        raise Invalid(f"`{text}` is no timestamp of RFC 3339") from None


def _zone(minutes: int, colon: str = ":") -> str:
    sign = "-" if minutes < 0 else "+"
    return f"{sign}{abs(minutes) // 60:02}{colon}{abs(minutes) % 60:02}"


def _timeadd(text: str, duration: str) -> str:
    time, minutes = _timestamp(text)
    units = {"h": 3600.0, "m": 60.0, "s": 1.0, "ms": 1e-3, "us": 1e-6, "µs": 1e-6, "ns": 1e-9}
    sign = -1 if duration.startswith("-") else 1
    parts = re.findall(r"(\d+(?:\.\d*)?|\.\d+)(h|ms|us|µs|ns|m|s)", duration)
    if "".join(a + b for a, b in parts) != duration.lstrip("+-") or not parts:
        raise Invalid(f"`{duration}` is no duration")
    try:
        moved = time + timedelta(seconds=sign * sum(float(n) * units[u] for n, u in parts))
    except OverflowError:
        raise Invalid("the time is out of range") from None
    return moved.strftime("%Y-%m-%dT%H:%M:%S") + ("Z" if minutes == 0 else _zone(minutes))


def _timecmp(a: str, b: str) -> Value:
    (x, m), (y, n) = _timestamp(a), _timestamp(b)
    u, v = x - timedelta(minutes=m), y - timedelta(minutes=n)
    return counted((u > v) - (u < v))


_DATE_VERB = re.compile(r"'(?:[^']|'')*'|Y+|M+|D+|E+|h+|H+|A+|a+|m+|s+|Z+|[A-Za-z]|[^A-Za-z']+")


def _formatdate(spec: str, text: str) -> str:
    time, minutes = _timestamp(text)
    verbs: dict[str, str] = {
        "YYYY": f"{time.year:04}", "YY": f"{time.year % 100:02}", "MMMM": calendar.month_name[time.month],
        "MMM": calendar.month_abbr[time.month], "MM": f"{time.month:02}", "M": str(time.month), "DD": f"{time.day:02}",
        "D": str(time.day), "EEEE": calendar.day_name[time.weekday()], "EEE": calendar.day_abbr[time.weekday()],
        "hh": f"{time.hour:02}", "h": str(time.hour), "HH": f"{(time.hour + 11) % 12 + 1:02}",
        "H": str((time.hour + 11) % 12 + 1), "AA": "PM" if time.hour >= 12 else "AM", "aa": "pm" if time.hour >= 12 else "am",
        "mm": f"{time.minute:02}", "m": str(time.minute), "ss": f"{time.second:02}", "s": str(time.second),
        "ZZZZZ": _zone(minutes), "ZZZZ": _zone(minutes, ""), "ZZZ": "UTC" if minutes == 0 else _zone(minutes, ""),
        "Z": "Z" if minutes == 0 else _zone(minutes),
    }  # fmt: skip
    out: list[str] = []
    for token in _DATE_VERB.findall(spec):
        if token.startswith("'"):
            out.append(token[1:-1].replace("''", "'"))
        elif token[0].isalpha():
            if token not in verbs:
                raise Invalid(f"`{token}` is no part of a date format")
            out.append(verbs[token])
        else:
            out.append(token)
    return "".join(out)


def _changes(name: str, why: str) -> Callable[..., Value]:
    def call(*_: Value) -> Value:
        return unknown(f"`{name}` {why}", name="")

    return call


_EVERY_RUN = "gives another result at every run"

TABLE: dict[str, Callable[..., Value]] = {
    "base64decode": simple("s", _base64decode),
    "base64encode": simple("s", lambda s: base64.b64encode(s.encode()).decode()),
    "base64gzip": simple("s", _gzip),
    "base64sha256": _hash("sha256", encoded=True),
    "base64sha512": _hash("sha512", encoded=True),
    "bcrypt": _changes("bcrypt", _EVERY_RUN),
    "csvdecode": simple("s", _csvdecode, result="any"),
    "formatdate": simple("ss", _formatdate),
    "jsondecode": define(jsondecode, OPEN),
    "jsonencode": define(jsonencode, OPEN, result="string"),
    "md5": _hash("md5"),
    "plantimestamp": _changes("plantimestamp", _EVERY_RUN),
    "rsadecrypt": _changes("rsadecrypt", "needs a private key, which is not used here"),
    "sha1": _hash("sha1"),
    "sha256": _hash("sha256"),
    "sha512": _hash("sha512"),
    "textdecodebase64": simple("ss", _textdecode),
    "textencodebase64": simple("ss", _textencode),
    "timeadd": simple("ss", _timeadd),
    "timecmp": simple("ss", _timecmp, result="number"),
    "timestamp": _changes("timestamp", _EVERY_RUN),
    "urlencode": simple("s", lambda s: urllib.parse.quote_plus(s, safe="")),
    "uuid": _changes("uuid", _EVERY_RUN),
    "uuidv5": simple("ss", _uuidv5),
}

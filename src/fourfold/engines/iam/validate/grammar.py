"""What the grammar of the language asks for: elements, their types, versions, effects and statement ids.

Sections of access-analyzer-reference-policy-checks.html are named by each check;
the grammar itself is https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_grammar.html.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from fourfold.engines.iam.document import VERSIONS
from fourfold.engines.iam.validate.issues import Issue
from fourfold.engines.iam.validate.subject import Row, Subject
from fourfold.engines.iam.written import Path

_DOCUMENT = ("Version", "Id", "Statement")
_STATEMENT = (
    "Sid", "Effect", "Principal", "NotPrincipal", "Action", "NotAction", "Resource", "NotResource", "Condition",
)  # fmt: skip
_PAIRS = (("Action", "NotAction"), ("Resource", "NotResource"), ("Principal", "NotPrincipal"))
_SID = re.compile(r"[A-Za-z0-9]*")


def elements(subject: Subject) -> Iterator[Issue]:
    """Error - Invalid policy element."""
    for key in subject.data:
        if key not in _DOCUMENT:
            yield Issue("INVALID_POLICY_ELEMENT", f"`{key}` is no element of a policy{_meant(key, _DOCUMENT)}", (key,))
    for row in subject.rows:
        for key in row.data:
            if key not in _STATEMENT:
                what = f"`{key}` is no element of a statement{_meant(key, _STATEMENT)}"
                yield Issue("INVALID_POLICY_ELEMENT", what, (*row.path, key))


def _meant(key: str, known: tuple[str, ...]) -> str:
    """The element that is nearly spelled so."""
    plain = key.lower().removesuffix("s")
    return next((f"; `{name}` is" for name in known if name.lower() == plain), "")


def types(subject: Subject) -> Iterator[Issue]:
    """Error - Data type mismatch."""
    data = subject.data
    for key in ("Version", "Id"):
        if key in data and not isinstance(data[key], str):
            yield _mismatch((key,), "a string", data[key])
    given = data.get("Statement")
    if "Statement" in data and not isinstance(given, dict | list):
        yield _mismatch(("Statement",), "an object or a list of objects", given)
    for i, one in enumerate(given if isinstance(given, list) else ()):
        if not isinstance(one, dict):
            yield _mismatch(("Statement", i), "an object", one)
    for row in subject.rows:
        yield from _types_of(row)


def _types_of(row: Row) -> Iterator[Issue]:
    for key in ("Sid", "Effect"):
        if key in row.data and not isinstance(row.data[key], str):
            yield _mismatch((*row.path, key), "a string", row.data[key])
    for key in ("Action", "NotAction", "Resource", "NotResource"):
        if key in row.data:
            yield from _strings((*row.path, key), row.data[key])
    for key in ("Principal", "NotPrincipal"):
        value = row.data.get(key)
        if isinstance(value, dict):
            for kind, values in value.items():
                yield from _strings((*row.path, key, kind), values)
    block = row.data.get("Condition", {})
    path = (*row.path, "Condition")
    if not isinstance(block, dict):
        yield _mismatch(path, "an object of operators", block)
        return
    for written, keys in block.items():
        if not isinstance(keys, dict):
            yield _mismatch((*path, written), "an object of condition keys", keys)
    for test in row.tests:
        for place, value in test.values:
            if not isinstance(value, str | int | float):
                yield _mismatch(place, "a string, number or Boolean", value)


def _strings(path: Path, value: Any) -> Iterator[Issue]:
    if not isinstance(value, str | list):
        yield _mismatch(path, "a string or a list of strings", value)
    for i, one in enumerate(value if isinstance(value, list) else ()):
        if not isinstance(one, str):
            yield _mismatch((*path, i), "a string", one)


def _mismatch(path: Path, wanted: str, value: Any) -> Issue:
    names = {dict: "an object", list: "a list", str: "a string", bool: "a Boolean", type(None): "null"}
    return Issue("DATA_TYPE_MISMATCH", f"must be {wanted}, not {names.get(type(value), 'a number')}", path)


def version(subject: Subject) -> Iterator[Issue]:
    """Error - Invalid version; General Warning - Missing version."""
    if "Version" not in subject.data:
        what = "without `Version` the policy is read as 2008-10-17, which knows no policy variables; write 2012-10-17"
        yield Issue("MISSING_VERSION", what, (), "advice")
    elif isinstance(subject.data["Version"], str) and subject.data["Version"] not in VERSIONS:
        what = f"there is no version `{subject.data['Version']}` of the language: {' or '.join(VERSIONS)}"
        yield Issue("INVALID_VERSION", what, ("Version",))


def missing(subject: Subject) -> Iterator[Issue]:
    """Error - Missing statement, effect, action, resource, principal; Invalid effect; Unsupported element combination."""
    if subject.data.get("Statement") is None:
        yield Issue("MISSING_STATEMENT", "a policy has a `Statement`")
    for row in subject.rows:
        effect = row.data.get("Effect")
        if "Effect" not in row.data:
            yield Issue("MISSING_EFFECT", "a statement has an `Effect`: `Allow` or `Deny`", row.path)
        elif isinstance(effect, str) and effect not in ("Allow", "Deny"):
            what = f"`{effect}` is neither `Allow` nor `Deny`"
            yield Issue("INVALID_EFFECT", what, (*row.path, "Effect"))
        for one, other in _PAIRS:
            if one in row.data and other in row.data:
                what = f"`{one}` and `{other}` exclude each other"
                yield Issue("UNSUPPORTED_ELEMENT_COMBINATION", what, (*row.path, other))
        if not row.data.keys() & {"Action", "NotAction"}:
            yield Issue("MISSING_ACTION", "a statement has an `Action` or a `NotAction`", row.path)
        if not row.data.keys() & {"Resource", "NotResource"} and subject.kind not in ("resource", "trust"):
            what = f"a statement of a policy of kind `{subject.kind}` has a `Resource` or a `NotResource`"
            yield Issue("MISSING_RESOURCE", what, row.path)
        if subject.with_principal and not row.data.keys() & {"Principal", "NotPrincipal"}:
            what = f"a statement of a policy of kind `{subject.kind}` has a `Principal`"
            yield Issue("MISSING_PRINCIPAL", what, row.path)


def empty(subject: Subject) -> Iterator[Issue]:
    """Suggestion - Empty array action, condition (4 of them), principal, resource; Empty object condition, principal."""
    for row in subject.rows:
        for key, code in (("Action", "ACTION"), ("Resource", "RESOURCE")):
            for name in (key, f"Not{key}"):
                if row.data.get(name) == []:
                    what = f"names no {key.lower()}: {'excludes nothing' if name != key else 'the statement has no effect'}"
                    yield Issue(f"EMPTY_ARRAY_{code}", what, (*row.path, name))
        for name in ("Principal", "NotPrincipal"):
            value = row.data.get(name)
            if value == {}:
                yield Issue("EMPTY_OBJECT_PRINCIPAL", "names no principal", (*row.path, name))
            for kind, values in value.items() if isinstance(value, dict) else ():
                if values == []:
                    yield Issue("EMPTY_ARRAY_PRINCIPAL", "names no principal", (*row.path, name, kind))
        block = row.data.get("Condition")
        for place, value in (("", block), *(block.items() if isinstance(block, dict) else ())):
            if value == {}:
                path = (*row.path, "Condition", place) if place else (*row.path, "Condition")
                yield Issue("EMPTY_OBJECT_CONDITION", "states no condition", path)
        for test in row.tests:
            if test.many and not test.values:
                yield _empty_test(test.qualifier, test.key, test.path, if_exists=test.if_exists)


def _empty_test(qualifier: str, key: str, path: Path, *, if_exists: bool) -> Issue:
    if qualifier == "ForAllValues":
        what = f"holds only for requests without `{key}`; `Null` with `true` says so"
        return Issue("EMPTY_ARRAY_CONDITION_FORALLVALUES", what, path)
    if qualifier == "ForAnyValue":
        return Issue("EMPTY_ARRAY_CONDITION_FORANYVALUE", "no value is in an empty list: never holds", path)
    if if_exists:
        what = f"holds only for requests without `{key}`; `Null` with `true` says so"
        return Issue("EMPTY_ARRAY_CONDITION_IFEXISTS", what, path)
    return Issue("EMPTY_ARRAY_CONDITION", f"names no value for `{key}`", path)


def sids(subject: Subject) -> Iterator[Issue]:
    """Error - Unique Sids required, Unsupported Sid; General Warning - Unique Sids recommended; Suggestion - Empty Sid value.

    Policies of resources other than roles may have other characters: the default key policy of KMS has spaces.
    """
    seen: set[str] = set()
    needed = subject.kind not in ("resource", "endpoint")
    for row in subject.rows:
        sid = row.data.get("Sid")
        if not isinstance(sid, str):
            continue
        path = (*row.path, "Sid")
        if not sid:
            yield Issue("EMPTY_SID_VALUE", "a `Sid` has a value, or is left away", path)
        elif needed and not _SID.fullmatch(sid):
            yield Issue("UNSUPPORTED_SID", f"`{sid}` has characters other than letters and digits", path)
        if sid and sid in seen:
            code = "UNIQUE_SIDS_REQUIRED" if needed else "UNIQUE_SIDS_RECOMMENDED"
            yield Issue(code, f"`{sid}` is the `Sid` of a statement before", path, "grammar" if needed else "advice")
        seen.add(sid)


CHECKS = (elements, types, version, missing, empty, sids)

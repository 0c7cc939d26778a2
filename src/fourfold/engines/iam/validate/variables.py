"""Policy variables: how they are written, and where they may stand.

Source beside the checks: https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_variables.html
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from fourfold.engines.iam.validate.issues import Issue
from fourfold.engines.iam.validate.subject import Row, Subject
from fourfold.engines.iam.written import Path

_QUOTED = re.compile(r"\s*'[^']*'\s*")
_COMPARED = ("string", "arn")


def written(subject: Subject) -> Iterator[Issue]:
    """Error - Missing brace, Missing quote, Unsupported space, Empty variable; Variable unsupported in version, in element;
    Invalid variable for operator."""
    for row in subject.rows:
        for path, text in row.texts("Resource", "NotResource"):
            yield from _value(subject, path, text)
        yield from _elsewhere(row)
        for test in row.tests:
            for path, value in test.values:
                if not isinstance(value, str) or "${" not in value:
                    continue
                if test.operator is not None and test.operator.family not in _COMPARED and subject.variables:
                    what = f"only string and ARN operators take variables, not `{test.written}`"
                    yield Issue("INVALID_VARIABLE_FOR_OPERATOR", what, path)
                else:
                    yield from _value(subject, path, value)


def _elsewhere(row: Row) -> Iterator[Issue]:
    others = [*row.texts("Sid", "Effect", "Action", "NotAction")]
    others += [(path, text) for _, path, text in (*row.principals, *row.not_principals)]
    for path, text in others:
        if "${" in text:
            what = "variables stand in `Resource` and in the values of conditions only"
            yield Issue("VARIABLE_UNSUPPORTED_IN_ELEMENT", what, path)


def _value(subject: Subject, path: Path, text: str) -> Iterator[Issue]:
    if "${" not in text:
        return
    if not subject.variables:
        what = "without `Version` 2012-10-17 a variable is a text like any other"
        yield Issue("VARIABLE_UNSUPPORTED_IN_VERSION", what, path)
        return
    at = text.find("${")
    while at >= 0:
        end = text.find("}", at)
        if end < 0:
            yield Issue("MISSING_BRACE_IN_VARIABLE", f"`{text[at:]}` has no closing brace", path)
            return
        yield from _variable(path, text[at + 2 : end])
        at = text.find("${", end)


def _variable(path: Path, inside: str) -> Iterator[Issue]:
    if inside in ("*", "?", "$"):
        return
    name, comma, default = inside.partition(",")
    if not name.strip():
        yield Issue("EMPTY_VARIABLE", "a variable has a name", path)
    elif " " in name:
        yield Issue("UNSUPPORTED_SPACE_IN_VARIABLE", f"`${{{inside}}}` has a space in the name of the variable", path)
    if comma and not _QUOTED.fullmatch(default):
        what = f"the default of `${{{inside}}}` must stand between single quotes"
        yield Issue("MISSING_QUOTE_IN_VARIABLE", what, path)


CHECKS = (written,)

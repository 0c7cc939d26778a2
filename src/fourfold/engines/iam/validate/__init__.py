"""Validation of policy documents: the documented checks of IAM Access Analyzer, as proofs where they can be.

A check is a function from a `Subject` to issues; the modules group them by thought, and each names the sections of
https://docs.aws.amazon.com/IAM/latest/UserGuide/access-analyzer-reference-policy-checks.html that it makes.
"""

from __future__ import annotations

from importlib import import_module
from typing import Any

from msgspec.structs import replace

from fourfold.engines.iam.document import VALUES_MAX, Kind
from fourfold.engines.iam.validate.issues import TYPES, Issue
from fourfold.engines.iam.validate.subject import Subject
from fourfold.engines.iam.written import Written, guess, written

MODULES = (
    "grammar", "quotas", "actions", "arns", "variables", "conditions", "values", "principals", "trust", "controls", "passing",
    "tags",
)  # fmt: skip
ISSUES_MAX = 1_000
"""Issues told of one document."""
LOOKED_INTO_MAX = 5_000
"""Values of one document that are looked into; the largest policy that AWS manages has some 3,200."""
QUICK = ("grammar", "quotas", "principals")
"""What is asked of a document with more or larger values."""


def check(document: Any, kind: Kind | None = None, *, resource_type: str = "") -> list[Issue]:
    """What is to be said of a document, the worst first; empty where there is nothing.

    `document` is a dict, JSON text or what `written` made of either; `kind` is what the document looks like where it is not
    given; `resource_type` (`AWS::S3::Bucket`) is what a resource policy is attached to.
    """
    one = written(document)
    found = [_located(issue, one) for issue in _issues(one, kind or guess(one.data), resource_type)]
    unique = list(dict.fromkeys(found))
    unique.sort(key=lambda issue: (TYPES.index(issue.type), issue.line, issue.column))
    if len(unique) > ISSUES_MAX:
        more = Issue("UNDECIDED", f"{len(unique) - ISSUES_MAX:,} more issues are not listed")
        return [*unique[:ISSUES_MAX], more]
    return unique


def _issues(one: Written, kind: Kind, resource_type: str) -> list[Issue]:
    found = [Issue("JSON_SYNTAX_ERROR", f.reason, (), "grammar", one.name, f.line, f.column) for f in one.faults]
    if one.unknown:
        return [*found, Issue("UNDECIDED", f"not known as a whole: {one.unknown}")]
    if not isinstance(one.data, dict):
        if one.data is not None or not one.faults:
            found.append(Issue("DATA_TYPE_MISMATCH", "a policy is a JSON object"))
        return found
    if _values(one.data, VALUES_MAX) < 0:
        return [*found, Issue("UNDECIDED", f"more than {VALUES_MAX:,} values: the document is not looked into")]
    large = _large(one)
    if large is not None:
        found.append(large)
    policy = one.policy(kind)
    subject = Subject(one.data, kind, policy, size=one.size, resource_type=resource_type)
    for name in MODULES if large is None else QUICK:
        for ask in import_module(f"{__name__}.{name}").CHECKS:
            found += ask(subject)
    if large is not None:
        return found
    if not policy.problems:
        from fourfold.engines.iam.validate import proofs

        found += proofs.statements(subject, one)
        found += proofs.conditions(subject, one)
        found += proofs.resources(subject)
    elif not any(issue.type == "error" for issue in found):
        # INVARIANT: what the reader of documents rejects is never passed over in silence.
        found += [Issue("UNDECIDED", f"IAM rejects the document: {p}", one.steps(p.path)) for p in policy.problems]
    return found


def _values(data: Any, left: int) -> int:
    """How many of the allowed values are left; below zero where there are too many."""
    todo = [data]
    while todo and left >= 0:
        value = todo.pop()
        left -= 1
        if isinstance(value, dict):
            todo += value.values()
        elif isinstance(value, list):
            todo += value
    return left


def _large(one: Written) -> Issue | None:
    """What is to be said of too many values, or of a value or a key that is too large to be compared."""
    if _values(one.data, LOOKED_INTO_MAX) < 0:
        what = f"more than {LOOKED_INTO_MAX:,} values, which is no policy: only the grammar is looked at"
        return Issue("UNDECIDED", what)
    excess = one.excess
    return None if excess is None else Issue("UNDECIDED", f"{excess[1]}: only the grammar is looked at", excess[0])


def _located(issue: Issue, document: Written) -> Issue:
    if issue.line or document.value is None:
        return issue
    file, line, column = document.place(issue.path)
    return replace(issue, file=file, line=line, column=column)

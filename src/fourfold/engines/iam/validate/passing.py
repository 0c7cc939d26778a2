"""Passing roles and creating service-linked roles, without saying which.

Sources beside the checks: https://docs.aws.amazon.com/IAM/latest/UserGuide/id_roles_use_passrole.html and
https://docs.aws.amazon.com/IAM/latest/UserGuide/using-service-linked-roles.html

A resource says which role where it does not take in every role (of any name, any service): `role/Service*` says it.
"""

from __future__ import annotations

from collections.abc import Iterator

from fourfold.engines.exact.globs import matches
from fourfold.engines.iam.elements import has_variable
from fourfold.engines.iam.elements import resource as resource_glob
from fourfold.engines.iam.validate.issues import Issue
from fourfold.engines.iam.validate.subject import Row, Subject

_ANY_ROLE = "arn:aws:iam::{account}:role/any-role-of-this-name-41c9"
_ANY_LINKED = (
    "arn:aws:iam::{account}:role/aws-service-role/any-service-41c9.amazonaws.com/AWSServiceRoleForAnyService41c9"
)
_ACCOUNTS = ("111122223333", "444455556666")


def roles(subject: Subject) -> Iterator[Issue]:
    """Security Warning - the six on passing roles; General Warning - the six on creating service-linked roles."""
    for row in subject.rows if subject.kind in ("identity", "session") else ():
        if row.allow:
            yield from _one(row, "iam:PassRole", "PASS_ROLE", "iam:passedtoservice", _ANY_ROLE)
            yield from _one(row, "iam:CreateServiceLinkedRole", "CREATE_SLR", "iam:awsservicename", _ANY_LINKED)


def _one(row: Row, action: str, head: str, narrowing: str, example: str) -> Iterator[Issue]:
    if not row.takes(action):
        return
    star = not any(text.lower() == action.lower() for _, text in row.actions)
    kind = "NOT_ACTION" if "NotAction" in row.data else "STAR_IN_ACTION" if star else ""
    if "NotResource" in row.data:
        name = f"{kind}_AND_NOT_RESOURCE" if kind else "NOT_RESOURCE"
        what = f"`{action}` is allowed on all but a few: name the roles in `Resource`"
        yield Issue(f"{head}_WITH_{name}", what, (*row.path, "NotResource"), "proof")
        return
    if any(test.needs_key and not (test.operator and test.operator.negated) for test in row.tests_of(narrowing)):
        return
    name = {"": "STAR_IN_RESOURCE", "STAR_IN_ACTION": "STAR_IN_ACTION_AND_RESOURCE"}.get(
        kind, f"STAR_IN_RESOURCE_AND_{kind}"
    )
    for path, text in row.texts("Resource"):
        if "*" in text and not has_variable(text) and _every(text, example):
            of = "roles" if head == "PASS_ROLE" else "service-linked roles"
            what = f"`{action}` is allowed on all {of} that `{text}` takes in: name them, or require a service"
            yield Issue(f"{head}_WITH_{name}", what, path, "proof")


def _every(text: str, example: str) -> bool:
    """Whether a pattern takes in roles whatever they are called, at least of one account."""
    pattern = resource_glob(text, variables=False)
    parts = text.split(":", 5)
    own = parts[4] if len(parts) > 4 and parts[4].isdigit() else ""
    partition = parts[1] if len(parts) > 1 and parts[1].isascii() and "*" not in parts[1] else "aws"
    examples = (
        example.format(account=a).replace("arn:aws:", f"arn:{partition}:", 1) for a in ((own,) if own else _ACCOUNTS)
    )
    return all(matches(pattern, one) for one in examples)


CHECKS = (roles,)

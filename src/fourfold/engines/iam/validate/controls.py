"""Resource control policies: what they can say, and whom they hit beside whom they are meant for.

Source beside the checks: https://docs.aws.amazon.com/organizations/latest/userguide/orgs_manage_policies_rcps_syntax.html
"""

from __future__ import annotations

from collections.abc import Iterator

from fourfold.engines.iam.validate.issues import Issue
from fourfold.engines.iam.validate.subject import Row, Subject, Test
from fourfold.knowledge.iam import catalogue

_PRINCIPAL = (
    "aws:principalorgid",
    "aws:principalorgpaths",
    "aws:principalaccount",
    "aws:principalarn",
    "aws:principaltag/",
)
_SERVICE = ("aws:sourceorgid", "aws:sourceorgpaths", "aws:sourceaccount")
_FLAG = "aws:principalisawsservice"


def syntax(subject: Subject) -> Iterator[Issue]:
    """Error - RCP syntax error principal, allow, NotAction, action."""
    for row in subject.rows if subject.kind == "rcp" else ():
        everybody = row.data.get("Principal") in ("*", {"AWS": "*"}, {"AWS": ["*"]})
        if "NotPrincipal" in row.data or ("Principal" in row.data and not everybody):
            name = "NotPrincipal" if "NotPrincipal" in row.data else "Principal"
            what = 'a resource control policy is about all principals, `"*"`: tell them apart in conditions'
            yield Issue("RCP_SYNTAX_ERROR_PRINCIPAL", what, (*row.path, name))
        if row.allow and not (everybody and row.data.get("Resource") in ("*", ["*"]) and "Condition" not in row.data):
            what = "a resource control policy denies; it allows everything to everybody, or nothing"
            yield Issue("RCP_SYNTAX_ERROR_ALLOW", what, (*row.path, "Effect"))
        if "NotAction" in row.data:
            what = "a resource control policy has no `NotAction`: name actions in `Action`"
            yield Issue("RCP_SYNTAX_ERROR_NOTACTION", what, (*row.path, "NotAction"))
        for path, text in row.actions:
            prefix = text.partition(":")[0].lower()
            if text != "*" and prefix not in catalogue().rcp_services:
                what = f"resource control policies do not apply to `{prefix}`, as of {catalogue().date}"
                yield Issue("RCP_SYNTAX_ERROR_ACTION", what, path, "catalogue")


def related(subject: Subject) -> Iterator[Issue]:
    """General Warning - RCP missing related principal condition key, related service principal condition key, service
    condition key null check."""
    for row in subject.rows if subject.kind == "rcp" else ():
        for test in row.tests_of(*_PRINCIPAL) if row.deny else ():
            if not _says(row, "false"):
                what = f"requests of services have no `{test.key}`: add BoolIfExists `aws:PrincipalIsAWSService` false"
                yield Issue("RCP_MISSING_RELATED_PRINCIPAL_CONDITION_KEY", what, test.path, "advice")
        for test in row.tests_of(*_SERVICE) if row.deny else ():
            if test.operator is not None and test.operator.family == "null":
                continue
            if not _says(row, "true"):
                what = f"only requests of services have `{test.key}`: add BoolIfExists `aws:PrincipalIsAWSService` true"
                yield Issue("RCP_MISSING_RELATED_SERVICE_PRINCIPAL_CONDITION_KEY", what, test.path, "advice")
            if not any(_is_null(t) for t in row.tests_of("aws:sourceaccount", "aws:sourcearn")):
                what = f"some requests of services have no `{test.key}`: add Null `aws:SourceAccount` false"
                yield Issue("RCP_MISSING_SERVICE_CONDITION_KEY_NULL_CHECK", what, test.path, "advice")


def _says(row: Row, wanted: str) -> bool:
    return any(
        test.operator is not None and test.operator.family == "bool" and [t.lower() for _, t in test.texts] == [wanted]
        for test in row.tests_of(_FLAG)
    )


def _is_null(test: Test) -> bool:
    return (
        test.operator is not None and test.operator.family == "null" and [t.lower() for _, t in test.texts] == ["false"]
    )


CHECKS = (syntax, related)

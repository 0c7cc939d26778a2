"""Principals: who can be named, in which kind of policy, and what has to stand beside a service.

Source beside the checks: https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_principal.html
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from fourfold.engines.iam.document import PRINCIPALS
from fourfold.engines.iam.validate.issues import Issue
from fourfold.engines.iam.validate.subject import Row, Subject
from fourfold.engines.iam.validate.values import SERVICE
from fourfold.engines.iam.written import Path
from fourfold.knowledge.regions import PARTITIONS

_PARTITION = "(" + "|".join(PARTITIONS) + ")"
_IDENTITY = re.compile(
    rf"\d{{12}}|arn:{_PARTITION}:(iam|sts)::(\d{{12}}|cloudfront):"
    r"(root|user/.+|role/.+|assumed-role/.+|federated-user/.+|oidc-provider/.+|saml-provider/.+)"
)
_UNIQUE = re.compile(r"(A[A-Z]{3})[A-Z0-9]{12,}")
SOURCES = ("aws:sourcearn", "aws:sourceaccount", "aws:sourceorgid", "aws:sourceorgpaths")
_NOT_OF_SERVICES = (
    "aws:principalarn", "aws:principalaccount", "aws:principalorgid", "aws:principalorgpaths", "aws:principaltag/",
    "aws:userid", "aws:username",
)  # fmt: skip
"""Keys that requests of services do not have: reference_policies_condition-keys.html, Properties of the principal."""
_INSTEAD = ("aws:referer", "aws:sourceip", "aws:useragent")


def named(subject: Subject) -> Iterator[Issue]:
    """Error - Unsupported principal, Invalid principal format, Invalid principal key, Unsupported wildcard in principal,
    Federated principal not supported, Invalid service principal format, SCP syntax error principal; General Warning -
    Invalid role reference, Invalid user reference."""
    for row in subject.rows:
        for name in ("Principal", "NotPrincipal"):
            if name not in row.data:
                continue
            path = (*row.path, name)
            if subject.kind == "scp":
                what = "a service control policy names no principal: compare `aws:PrincipalArn` in a condition"
                yield Issue("SCP_SYNTAX_ERROR_PRINCIPAL", what, path)
            elif not subject.with_principal:
                what = f"a policy of kind `{subject.kind}` names no principal: it is attached to one"
                yield Issue("UNSUPPORTED_PRINCIPAL", what, path)
            else:
                yield from _element(subject, row, name, path)


def _element(subject: Subject, row: Row, name: str, path: Path) -> Iterator[Issue]:
    value = row.data[name]
    if not isinstance(value, dict):
        if value != "*":
            what = 'must be an object such as {"AWS": "123456789012"}, or `"*"`'
            yield Issue("INVALID_PRINCIPAL_FORMAT", what, path)
        return
    for key in value:
        if key not in PRINCIPALS:
            yield Issue("INVALID_PRINCIPAL_KEY", f"`{key}` is none of {', '.join(PRINCIPALS)}", (*path, key))
    for kind, place, text in row.principals if name == "Principal" else row.not_principals:
        if "${" not in text:
            yield from _value(subject, kind, place, text)


def _value(subject: Subject, kind: str, path: Path, text: str) -> Iterator[Issue]:
    if kind == "Federated" and subject.kind != "trust":
        what = "an identity provider is named in the trust policy of a role only"
        yield Issue("FEDERATED_PRINCIPAL_NOT_SUPPORTED", what, path)
    elif kind in ("AWS", "Service", "CanonicalUser") and set("*?") & set(text) and not (kind == "AWS" and text == "*"):
        what = f"`{text}`: wildcards stand for nobody here; name whom you mean"
        yield Issue("UNSUPPORTED_WILDCARD_IN_PRINCIPAL", what, path)
    elif kind == "Service" and not SERVICE.fullmatch(text):
        yield Issue("INVALID_SERVICE_PRINCIPAL_FORMAT", f"`{text}` is not written as `service.amazonaws.com`", path)
    elif kind == "AWS" and text != "*" and not _IDENTITY.fullmatch(text):
        found = _UNIQUE.fullmatch(text)
        if found is None:
            what = f"`{text}` is neither an account nor the ARN of one, of a user, a role or a session"
            yield Issue("INVALID_PRINCIPAL_FORMAT", what, path)
        elif found[1] in ("AROA", "AIDA"):
            who = "role" if found[1] == "AROA" else "user"
            what = f"`{text}` is the id of a {who}, which may be gone: name its ARN"
            yield Issue(f"INVALID_{who.upper()}_REFERENCE", what, path, "advice")


def not_principal(subject: Subject) -> Iterator[Issue]:
    """Security Warning - Allow with NotPrincipal."""
    for row in subject.rows:
        if row.allow and "NotPrincipal" in row.data and subject.with_principal and subject.kind != "trust":
            what = "everybody else is allowed, anonymous requests included: name whom you mean in `Principal`"
            yield Issue("ALLOW_WITH_NOT_PRINCIPAL", what, (*row.path, "NotPrincipal"), "advice")


def services(subject: Subject) -> Iterator[Issue]:
    """Security Warning - Restrict access to service principal; Suggestion - Recommended condition key for service principal;
    Error - Unsupported condition key for service principal."""
    for row in subject.rows if subject.kind == "resource" else ():
        named = [(path, text) for kind, path, text in row.principals if kind == "Service"]
        if not row.allow or not named:
            continue
        if not any(test.needs_key for test in row.tests_of(*SOURCES)):
            what = f"`{named[0][1]}` may be used by anybody: require `aws:SourceArn` or `aws:SourceAccount`"
            yield Issue("RESTRICT_ACCESS_TO_SERVICE_PRINCIPAL", what, named[0][0], "advice")
            for test in row.tests_of(*_INSTEAD):
                what = f"`aws:SourceArn` or `aws:SourceAccount` tells for whom the service acts, `{test.key}` does not"
                yield Issue("RECOMMENDED_CONDITION_KEY_FOR_SERVICE_PRINCIPAL", what, test.path, "advice")
        if len(named) == len(row.principals):
            for test in row.tests_of(*_NOT_OF_SERVICES):
                if not test.if_exists:
                    what = f"requests of services never have the key `{test.key}`"
                    yield Issue("UNSUPPORTED_CONDITION_KEY_FOR_SERVICE_PRINCIPAL", what, test.path, "catalogue")


CHECKS = (named, not_principal, services)

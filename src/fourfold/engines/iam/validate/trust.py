"""Trust policies of roles: who may assume them, how, and with which claims.

Sources beside the checks: https://docs.aws.amazon.com/IAM/latest/UserGuide/id_roles_create_for-idp_oidc.html and
https://docs.aws.amazon.com/rolesanywhere/latest/userguide/trust-model.html
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from fourfold.engines.iam.validate.issues import Issue
from fourfold.engines.iam.validate.subject import Row, Subject
from fourfold.engines.iam.written import Path

_WEB, _SAML, _PLAIN = "sts:assumerolewithwebidentity", "sts:assumerolewithsaml", "sts:assumerole"
_DOMAIN = re.compile(r"[a-z0-9-]+(\.[a-z0-9-]+)+(/[^\s*?]*)?", re.IGNORECASE)
_PROVIDER = re.compile(r"arn:[^:]+:iam::\d{12}:(oidc|saml)-provider/([^*?\s]+)")
_GITHUB = "token.actions.githubusercontent.com"
_PINS = (":sub", ":repository", ":repository_id", ":job_workflow_ref")
"""Claims of GitHub's tokens that tell the repository."""
_NEEDS = {
    "sts:sourceidentity": "sts:SetSourceIdentity", "sts:transitivetagkeys": "sts:TagSession",
    "aws:requesttag/": "sts:TagSession", "aws:tagkeys": "sts:TagSession", "sts:requestcontext/": "sts:SetContext",
    "sts:requestcontextproviders": "sts:SetContext",
}  # fmt: skip
"""Condition keys that a request has only if this action is allowed with it."""
_ANYWHERE = "rolesanywhere.amazonaws.com"
_ANYWHERE_NEEDS = ("sts:AssumeRole", "sts:SetSourceIdentity", "sts:TagSession")
_ROLE = re.compile(r"arn:[^:]+:iam::(\d{12}):role/(?:.*/)?([^/]+)")
_SESSION = re.compile(r"arn:[^:]+:(?:sts|iam)::(\d{12}):assumed-role/([^/]+)/.+")


def syntax(subject: Subject) -> Iterator[Issue]:
    """Error - Role trust policy syntax error notprincipal, unsupported wildcard in principal, syntax error resource; Invalid
    federated principal syntax in role trust policy."""
    for row in subject.rows if subject.kind == "trust" else ():
        if "NotPrincipal" in row.data:
            what = "a trust policy says whom it trusts, not whom it does not"
            yield Issue("ROLE_TRUST_POLICY_SYNTAX_ERROR_NOTPRINCIPAL", what, (*row.path, "NotPrincipal"))
        if row.data.get("Principal") == "*":
            what = '`"*"` is not taken in a trust policy: name whom you trust'
            yield Issue("ROLE_TRUST_POLICY_UNSUPPORTED_WILDCARD_IN_PRINCIPAL", what, (*row.path, "Principal"))
        for name in ("Resource", "NotResource"):
            if name in row.data:
                what = "a trust policy is about its role: it names no resource"
                yield Issue("ROLE_TRUST_POLICY_SYNTAX_ERROR_RESOURCE", what, (*row.path, name))
        for path, text in _federated(row):
            if not _DOMAIN.fullmatch(text) and not _PROVIDER.fullmatch(text) and "${" not in text:
                what = f"`{text}` is neither a domain name nor the ARN of a provider"
                yield Issue("INVALID_FEDERATED_PRINCIPAL_SYNTAX_IN_ROLE_TRUST_POLICY", what, path)


def _federated(row: Row) -> list[tuple[Path, str]]:
    return [(path, text) for kind, path, text in row.principals if kind == "Federated"]


def provider(text: str) -> tuple[str, str]:
    """(`saml`, `oidc` or nothing, what its condition keys begin with) of a federated principal."""
    found = _PROVIDER.fullmatch(text)
    if found:
        return found[1], found[2].lower() if found[1] == "oidc" else "saml"
    return ("oidc", text.lower()) if _DOMAIN.fullmatch(text) else ("", "")


def mismatched(subject: Subject) -> Iterator[Issue]:
    """Error - Mismatched action for principal."""
    wanted = {"saml": _SAML, "oidc": _WEB, "": _PLAIN}
    for row in subject.rows if subject.kind == "trust" else ():
        kinds = {provider(text)[0] if kind == "Federated" else "" for kind, _, text in row.principals}
        unclear = any(kind == "Federated" and not provider(text)[0] for kind, _, text in row.principals)
        for path, text in row.actions:
            if text.lower() not in wanted.values() or not kinds or unclear:
                continue
            if all(wanted[kind] != text.lower() for kind in kinds):
                right = {
                    "saml": "sts:AssumeRoleWithSAML",
                    "oidc": "sts:AssumeRoleWithWebIdentity",
                    "": "sts:AssumeRole",
                }
                what = f"who is named here assumes the role by {' or '.join(sorted(right[kind] for kind in kinds))}"
                yield Issue("MISMATCHED_ACTION_FOR_PRINCIPAL", what, path)


def claims(subject: Subject) -> Iterator[Issue]:
    """Security Warning - Missing condition key for oidc principal, Missing github repo condition key; General Warning -
    Specific github repo and branch recommended."""
    for row in subject.rows if subject.kind == "trust" else ():
        for path, text in _federated(row) if row.allow and row.takes("sts:AssumeRoleWithWebIdentity") else ():
            kind, prefix = provider(text)
            if kind != "oidc":
                continue
            own = [t for t in row.tests if t.lower.startswith(f"{prefix}:") and t.needs_key]
            github = prefix.partition("/")[0] == _GITHUB
            if not own:
                what = f"any token of `{prefix}` is taken: require some of its claims"
                yield Issue("MISSING_CONDITION_KEY_FOR_OIDC_PRINCIPAL", what, path, "advice")
            if github and not any(t.lower.endswith(_PINS) for t in own):
                what = f"any repository of GitHub is taken: require `{_GITHUB}:sub`"
                yield Issue("MISSING_GITHUB_REPO_CONDITION_KEY", what, path, "advice")
        yield from _repository(row)


def _repository(row: Row) -> Iterator[Issue]:
    branch = bool(row.tests_of(f"{_GITHUB}:ref"))
    for test in row.tests_of(f"{_GITHUB}:sub"):
        for path, text in test.texts:
            repository = ":".join(text.split(":")[:2])
            if (
                test.operator is not None
                and test.operator.relation == "like"
                and "*" in (repository if branch else text)
            ):
                what = f"`{text}` takes in more than one repository or branch"
                yield Issue("SPECIFIC_GITHUB_REPO_AND_BRANCH_RECOMMENDED", what, path, "advice")


def actions(subject: Subject) -> Iterator[Issue]:
    """Error - Missing action for condition key, Missing action for roles anywhere trust policy."""
    if subject.kind != "trust":
        return
    for row in subject.rows:
        for test in row.tests if row.allow else ():
            needed = next(
                (a for k, a in _NEEDS.items() if test.lower == k or (k[-1] == "/" and test.lower.startswith(k))), ""
            )
            if needed and not row.takes(needed):
                what = f"`{test.key}` can be set only where `{needed}` is allowed too"
                yield Issue("MISSING_ACTION_FOR_CONDITION_KEY", what, test.path, "catalogue")
    rows = [r for r in subject.rows if r.allow and any(k == "Service" and v == _ANYWHERE for k, _, v in r.principals)]
    missing = [a for a in _ANYWHERE_NEEDS if not any(r.takes(a) for r in rows)]
    if rows and missing:
        what = f"IAM Roles Anywhere needs {', '.join(_ANYWHERE_NEEDS)}: {', '.join(missing)} not allowed"
        yield Issue("MISSING_ACTION_FOR_ROLES_ANYWHERE_TRUST_POLICY", what, rows[0].path, "catalogue")


def redundant(subject: Subject) -> Iterator[Issue]:
    """Suggestion - Redundant principal in role trust policy."""
    for row in subject.rows if subject.kind == "trust" else ():
        roles = {(m[1], m[2]) for _, _, text in row.principals if (m := _ROLE.fullmatch(text))}
        for _, path, text in row.principals:
            found = _SESSION.fullmatch(text)
            if found and (found[1], found[2]) in roles:
                what = f"the role `{found[2]}` is named too, and takes in its sessions"
                yield Issue("REDUNDANT_PRINCIPAL_IN_ROLE_TRUST_POLICY", what, path, "proof")


CHECKS = (syntax, mismatched, claims, actions, redundant)

"""What of IAM nobody in an account can change.

Sources: https://docs.aws.amazon.com/IAM/latest/UserGuide/access_policies_managed-vs-inline.html (AWS managed policies),
id_roles_create-service-linked-role.html there (what of a service-linked role can be edited: its description), and
API_PutRolePermissionsBoundary.html of the IAM API; for roles under `/aws-reserved/`
https://docs.aws.amazon.com/singlesignon/latest/userguide/permissionsetsconcept.html (IAM Identity Center keeps them).
"""

from __future__ import annotations

import re

from fourfold.engines.iam.decision import Decision
from fourfold.engines.iam.request import Request

_MANAGED_POLICY = re.compile(r"arn:[^:]+:iam::aws:policy/.+")
_LINKED_ROLE = re.compile(r"arn:[^:]+:iam::\d{12}:role/aws-service-role/.+")
_RESERVED_ROLE = re.compile(r"arn:[^:]+:iam::\d{12}:role/aws-reserved/.+")

_CHANGES_POLICY = frozenset({
    "createpolicyversion", "deletepolicy", "deletepolicyversion", "setdefaultpolicyversion", "tagpolicy", "untagpolicy",
})  # fmt: skip
_CHANGES_ROLE = frozenset({
    "attachrolepolicy", "deleterole", "deleterolepermissionsboundary", "deleterolepolicy", "detachrolepolicy",
    "putrolepermissionsboundary", "putrolepolicy", "updateassumerolepolicy",
})  # fmt: skip
_CHANGES_RESERVED = _CHANGES_ROLE | {"tagrole", "untagrole", "updaterole", "updateroledescription"}


def fixed(request: Request, *, by_service: bool) -> Decision | None:
    """Changes that are refused whatever the policies say. `by_service`: a service, or its service-linked role, asks."""
    prefix, _, name = request.action.lower().partition(":")
    if prefix != "iam":
        return None
    if name in _CHANGES_POLICY and _MANAGED_POLICY.fullmatch(request.resource):
        return Decision("implicit_deny", "an AWS managed policy cannot be changed")
    if by_service:
        return None
    if name in _CHANGES_ROLE and _LINKED_ROLE.fullmatch(request.resource):
        return Decision("implicit_deny", "only its service can change the policies of a service-linked role")
    if name in _CHANGES_RESERVED and _RESERVED_ROLE.fullmatch(request.resource):
        return Decision("implicit_deny", "only IAM Identity Center can change its roles")
    return None

"""S3's access control lists: what their grants allow, and to whom.

Source: https://docs.aws.amazon.com/AmazonS3/latest/userguide/acl-overview.html (grantees, the table that maps permissions to
actions, the table of canned lists).
"""

from __future__ import annotations

from collections.abc import Iterator

import msgspec

from fourfold.engines.iam.facts import Acl, Facts
from fourfold.engines.iam.request import Principal, Request

_GLOBAL = "http://acs.amazonaws.com/groups/global/"
ALL_USERS = f"{_GLOBAL}AllUsers"
AUTHENTICATED = f"{_GLOBAL}AuthenticatedUsers"
LOG_DELIVERY = "http://acs.amazonaws.com/groups/s3/LogDelivery"
_LOGGING = "logging.s3.amazonaws.com"
PUBLIC = frozenset({ALL_USERS, AUTHENTICATED})
PUBLIC_CANNED = frozenset({"public-read", "public-read-write", "authenticated-read"})

_CANNED = {
    "private": (),
    "public-read": ((ALL_USERS, "READ"),),
    "public-read-write": ((ALL_USERS, "READ"), (ALL_USERS, "WRITE")),
    "aws-exec-read": (),
    "authenticated-read": ((AUTHENTICATED, "READ"),),
    "bucket-owner-read": (("bucket owner", "READ"),),
    "bucket-owner-full-control": (("bucket owner", "FULL_CONTROL"),),
    "log-delivery-write": ((LOG_DELIVERY, "WRITE"), (LOG_DELIVERY, "READ_ACP")),
}
"""What each adds to the owner's full control. `aws-exec-read` is for EC2 only, which asks as no principal of ours."""

ON_BUCKET = {
    "s3:listbucket": "READ",
    "s3:listbucketversions": "READ",
    "s3:listbucketmultipartuploads": "READ",
    "s3:putobject": "WRITE",
    "s3:deleteobject": "WRITE",
    "s3:deleteobjectversion": "WRITE",
    "s3:getbucketacl": "READ_ACP",
    "s3:putbucketacl": "WRITE_ACP",
}
ON_OBJECT = {
    "s3:getobject": "READ",
    "s3:getobjectversion": "READ",
    "s3:getobjectacl": "READ_ACP",
    "s3:getobjectversionacl": "READ_ACP",
    "s3:putobjectacl": "WRITE_ACP",
    "s3:putobjectversionacl": "WRITE_ACP",
}
"""Actions that a list allows, and the permission each takes."""


class Listed(msgspec.Struct, frozen=True):
    """One grant of a list: to a group's URI, an account (canonical id), or `bucket owner`."""

    name: str
    grantee: str
    permission: str

    @property
    def public(self) -> bool:
        return self.grantee in PUBLIC


def listed(request: Request, facts: Facts) -> Iterator[Listed]:
    """The grants of the list that the action looks at, as far as they give the permission it takes."""
    if facts.s3 is None:
        return
    action = request.action.lower()
    for lists, acl, name in (
        (ON_BUCKET, facts.s3.bucket_acl, "bucket_acl"),
        (ON_OBJECT, facts.s3.object_acl, "object_acl"),
    ):
        if action not in lists or acl is None:
            continue
        for i, (grantee, permission) in enumerate(_grants(acl)):
            if permission in (lists[action], "FULL_CONTROL"):
                yield Listed(acl if isinstance(acl, str) else f"{name}.Grants[{i}]", grantee, permission)


def _grants(acl: str | Acl) -> Iterator[tuple[str, str]]:
    if isinstance(acl, Acl):
        for grant in acl.Grants:
            yield grant.Grantee.URI or grant.Grantee.ID, grant.Permission
    elif acl in _CANNED:
        yield from _CANNED[acl]
    else:
        raise ValueError(f"no canned access control list: `{acl}`; one of {', '.join(_CANNED)}")


def way(grantee: str, who: Principal, bucket_account: str) -> str:
    """As what a grantee takes in who asks: `any`, `account` or `self`; empty where it does not."""
    if grantee == ALL_USERS or (grantee == AUTHENTICATED and who.type == "AWS"):
        return "any"
    if grantee == LOG_DELIVERY:
        return "self" if who.type == "Service" and who.value == _LOGGING else ""
    if grantee == "bucket owner":
        return "account" if who.account and who.account == bucket_account else ""
    if who.type == "CanonicalUser":
        return "self" if grantee == who.value else ""
    return "account" if grantee and grantee == who.canonical else ""


def sets_public(request: Request) -> bool:
    """Whether the request puts a list that is public: a canned one, or grants to a group in its headers."""
    context = request.context
    if context.get("s3:x-amz-acl", ("",))[0] in PUBLIC_CANNED:
        return True
    return any(uri in v[0] for k, v in context.items() if k.startswith("s3:x-amz-grant-") for uri in PUBLIC)


def sets_any(request: Request) -> bool:
    """Whether the request says which list it puts."""
    return any(key == "s3:x-amz-acl" or key.startswith("s3:x-amz-grant-") for key in request.context)

"""What besides policies decides a request: organization, access control lists, public access settings, grants, ...

Where a fact follows a structure that an AWS API returns (`GetBucketAcl`, `GetPublicAccessBlock`, `ListGrants`), its names
are the API's, so that an answer of the API can be given as it is. What is not given is not there, as with policies; where
another value could change the answer, `Decision.assumed` says so.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Literal

import msgspec

_SIZE_MAX = 100_000
"""Values in all facts together."""


class Organization(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The organization that policies and accounts are of."""

    id: str
    """`o-...`."""
    management_account: str = ""
    """Service control policies do not apply to its principals, resource control policies not to its resources."""
    accounts: dict[str, str] = {}
    """Member accounts: their path (`o-a1b2c3d4e5/r-ab12/ou-ab12-11111111/`), or nothing where it is not known."""


class Grantee(msgspec.Struct, frozen=True):
    """Who a grant of an access control list is to, as S3 says it: an account by `ID`, or a group by `URI`."""

    ID: str = ""
    URI: str = ""
    Type: str = ""
    DisplayName: str = ""
    EmailAddress: str = ""


class AclGrant(msgspec.Struct, frozen=True):
    """One grant of an access control list."""

    Grantee: Grantee
    Permission: Literal["FULL_CONTROL", "READ", "WRITE", "READ_ACP", "WRITE_ACP"]


class Acl(msgspec.Struct, frozen=True):
    """An access control list, as `GetBucketAcl` and `GetObjectAcl` return it."""

    Grants: tuple[AclGrant, ...]
    Owner: Grantee = Grantee()


class PublicAccessBlock(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The settings of one level, as `GetPublicAccessBlock` returns them."""

    BlockPublicAcls: bool = False
    IgnorePublicAcls: bool = False
    BlockPublicPolicy: bool = False
    RestrictPublicBuckets: bool = False


class AccessPoint(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The access point that a request to a bucket goes through."""

    arn: str
    policy: dict[str, Any] | str | None = None
    vpc: str = ""
    """The VPC it is confined to; empty where it is open to the internet."""


class S3(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A bucket and the object that is asked for."""

    ownership: Literal["BucketOwnerEnforced", "BucketOwnerPreferred", "ObjectWriter"] | None = None
    """Object Ownership of the bucket; access control lists count only where it is not `BucketOwnerEnforced`."""
    object_owner: str = ""
    """Account that owns the object; where nothing is said, the bucket's."""
    bucket_acl: str | Acl | None = None
    """A canned list's name, or the list."""
    object_acl: str | Acl | None = None
    public_access_block: (
        dict[Literal["organization", "account", "bucket", "access_point"], PublicAccessBlock] | None
    ) = None
    access_point: AccessPoint | None = None


class Constraints(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What the encryption context of a request must have for a grant to count."""

    EncryptionContextSubset: dict[str, str] | None = None
    EncryptionContextEquals: dict[str, str] | None = None


class Grant(msgspec.Struct, frozen=True):
    """A grant for a key, as `ListGrants` returns it."""

    GranteePrincipal: str
    Operations: tuple[str, ...]
    Constraints: Constraints | None = None
    RetiringPrincipal: str = ""
    IssuingAccount: str = ""
    GrantId: str = ""
    Name: str = ""


class Kms(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The key that is asked for."""

    grants: tuple[Grant, ...] | None = None
    manager: Literal["CUSTOMER", "AWS"] = "CUSTOMER"
    """`AWS` for a key that AWS keeps in the account for a service (`alias/aws/...`)."""
    aliases: dict[str, str] = {}
    """ARN of an alias: ARN of its key."""


class FunctionUrl(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The URL of a Lambda function."""

    auth_type: Literal["NONE", "AWS_IAM"]
    needs_invoke_function: bool = True
    """Whether `lambda:InvokeFunction` is needed, too: so for URLs that were made since October 2025."""


class Api(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The method of a REST API that is invoked."""

    authorization: Literal["NONE", "AWS_IAM", "CUSTOM", "COGNITO_USER_POOLS"]
    """`AuthorizationType` of the method."""
    authorizer_policy: dict[str, Any] | str | None = None
    """What the Lambda authorizer (`CUSTOM`) returned as policy."""
    authenticated: bool = False
    """Whether the Cognito user pool accepted the caller's token."""
    private: bool = False
    """Whether the API is reached through VPC endpoints only."""


class Facts(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """All facts; each may be left away."""

    resource_account: str = ""
    """Account that owns the resource, where its ARN does not say it. The same as `aws:ResourceAccount`."""
    federated_by: str = ""
    """ARN of the IAM user whose `GetFederationToken` made the session that asks."""
    canonical_ids: dict[str, str] = {}
    """Account: its canonical user id, by which access control lists and some bucket policies name it."""
    organization: Organization | None = None
    s3: S3 | None = None
    kms: Kms | None = None
    function_url: FunctionUrl | None = None
    api: Api | None = None


NOTHING = Facts()


def facts(given: Mapping[str, Any] | None) -> Facts:
    """The facts that a mapping says. Raises ValueError where it says none, with the place and what is expected."""
    if given is None:
        return NOTHING
    if not isinstance(given, Mapping):
        raise ValueError(f"facts are a mapping, not {type(given).__name__}")  # noqa: TRY004
    _small(given)
    try:
        return msgspec.convert(dict(given), Facts)
    except msgspec.ValidationError as error:
        what, _, where = str(error).partition(" - at `")
        place = where.rstrip("`").replace("$", "facts", 1) or "facts"
        known = ", ".join(Facts.__struct_fields__)
        hint = f"; facts are {known}" if place == "facts" else ""
        raise ValueError(f"{place}: {what[0].lower()}{what[1:]}{hint}") from None


def _small(given: Mapping[str, Any]) -> None:
    """Raises ValueError for facts beyond all reason."""
    todo: list[Any] = [given]
    count = 0
    while todo:
        one = todo.pop()
        count += 1
        if count > _SIZE_MAX:
            raise ValueError(f"more than {_SIZE_MAX} values in the facts")
        if isinstance(one, Mapping):
            todo += one.values()
        elif isinstance(one, list | tuple):
            todo += one

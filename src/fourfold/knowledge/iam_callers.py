"""Who brings which condition key to a request: the keys by which an owner can say who is meant, and those strangers choose.

Sources: https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_condition-keys.html,
https://docs.aws.amazon.com/IAM/latest/UserGuide/confused-deputy.html, and for ranges of addresses and fixed values
https://docs.aws.amazon.com/AmazonS3/latest/userguide/access-control-block-public-access.html
"""

from __future__ import annotations

import ipaddress
import re
from typing import Literal

Shape = Literal["text", "path", "arn", "id", "flag", "ip"]

KEYS: dict[str, Shape] = {
    **dict.fromkeys((
        "aws:principalorgid", "aws:sourceorgid", "aws:vpceorgid", "aws:principalaccount", "aws:sourceaccount",
        "aws:sourceowner", "aws:vpceaccount", "kms:calleraccount", "s3:dataaccesspointaccount", "aws:sourcevpc",
        "aws:sourcevpce", "lambda:eventsourcetoken",
    ), "text"),
    **dict.fromkeys(("aws:principalorgpaths", "aws:sourceorgpaths", "aws:vpceorgpaths"), "path"),
    **dict.fromkeys(("aws:principalarn", "aws:sourcearn", "aws:sourcevpcarn", "s3:dataaccesspointarn"), "arn"),
    "aws:userid": "id",
    **dict.fromkeys(("aws:principalisawsservice", "elasticfilesystem:accessedviamounttarget"), "flag"),
    **dict.fromkeys(("aws:principalservicename", "aws:principalservicenameslist"), "text"),
    "aws:sourceip": "ip",
}  # fmt: skip
"""Keys by which a policy can say who is meant, and how a value says it."""

CHOSEN = frozenset({
    "aws:securetransport", "aws:requestedregion", "aws:currenttime", "aws:epochtime", "aws:tokenissuetime", "aws:useragent",
    "aws:referer", "aws:resourceaccount", "aws:resourceorgid", "aws:resourceorgpaths", "aws:principaltype",
    "aws:multifactorauthpresent", "aws:multifactorauthage", "aws:username", "aws:calledvia", "aws:calledviafirst",
    "aws:calledvialast", "aws:viaawsservice", "aws:tagkeys", "sts:externalid", "sts:rolesessionname", "sts:sourceidentity",
    "sts:transitivetagkeys", "lambda:functionurlauthtype", "lambda:invokedviafunctionurl", "sns:protocol", "sns:endpoint",
    "s3:tlsversion", "s3:signatureversion", "s3:signatureage", "s3:authtype", "s3:prefix", "s3:delimiter", "s3:max-keys",
    "s3:x-amz-acl", "s3:x-amz-server-side-encryption", "s3:x-amz-server-side-encryption-aws-kms-key-id",
    "s3:x-amz-content-sha256", "s3:x-amz-storage-class", "s3:versionid", "kms:viaservice", "kms:grantisforawsresource",
})  # fmt: skip
"""Keys whose value strangers choose, or have as well as anybody."""
_CHOSEN_HEADS = (
    "aws:requesttag/", "aws:principaltag/", "aws:resourcetag/", "s3:existingobjecttag/", "s3:requestobjecttag/",
    "kms:encryptioncontext:",
)  # fmt: skip
_WIDEST = {4: 8, 6: 32}
"""Shortest prefix of a range of addresses that names somebody: S3's own measure of what is not public."""
_UNIQUE = ("s3", "execute-api")
"""Services in which the first part of a resource is one of all accounts: the name of a bucket, the id of an API."""
_STAND_IN = re.compile(r"<[^<>]*>")
"""A part that is known only once it is deployed: one fixed text."""


def chosen(key: str) -> bool:
    """Whether strangers choose the value of a key, or have one as well."""
    return key in CHOSEN or key.startswith(_CHOSEN_HEADS)


def says_who(shape: Shape, value: str) -> bool:
    """Whether a value of a key is one that strangers cannot bring."""
    if shape == "flag":
        return value.lower() == "true"
    if shape == "ip":
        return _narrow(value)
    if "${" in value:
        return False
    if shape == "arn":
        return _owned(value)
    head = value.partition("/")[0] if shape == "path" else value.partition(":")[0] if shape == "id" else value
    return bool(head) and "*" not in head and "?" not in head


def _owned(arn: str) -> bool:
    """Whether nobody else can have a resource that the pattern matches."""
    parts = arn.split(":", 5)
    if len(parts) < 6:
        return bool(_STAND_IN.search(arn)) or not _wild(arn)
    if parts[4] and not _wild(parts[4]):
        return True
    if parts[2] in _UNIQUE and not parts[5].startswith(("accesspoint", "job/", "storage-lens")):
        return not _wild(parts[5].partition("/")[0])
    return not parts[4] and not _wild(parts[5])


def _wild(text: str) -> bool:
    return "*" in text or "?" in text


def _narrow(block: str) -> bool:
    if _STAND_IN.search(block):
        return True
    try:
        network = ipaddress.ip_network(block, strict=False)
    except ValueError:
        return False
    return network.prefixlen >= _WIDEST[network.version]

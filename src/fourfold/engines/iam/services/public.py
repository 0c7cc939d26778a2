"""What S3 calls a public policy.

Source: https://docs.aws.amazon.com/AmazonS3/latest/userguide/access-control-block-public-access.html#access-control-block-public-access-policy-status
A policy is public unless each of its allow statements is for fixed principals, or has a condition that takes only fixed
values of one of some keys. A fixed value has no wildcard and no policy variable. Deny statements do not matter.
"""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Sequence

from fourfold.engines.iam.document import Condition, Policy, Statement

_FIXING = frozenset({
    # A principal, which a statement may name by a condition just as well.
    "aws:principalorgid", "aws:principalorgpaths", "aws:principalaccount", "aws:principalarn", "aws:principalservicename",
    "aws:principalservicenameslist",
    "aws:sourcearn", "aws:sourcevpc", "aws:sourcevpce", "aws:sourceowner", "aws:sourceaccount", "aws:userid",
    "s3:x-amz-server-side-encryption-aws-kms-key-id", "s3:dataaccesspointarn", "s3:dataaccesspointaccount",
})  # fmt: skip
_ACCESS_POINTS = re.compile(r"arn:[^:*?$]+:s3:[^:$]*:\d{12}:accesspoint/[^$]*")
_SESSIONS = re.compile(r"AROA[A-Z0-9]+:\*")
"""All sessions of one role. The page names this pattern of `aws:userid` without saying on which side it falls."""
_WIDEST = {4: 8, 6: 32}
"""Shortest prefix of a range of addresses that is not public."""


def is_public(policies: Sequence[Policy], *, access_point: bool = False) -> bool:
    """Whether S3 takes the policy of a bucket (or of an access point) for public."""
    return any(_grants_to_public(s, access_point) for p in policies for s in p.statements if s.effect == "Allow")


def _grants_to_public(statement: Statement, access_point: bool) -> bool:
    named = statement.principals or ()
    if not statement.not_principals and named and all(v != "*" and kind != "Federated" for kind, v in named):
        return False
    return not any(_fixes(condition, access_point) for condition in statement.conditions)


def _fixes(condition: Condition, access_point: bool) -> bool:
    operator, key = condition.operator, condition.lower
    if operator.negated or condition.if_exists or condition.qualifier == "ForAllValues" or not condition.values:
        return False
    if key == "aws:sourceip":
        return operator.family == "ip" and all(map(_narrow, condition.values))
    if operator.family not in ("string", "arn") or key not in _FIXING:
        return False
    if key == "s3:dataaccesspointarn":
        return not access_point and all(_ACCESS_POINTS.fullmatch(value) for value in condition.values)
    return all(
        ("*" not in v and "?" not in v and "${" not in v) or (key == "aws:userid" and _SESSIONS.fullmatch(v))
        for v in condition.values
    )


def by_sessions(policies: Sequence[Policy]) -> bool:
    """Whether what is public hangs on the pattern of a role's sessions, taken here for a fixed value."""
    return any(
        c.lower == "aws:userid" and any(_SESSIONS.fullmatch(v) for v in c.values)
        for p in policies
        for s in p.statements
        if s.effect == "Allow"
        for c in s.conditions
    )


def _narrow(block: str) -> bool:
    try:
        network = ipaddress.ip_network(block, strict=False)
    except ValueError:
        return False
    return network.prefixlen >= _WIDEST[network.version]

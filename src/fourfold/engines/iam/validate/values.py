"""The values of conditions: whether they can be compared, and whether any request has them.

Source beside the checks: https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_condition_operators.html
"""

from __future__ import annotations

import base64
import binascii
import ipaddress
import re
from collections.abc import Iterator
from typing import Any

from fourfold.engines.exact.globs import glob, matches
from fourfold.engines.iam.operators import moment, number
from fourfold.engines.iam.validate.facts import key
from fourfold.engines.iam.validate.issues import Issue
from fourfold.engines.iam.validate.subject import Subject, Test
from fourfold.engines.iam.written import Path
from fourfold.knowledge.iam_arns import intersects
from fourfold.knowledge.regions import READ, REGIONS

Network = ipaddress.IPv4Network | ipaddress.IPv6Network

_PRIVATE = [ipaddress.ip_network(n) for n in ("10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "fc00::/7")]
"""RFC 1918 and RFC 4193."""
_REGION_KEYS = ("aws:requestedregion", "ec2:region")
_SERVICE_KEYS = frozenset({
    "aws:calledvia", "aws:calledviafirst", "aws:calledvialast", "aws:principalservicename", "aws:principalservicenameslist",
    "iam:passedtoservice", "iam:awsservicename", "kms:viaservice",
})  # fmt: skip
_SUFFIX = r"(amazonaws\.com(\.cn)?|amazon\.com|amazonaws\.eu|aws\.internal|api\.aws|c2s\.ic\.gov|sc2s\.sgov\.gov)"
SERVICE = re.compile(rf"[a-z0-9-]+(\.[a-z0-9-]+)*\.{_SUFFIX}")
_VIA = re.compile(rf"[a-z0-9-]+\.[a-z]{{2}}[a-z-]*-\d\.{_SUFFIX}")
_IDS = {
    "aws:sourcevpc": (re.compile(r"vpc-([0-9a-z]{8}|[0-9a-z]{17})"), "INVALID_VPC_FORMAT", "vpc-"),
    "aws:sourcevpce": (re.compile(r"vpce-([0-9a-z]{8}|[0-9a-z]{17})"), "INVALID_VPCE_FORMAT", "vpce-"),
}
_KMS_KEY_KEYS = ("s3:x-amz-server-side-encryption-aws-kms-key-id",)
_KMS_KEY = "arn:*:kms:*:*:key/*"
_ORDERED = {"less": max, "less_equals": max, "greater": min, "greater_equals": min}


def comparable(subject: Subject) -> Iterator[Issue]:
    """General Warning - Type mismatch number, date, Boolean, IP range, string; Invalid date value. Error - Invalid condition
    data type, Invalid condition multiple Boolean."""
    for row in subject.rows:
        for test in row.tests:
            kinds = {_kind(value) for _, value in test.values}
            if len(kinds) > 1:
                what = f"the values of a key have one JSON type, not {' and '.join(sorted(kinds))}"
                yield Issue("INVALID_CONDITION_DATA_TYPE", what, test.path)
            if test.operator is None:
                continue
            if test.operator.family == "bool" and len(test.values) > 1:
                yield Issue("INVALID_CONDITION_MULTIPLE_BOOLEAN", "a Boolean is compared with one value", test.path)
            for path, text in test.texts:
                if "${" not in text:
                    yield from _comparable(test, path, text)


def _kind(value: Any) -> str:
    if isinstance(value, bool):
        return "Boolean"
    return "string" if isinstance(value, str) else "number" if isinstance(value, int | float) else "other"


def _comparable(test: Test, path: Path, text: str) -> Iterator[Issue]:
    assert test.operator is not None
    family = test.operator.family
    if family == "numeric" and number(text) is None:
        yield Issue("TYPE_MISMATCH_NUMBER", f"`{text}` is no number", path)
    elif family == "date" and moment(text) is None:
        yield Issue("TYPE_MISMATCH_DATE", f"`{text}` is no date of ISO 8601, such as 2026-11-22T08:00:00Z", path)
    elif family == "date" and number(text) is not None:
        yield Issue("INVALID_DATE_VALUE", f"`{text}` counts seconds; write a date, such as 2026-11-22", path, "advice")
    elif family in ("bool", "null") and text.lower() not in ("true", "false"):
        yield Issue("TYPE_MISMATCH_BOOLEAN", f"`{text}` is neither `true` nor `false`", path)
    elif family == "ip" and network(text) is None:
        yield Issue("TYPE_MISMATCH_IP_RANGE", f"`{text}` is no address and no CIDR block", path)
    elif family == "binary" and not _is_base64(text):
        yield Issue("TYPE_MISMATCH_STRING", f"`{text}` is no base64", path)


def _is_base64(text: str) -> bool:
    try:
        base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError):
        return False
    return True


def network(text: str) -> Network | None:
    """An address or a CIDR block; None where it is neither."""
    try:
        return ipaddress.ip_network(text, strict=False)
    except ValueError:
        return None


def addresses(subject: Subject) -> Iterator[Issue]:
    """Error - Private IP address, Private NotIpAddress; Suggestion - the same as subset; Improve IP range.

    Proved: a block is private where it lies within one of RFC 1918 or RFC 4193; requests to AWS never come from there.
    """
    for row in subject.rows:
        for test in row.tests:
            if test.operator is None or test.operator.family != "ip":
                continue
            blocks = [(path, text, block) for path, text in test.texts if (block := network(text)) is not None]
            for path, text, block in blocks:
                if "/" in text and str(ipaddress.ip_interface(text).ip) != str(block.network_address):
                    what = f"the bits after the mask do not count: `{block.with_prefixlen}` is the same"
                    yield Issue("IMPROVE_IP_RANGE", what, path, "proof")
            if test.lower == "aws:sourceip":
                yield from _private(
                    test, [(path, text) for path, text, block in blocks if _is_private(block)], len(blocks)
                )


def _is_private(block: Network) -> bool:
    return any(block.version == one.version and block.subnet_of(one) for one in _PRIVATE)  # type: ignore[arg-type]


def _private(test: Test, private: list[tuple[Path, str]], of: int) -> Iterator[Issue]:
    assert test.operator is not None
    if not private:
        return
    name = "NOT_IP_ADDRESS" if test.operator.negated else "IP_ADDRESS"
    some = ", ".join(f"`{text}`" for _, text in private[:5])
    if len(private) == of == len(test.values):
        holds = "always" if test.operator.negated else "never"
        what = f"`{test.key}` is a public address: {some} {holds} hold{'s' if of == 1 else ''}; see `aws:VpcSourceIp`"
        yield Issue(f"PRIVATE_{name}", what, test.path, "proof")
    else:
        what = f"`{test.key}` is a public address: {some} can be left away; see `aws:VpcSourceIp`"
        yield Issue(f"PRIVATE_{name}_SUBSET", what, private[0][0], "proof")


def formats(subject: Subject) -> Iterator[Issue]:
    """Error - Invalid Region, Invalid service principal format, Invalid vpc format, Invalid vpce format, Invalid kms key
    value; General Warning - Wildcard without like operator."""
    for row in subject.rows:
        for test in row.tests:
            if test.operator is None or test.operator.family not in ("string", "arn"):
                continue
            like = test.operator.relation == "like"
            for path, text in test.texts:
                if "${" in text:
                    continue
                if not like and set("*?") & set(text):
                    what = f"`{test.written}` takes `{text}` as it is written: for a wildcard use a Like operator"
                    yield Issue("WILDCARD_WITHOUT_LIKE_OPERATOR", what, path, "advice")
                yield from _format(test, path, text, like=like)


def _format(test: Test, path: Path, text: str, *, like: bool) -> Iterator[Issue]:
    wild = like and bool(set("*?") & set(text))
    if test.lower in _REGION_KEYS and not any(matches(glob(text), r) if wild else r == text for r in REGIONS):
        yield Issue("INVALID_REGION", f"there is no Region `{text}` as of {READ}", path, "catalogue")
    if test.lower in _SERVICE_KEYS and not _may_be_service(test.lower, text, wild=wild):
        shape = "service.region.amazonaws.com" if test.lower == "kms:viaservice" else "service.amazonaws.com"
        yield Issue("INVALID_SERVICE_PRINCIPAL_FORMAT", f"`{text}` is not written as `{shape}`", path)
    if test.lower in _IDS:
        pattern, code, head = _IDS[test.lower]
        if not (_may_begin(text, head) if wild else pattern.fullmatch(text)):
            yield Issue(code, f"`{text}` is not `{head}` and 8 or 17 letters and digits", path)
    if test.lower in _KMS_KEY_KEYS and not (intersects(text, _KMS_KEY) if wild else matches(glob(_KMS_KEY), text)):
        what = f"`{text}` is no ARN of a KMS key, arn:partition:kms:region:account:key/id"
        yield Issue("INVALID_KMS_KEY_VALUE", what, path)


def _may_be_service(name: str, text: str, *, wild: bool) -> bool:
    if wild:
        return any(intersects(text, f"*.{suffix}") for suffix in ("amazonaws.com", "amazonaws.com.cn", "amazon.com"))
    return (_VIA if name == "kms:viaservice" else SERVICE).fullmatch(text) is not None


def _may_begin(pattern: str, head: str) -> bool:
    return intersects(pattern, f"{head}*")


def superfluous(subject: Subject) -> Iterator[Issue]:
    """Suggestion - Redundant condition value num; Confirm audience claim type. Security Warning - ForAnyValue with audience
    claim type."""
    for row in subject.rows:
        for test in row.tests:
            if test.operator is not None and test.operator.family == "numeric" and len(test.values) > 1:
                choose = _ORDERED.get(test.operator.relation)
                values = [(n, text) for _, text in test.texts if (n := number(text)) is not None]
                if choose is not None and values:
                    what = f"`{choose(values)[1]}` alone says the same"
                    yield Issue("REDUNDANT_CONDITION_VALUE_NUM", what, test.path, "proof")
            if test.lower.endswith(":aud") and test.qualifier and key(test.lower) is None:
                if test.qualifier == "ForAnyValue":
                    what = f"`{test.key}` has one value: leave `ForAnyValue` away"
                    yield Issue("FORANYVALUE_WITH_AUDIENCE_CLAIM_TYPE", what, test.path, "advice")
                else:
                    what = f"`{test.key}` has one value with most providers: leave `{test.qualifier}` away there"
                    yield Issue("CONFIRM_AUDIENCE_CLAIM_TYPE", what, test.path, "advice")


CHECKS = (comparable, addresses, formats, superfluous)

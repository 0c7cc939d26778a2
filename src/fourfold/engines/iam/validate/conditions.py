"""Conditions: operators, keys, and whether they fit each other and the actions.

Sources beside the checks: https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_condition_operators.html,
reference_policies_condition-keys.html and reference_policies_condition-single-vs-multi-valued-context-keys.html there.
"""

from __future__ import annotations

from collections.abc import Iterator
from difflib import get_close_matches

from fourfold.engines.iam.validate.facts import associated, has_prefix, key, supports, wants_tag
from fourfold.engines.iam.validate.issues import Issue
from fourfold.engines.iam.validate.subject import Row, Subject, Test
from fourfold.knowledge.iam import catalogue

_FAMILIES = {
    "String": ("string",), "ARN": ("arn", "string"), "Bool": ("bool",), "Numeric": ("numeric",), "Date": ("date",),
    "IPAddress": ("ip",),
}  # fmt: skip
_NAMES = {"string": "String", "arn": "Arn", "bool": "Bool", "numeric": "Numeric", "date": "Date", "ip": "IpAddress"}
_EPOCH = "aws:epochtime"
_FORGED = ("aws:referer", "aws:useragent")
_ENDPOINTS = ("aws:vpceaccount", "aws:vpceorgid", "aws:vpceorgpaths")
_CARRIED = frozenset({
    "lambda:sourcefunctionarn", "glue:roleassumedby", "glue:credentialissuingservice", "ec2:sourceinstancearn",
    "ec2:roledelivery", "ssm:sourceinstancearn",
})  # fmt: skip
"""Keys of requests to any service, by whose credentials they are signed."""
_READS = ("dynamodb:GetItem", "dynamodb:BatchGetItem", "dynamodb:Query", "dynamodb:Scan")


def operators(subject: Subject) -> Iterator[Issue]:
    """Error - Invalid condition operator, Null with if exists; Suggestion - Null with qualifier."""
    for row in subject.rows:
        block = row.data.get("Condition")
        for written in block if isinstance(block, dict) else ():
            path = (*row.path, "Condition", written)
            qualifier, _, name = written.rpartition(":")
            if name.removesuffix("IfExists") == "Null":
                if name != "Null":
                    yield Issue(
                        "NULL_WITH_IF_EXISTS", "`Null` asks whether the key exists: `IfExists` has no sense", path
                    )
                if qualifier:
                    holds = "always" if qualifier == "ForAllValues" else "never"
                    yield Issue("NULL_WITH_QUALIFIER", f"`Null` with a qualifier {holds} holds", path)
        for test in {t.written: t for t in row.tests}.values():
            if test.operator is None:
                what = f"there is no condition operator `{test.written}`"
                yield Issue("INVALID_CONDITION_OPERATOR", what, test.path[:-1])


def keys(subject: Subject) -> Iterator[Issue]:
    """Error - Invalid condition key format, global condition key, service, service condition key; Missing tag key in
    condition; Unsupported global condition key; Duplicate keys with different case."""
    for row in subject.rows:
        seen: dict[tuple[str, str], str] = {}
        for test in row.tests:
            before = seen.setdefault((test.written, test.lower), test.key)
            if before != test.key:
                what = f"`{test.key}` is the key `{before}` in another case"
                yield Issue("DUPLICATE_KEYS_WITH_DIFFERENT_CASE", what, test.path)
            yield from _key(test)


def _key(test: Test) -> Iterator[Issue]:
    prefix, colon, rest = test.lower.partition(":")
    if not colon or not prefix or not rest:
        yield Issue("INVALID_CONDITION_KEY_FORMAT", f"`{test.key}` is no `service:key`", test.path)
        return
    if test.lower == "aws:arn":
        what = "`aws:ARN` is not supported: `aws:PrincipalArn` is who asks, `aws:SourceArn` on behalf of what"
        yield Issue("UNSUPPORTED_GLOBAL_CONDITION_KEY", what, test.path, "catalogue")
        return
    full = wants_tag(test.lower)
    if full:
        yield Issue(
            "MISSING_TAG_KEY_IN_CONDITION", f"`{test.key}` names no tag: `{full}tag-key`", test.path, "catalogue"
        )
    elif key(test.lower) is None and "." not in prefix and "/" not in prefix and "${" not in test.key:
        yield _unknown(test, prefix)


def _unknown(test: Test, prefix: str) -> Issue:
    as_of = f"as of {catalogue().date}"
    if prefix == "aws":
        near = get_close_matches(test.lower[:60], [k.lower() for k in catalogue().global_keys], 1)
        spelled = [k for k in catalogue().global_keys if k.lower() in near]
        what = f"there is no global condition key `{test.key}` {as_of}" + (
            f"; `{spelled[0]}` is one" if spelled else ""
        )
        return Issue("INVALID_GLOBAL_CONDITION_KEY", what, test.path, "catalogue")
    if not has_prefix(prefix):
        return Issue("INVALID_SERVICE", f"there is no service `{prefix}` {as_of}", test.path, "catalogue")
    what = f"there is no condition key `{test.key}` {as_of}"
    return Issue("INVALID_SERVICE_CONDITION_KEY", what, test.path, "catalogue")


def fit(subject: Subject) -> Iterator[Issue]:
    """General Warning - Type mismatch; Error - Missing qualifier; Security Warning - ForAllValues with single valued key,
    String like operator with ARN condition keys.

    A `Deny` with ForAllValues denies more where the key is missing, so nothing is said of it.
    """
    for row in subject.rows:
        for test in row.tests:
            known = key(test.lower)
            if known is None or not known.type or test.operator is None or test.operator.family == "null":
                continue
            allowed = _FAMILIES.get(known.plain, ())
            family = test.operator.family
            if allowed and family not in allowed and not (test.lower == _EPOCH and family == "numeric"):
                if not (family in ("binary", "arn") and "string" in allowed):
                    what = f"`{test.key}` is a {known.plain}: compare with a {_NAMES[allowed[0]]} operator, not `{test.written}`"
                    yield Issue("TYPE_MISMATCH", what, test.path, "catalogue")
            elif known.plain == "ARN" and test.operator.name == "StringLike":
                what = f"the wildcards of StringLike take in colons too: compare `{test.key}` with ArnLike"
                yield Issue("STRING_LIKE_OPERATOR_WITH_ARN_CONDITION_KEYS", what, test.path, "catalogue")
            if known.many and not test.qualifier:
                what = f"`{test.key}` can have several values: say ForAllValues or ForAnyValue"
                yield Issue("MISSING_QUALIFIER", what, test.path, "catalogue")
            if not known.many and test.qualifier == "ForAllValues" and row.allow:
                what = f"`{test.key}` has one value, and ForAllValues also holds for requests without it"
                yield Issue("FORALLVALUES_WITH_SINGLE_VALUED_KEY", what, test.path, "catalogue")


def of_actions(subject: Subject) -> Iterator[Issue]:
    """Error - Unsupported action for condition key. Actions with wildcards are not looked at.

    Where the operator says IfExists nothing is lost, so nothing is said.
    """
    for row in subject.rows:
        named = [a for _, text in row.actions if "*" not in text and (a := catalogue().action(text)) is not None]
        for test in row.tests:
            known = key(test.lower)
            prefix = test.lower.partition(":")[0]
            if known is None or prefix in ("aws", "saml") or "." in prefix or test.if_exists:
                continue
            without = [str(a) for a in named if not supports(a, known)]
            if without and test.lower not in _CARRIED and associated(known):
                some = ", ".join(without[:5]) + (", ..." if len(without) > 5 else "")
                what = f"requests for {some} never have the key `{test.key}`{_consequence(row, test)}"
                yield Issue("UNSUPPORTED_ACTION_FOR_CONDITION_KEY", what, test.path, "catalogue")


def _consequence(row: Row, test: Test) -> str:
    if test.needs_key:
        return ": they are not allowed by this" if row.allow else ": they are not denied by this"
    return ": the condition always holds for them"


def related(subject: Subject) -> Iterator[Issue]:
    """Security Warning - Missing paired condition keys, Untrustworthy condition key, DynamoDB attributes without select, S3
    prefix in negative context; General Warning - Use condition key only with supported services; Suggestion - Irrelevant
    condition key in policy."""
    for row in subject.rows:
        for test in row.tests_of("aws:vpcsourceip"):
            if not row.tests_of("aws:sourcevpc", "aws:sourcevpce", "aws:sourcevpcarn"):
                what = "addresses of different VPCs can be the same: add `aws:SourceVpc`"
                yield Issue("MISSING_PAIRED_CONDITION_KEYS", what, test.path, "advice")
        for test in row.tests_of(*_FORGED):
            what = f"who asks can write anything into `{test.key}`"
            yield Issue("UNTRUSTWORTHY_CONDITION_KEY", what, test.path, "advice")
        if "NotAction" in row.data or any(text == "*" for _, text in row.actions):
            for test in row.tests_of(*_ENDPOINTS):
                what = f"only some services give `{test.key}`: name their actions"
                yield Issue("USE_CONDITION_KEY_ONLY_WITH_SUPPORTED_SERVICES", what, test.path, "advice")
        if subject.kind == "resource":
            for test in row.tests_of("s3:resourceaccount"):
                what = f"`{test.key}` is the account of the bucket that the policy is attached to"
                yield Issue("IRRELEVANT_CONDITION_KEY_IN_POLICY", what, test.path, "advice")
        yield from _of_services(row)


def _of_services(row: Row) -> Iterator[Issue]:
    for test in row.tests_of("dynamodb:attributes"):
        select = any(
            t.needs_key and t.operator is not None and not t.operator.negated and
            {text for _, text in t.texts} == {"SPECIFIC_ATTRIBUTES"}
            for t in row.tests_of("dynamodb:select")
        )  # fmt: skip
        if row.allow and not select and any(row.takes(action) for action in _READS):
            what = "a read that names no attributes gets all of them: require `dynamodb:Select` SPECIFIC_ATTRIBUTES too"
            yield Issue("DYNAMODB_ATTRIBUTES_WITHOUT_SELECT", what, test.path, "advice")
    for test in row.tests_of("s3:prefix"):
        operator = test.operator
        if (
            operator is not None
            and operator.family == "string"
            and (operator.negated if row.allow else not operator.negated)
        ):
            what = "a request with a shorter prefix is not met by it, and lists the same objects"
            yield Issue("S3_PREFIX_IN_NEGATIVE_CONTEXT", what, test.path, "advice")


CHECKS = (operators, keys, fit, of_actions, related)

"""Whether a resource policy lets in somebody outside a zone of trust.

The zone is written as a policy that allows everything to whoever is in it; the question is then whether the policy allows
nothing new. What a policy names itself follows the idea of a fixed value in
https://docs.aws.amazon.com/AmazonS3/latest/userguide/access-control-block-public-access.html#access-control-block-public-access-policy-status
"""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Iterable, Iterator

from fourfold.engines.exact.answer import Answer
from fourfold.engines.iam.document import Condition, Policy, Statement
from fourfold.engines.iam.operators import OPERATORS
from fourfold.engines.iam.symbolic import no_new_access

_ZONES = (
    (re.compile(r"o-[a-z0-9]+"), "aws:PrincipalOrgID"),
    (re.compile(r"vpc-[a-z0-9]+"), "aws:SourceVpc"),
    (re.compile(r"vpce-[a-z0-9]+"), "aws:SourceVpce"),
)
_FOR_ACCOUNT = (
    ("StringEquals", "aws:SourceAccount", "{}"),
    ("ArnLike", "aws:SourceArn", "arn:*:*:*:{}:*"),
)
_V4_MIN, _V6_MIN = 8, 32
"""Prefixes of addresses that are broader name nobody."""
_ACCOUNT = re.compile(r"\d{12}")
_FIXED = frozenset({
    "aws:principalorgid", "aws:principalaccount", "aws:principalarn", "aws:sourceaccount", "aws:sourcearn",
    "aws:sourcevpc", "aws:sourcevpce", "aws:sourceorgid", "aws:userid",
    "aws:sourceip", "aws:vpcsourceip",
})  # fmt: skip


def is_public(policy: Policy, trusted: Iterable[str] | None) -> Answer:
    """Proved, or a request of somebody outside. Raises ValueError for a zone of trust that is none."""
    zone = list(_zone(trusted) if trusted is not None else _named(policy))
    services = _everything((("Service", "*"),), (), "services")
    return no_new_access(Policy("resource", (services, *zone), "2012-10-17"), policy)


def _everything(principals: tuple[tuple[str, str], ...], conditions: tuple[Condition, ...], name: str) -> Statement:
    return Statement(
        f"trusted {name}", "Allow", actions=("*",), resources=("*",), principals=principals, conditions=conditions
    )


def _zone(trusted: Iterable[str]) -> Iterator[Statement]:
    for name in trusted:
        if _ACCOUNT.fullmatch(name):
            yield _everything((("AWS", name),), (), name)
            # Services that act for a resource of the account, whoever asks them to.
            for operator, key, value in _FOR_ACCOUNT:
                yield _everything((("*", "*"),), (Condition(OPERATORS[operator], key, (value.format(name),)),), name)
            continue
        key = next((key for shape, key in _ZONES if shape.fullmatch(name)), "")
        if not key:
            raise ValueError(f"nothing to trust: `{name}`; give an account, an organization, a VPC or a VPC endpoint")
        yield _everything((("*", "*"),), (Condition(OPERATORS["StringEquals"], key, (name,)),), name)


def _named(policy: Policy) -> Iterator[Statement]:
    """Everything, for whomever an allow statement of the policy names."""
    for statement in policy.statements:
        if statement.effect != "Allow":
            continue
        if not statement.not_principals:
            named = tuple((kind, value) for kind, value in statement.principals or () if value != "*")
            if named:
                yield _everything(named, (), "principals that the policy names")
        for condition in statement.conditions:
            if condition.lower in _FIXED and _fixed(condition):
                yield _everything((("*", "*"),), (condition,), f"values of `{condition.key}` that the policy names")


def _fixed(condition: Condition) -> bool:
    operator = condition.operator
    if operator.family == "ip":
        return not (operator.negated or condition.if_exists or condition.qualifier) and all(
            map(_narrow, condition.values)
        )
    if operator.family not in ("string", "arn") or operator.negated or condition.if_exists or condition.qualifier:
        return False
    return all("${" not in v and not ("*" in v.split("/")[0] or "?" in v.split("/")[0]) for v in condition.values)


def _narrow(block: str) -> bool:
    """Whether few enough addresses are named, or only private ones."""
    network = ipaddress.ip_network(block, strict=False)
    return network.prefixlen >= (_V4_MIN if network.version == 4 else _V6_MIN) or network.is_private

from collections.abc import Iterator
from typing import Any

from fourfold.findings.check import Findings, check
from fourfold.findings.finding import Fix, Raised, finding
from fourfold.findings.severity import HIGH, LOW, MEDIUM
from fourfold.knowledge.iam import catalogue
from fourfold.model.edit import rename
from fourfold.model.nodes import Policy, Statement
from fourfold.model.value import Map, Value
from fourfold.model.world import holds
from fourfold.principles.least_privilege._statement import Clause, clauses, own_place, shown

DOCUMENT = ("Version", "Id", "Statement")
STATEMENT = (
    "Sid", "Effect", "Principal", "NotPrincipal", "Action", "NotAction", "Resource", "NotResource", "Condition",
)  # fmt: skip
"""The elements of the grammar: https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_grammar.html"""

_OUTSIDE = {
    "aws:principalorgid": ("o-outsideorg", "a principal outside the organization"),
    "aws:principalaccount": ("999999999999", "a principal of another account"),
    "aws:sourceaccount": ("999999999999", "a service acting for another account"),
    "aws:principalarn": ("arn:aws:iam::999999999999:user/stranger", "a principal of another account"),
    "aws:sourcearn": ("arn:aws:s3:::strangers-bucket", "a service acting for another resource"),
    "aws:sourcevpce": ("vpce-0strangers", "a request through another VPC endpoint"),
    "aws:sourcevpc": ("vpc-0strangers", "a request from another VPC"),
    "aws:securetransport": ("false", "a request over plain HTTP"),
    "aws:multifactorauthpresent": ("false", "a principal without a second factor"),
}
"""Key: a value that a rule about it is meant to keep out, and who brings it."""


@check(HIGH, code="FF2005", since="0.1", refs=["access-analyzer:INVALID_POLICY_ELEMENT", "cwe:1287"])
def unknown_policy_element(policy: Policy) -> Findings:
    """
    Policy has an element that the policy language does not know

    IAM rejects a document with such an element, so it cannot be deployed; a tool that skips what it does not know
    reads it as if the element were not there.
    Where the element was meant to restrict (`Conditions` for `Condition`), that reading allows what the author wanted to
    forbid.
    Write the element as the grammar spells it, or remove it.

    ```diff policy.json
      {
        "Version": "2012-10-17",
        "Statement": [
          {
            "Effect": "Allow",
            "Action": "s3:PutObject",
            "Resource": "arn:aws:s3:::my-bucket/*",
    -       "Conditions": {
    +       "Condition": {
              "StringEquals": {"aws:PrincipalOrgID": "o-1a2b3c4d5e"}
            }
          }
        ]
      }
    ```
    """
    if policy.kind == "rbac" or (policy.document is policy.resource.properties and policy.resource.format != "iam"):
        return
    yield from _strange(policy.document, DOCUMENT, None, policy.address, policy.name)
    for statement in policy.statements:
        if holds(statement.condition):
            yield from _strange(statement.at, STATEMENT, statement, statement.address, statement.name)


def meant(key: str, known: tuple[str, ...]) -> str:
    """The element that a misspelt one stands for; empty where none is near."""
    folded = {name.lower(): name for name in known}
    if key.lower() in folded:
        return folded[key.lower()]
    from difflib import get_close_matches

    near = get_close_matches(key.lower(), folded, n=1, cutoff=0.8)
    return folded[near[0]] if near else ""


def _strange(
    mapping: Value, known: tuple[str, ...], statement: Statement | None, address: str, name: str
) -> Iterator[Raised]:
    settled = mapping.settle()
    if not isinstance(settled, Map):
        return
    for key, value in settled.entries():
        if key in known or key.startswith(("Fn::", "_")):
            continue
        right = meant(key, known)
        free = bool(right) and right not in settled.entries_
        fix = Fix((rename(value, right),)) if free and own_place(value, settled) else None
        where = f"statement `{name}`" if statement is not None else f"policy `{name}`"
        if right and key.lower() == right.lower():
            yield finding(
                f"`{key}` of {where} is not spelled `{right}`, as the policy language has it",
                at=value,
                cause=key,
                fix=fix,
                severity=LOW,
                possible="whether the service that takes the policy minds the case of element names",
                address=address,
            )
            continue
        yield finding(
            f"`{key}` of {where} is no policy element" + _instead(key, right, in_statement=statement is not None),
            at=value,
            cause=key,
            fix=fix,
            severity=HIGH if right in ("Condition", "Principal", "NotAction", "NotResource") else MEDIUM,
            evidence={
                "as written": "IAM rejects the document",
                **(_reading(statement, value) if statement is not None and right == "Condition" and free else {}),
            },
            address=address,
        )


def _instead(key: str, right: str, *, in_statement: bool) -> str:
    if right:
        return f" (`{right}` is)"
    return "" if in_statement or key not in STATEMENT else "; it belongs into a statement"


def _reading(statement: Statement, block: Value) -> dict[str, Any]:
    """What the statement would mean with the element skipped, and a request that tells the two readings apart."""
    out: dict[str, Any] = {"read without the element": "the statement holds without any condition"}
    for clause in clauses(block):
        spelled = (catalogue().key_spelling(clause.key) or clause.key) if "/" not in clause.key else clause.key
        outside = _OUTSIDE.get(clause.lower)
        if outside is None or not clause.demands or not _excludes(clause, outside[0]):
            continue
        request = {"action": _first(statement.actions), "resource": _last(statement.resources), spelled: outside[0]}
        out["witness"] = {k: v for k, v in request.items() if v}
        without, meant_ = ("allowed", "not allowed") if statement.effect.is_("Allow") else ("denied", "not denied")
        out["who"] = outside[1]
        out["comparison"] = (
            f"as `Condition` the statement applies to strictly fewer requests: a condition only takes requests away, and "
            f"the witness is {without} without it, {meant_} by this statement with it"
        )
        break
    return out


def _excludes(clause: Clause, value: str) -> bool:
    """Whether the clause surely does not hold for this value."""
    if clause.operator not in ("stringequals", "stringequalsignorecase", "bool", "arnequals", "stringlike", "arnlike"):
        return False
    wanted = [item for item in clause.value.items() if item.known]
    plain = all("*" not in item.text() and "?" not in item.text() for item in wanted)
    return bool(wanted) and len(wanted) == len(clause.value.items()) and plain and not any(i.is_(value) for i in wanted)


def _first(value: Value) -> str:
    return next((shown(item) for item in value.items()), "")


def _last(value: Value) -> str:
    items = [shown(item) for item in value.items()]
    return items[-1].replace("*", "any") if items else ""

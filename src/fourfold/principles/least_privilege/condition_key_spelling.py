from collections.abc import Iterator

from fourfold.findings.check import Findings, check
from fourfold.findings.finding import Fix, finding
from fourfold.findings.severity import INFO
from fourfold.knowledge.iam import catalogue
from fourfold.model.edit import rename
from fourfold.model.nodes import Statement
from fourfold.model.value import Map, Value
from fourfold.principles.least_privilege._statement import own_place
from fourfold.principles.least_privilege.unknown_policy_element import STATEMENT, meant

_ALSO = frozenset({"aws:Referer", "aws:userId", "aws:UserId", "aws:userAgent"})
"""Spellings that AWS's own pages use beside the reference's."""


@check(INFO, code="FF2006", since="0.1", refs=["access-analyzer:INVALID_GLOBAL_CONDITION_KEY"])
def condition_key_spelling(statement: Statement) -> Findings:
    """
    Condition key is spelled in another case than in the reference

    It works: the names of condition keys do not depend on case.
    But whoever searches policies for `aws:PrincipalOrgID` does not find `aws:PrincipalOrgId`, and tools that compare
    text take the two for different keys.

    ```diff policy.json
      {
        "Version": "2012-10-17",
        "Statement": [
          {
            "Effect": "Allow",
            "Action": "s3:GetObject",
            "Resource": "arn:aws:s3:::my-bucket/*",
            "Condition": {
    -         "StringEquals": {"aws:PrincipalOrgId": "o-1a2b3c4d5e"}
    +         "StringEquals": {"aws:PrincipalOrgID": "o-1a2b3c4d5e"}
            }
          }
        ]
      }
    ```
    """
    if statement.policy_kind == "rbac" or statement.at is statement.resource.properties:
        return
    for key, value, block in _keys(statement):
        head, slash, tail = key.partition("/")
        right = catalogue().key_spelling(key)
        # AWS itself writes `AWS:SourceArn`, so the case of `aws` alone is not worth a word.
        if right is None or head == right or key in _ALSO or head.partition(":")[2] == right.partition(":")[2]:
            continue
        spelled = right + slash + tail
        yield finding(
            f"condition key `{key}` works, and is spelled `{spelled}` in the reference",
            at=value,
            cause=key,
            fix=Fix((rename(value, spelled),)) if spelled not in block.entries_ and own_place(value, block) else None,
            evidence={"written": key, "reference": spelled, "decided by": "names of condition keys ignore case"},
        )


def _keys(statement: Statement) -> Iterator[tuple[str, Value, Map]]:
    """Every condition key with its value; of an element that is misspelt, too."""
    at = statement.at.settle()
    for element, conditions in at.entries():
        if element != "Condition" and (element in STATEMENT or meant(element, STATEMENT) != "Condition"):
            continue
        for _, block in conditions.entries():
            settled = block.settle()
            if isinstance(settled, Map):
                for key, value in settled.entries():
                    yield key, value, settled

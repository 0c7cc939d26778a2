"""Policies of REST APIs may leave away the ARN of the API in their resources."""

from fourfold.engines.iam.validate import check

RELATIVE = {
    "Effect": "Allow",
    "Principal": "*",
    "Action": "execute-api:Invoke",
    "Resource": "execute-api:/prod/GET/pets",
}


def test_a_relative_resource_is_one_in_a_resource_policy_only() -> None:
    assert not check({"Version": "2012-10-17", "Statement": [RELATIVE]}, "resource")
    identity = {k: v for k, v in RELATIVE.items() if k != "Principal"}
    found = check({"Version": "2012-10-17", "Statement": [identity]}, "identity")
    assert [issue.code for issue in found] == ["INVALID_ARN_PREFIX"]

"""The policies that AWS manages, and what deploying a resource type takes."""

import time

import pytest

from fourfold import iam
from fourfold.knowledge.deployment import OPERATIONS, deployment, deployments
from fourfold.knowledge.managed import Policies, managed, managed_policy, policies


def test_a_policy_is_found_by_name_and_by_arn() -> None:
    one = managed("AWSLambdaBasicExecutionRole")
    assert one is not None
    assert one.arn == "arn:aws:iam::aws:policy/service-role/AWSLambdaBasicExecutionRole"
    assert managed_policy(one.arn) == managed_policy(one.arn.replace("arn:aws:", "arn:aws-cn:")) == one.document
    assert managed_policy("AdministratorAccess") == {
        "Version": "2012-10-17",
        "Statement": [{"Effect": "Allow", "Action": "*", "Resource": "*"}],
    }


@pytest.mark.parametrize(
    "name",
    [
        "",
        "administratoraccess",
        "arn:aws:iam::aws:policy/AWSLambdaBasicExecutionRole",  # its path is another
        "arn:aws:iam::111122223333:policy/AdministratorAccess",
        "arn:aws:iam::aws:policy/",
    ],
)
def test_nothing_else_is_one(name: str) -> None:
    assert managed_policy(name) is None


def test_documents_are_copies() -> None:
    first = managed_policy("AdministratorAccess")
    assert first is not None
    first["Statement"] = []
    assert managed_policy("AdministratorAccess") != first


def test_all_can_be_read_as_policies() -> None:
    assert len(policies().names) > 1_500
    rejected = {one.name: iam.parse(one.document).problems for one in policies()}
    assert {name: found for name, found in rejected.items() if found} == {}


def test_one_policy_is_quick_to_open() -> None:
    began = time.process_time()
    assert Policies().get("ReadOnlyAccess")
    assert time.process_time() - began < 0.1, "measured: 5 ms; the budget is 50 ms on a quiet machine"


def test_deployment_permissions() -> None:
    queue = deployment("AWS::SQS::Queue")
    assert queue is not None
    assert set(queue) <= set(OPERATIONS)
    assert "sqs:CreateQueue" in queue["create"]
    assert "sqs:DeleteQueue" in queue["delete"]
    assert deployment("AWS::No::Such") is None
    assert len(deployments().types) > 1_700
    assert all(":" in action and " " not in action for action in deployments().actions)


def test_a_handler_that_a_type_does_not_have_is_no_key() -> None:
    some = [deployment(name) or {} for name in deployments().types]
    assert any("update" not in one for one in some)
    assert all("create" in one for one in some)

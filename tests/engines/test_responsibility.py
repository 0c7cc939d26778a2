"""The responsibility matrix: every layer of every workload has an answer, and the platform makes the difference."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

import fourfold
from fourfold.engines.responsibility import matrix
from fourfold.knowledge.responsibility import layers, platforms


def test_every_layer_is_answered_on_every_platform() -> None:
    assert len(layers()) >= 10
    for layer in layers():
        assert set(layer.shares) == set(platforms()), layer.id
        for share in layer.shares.values():
            assert share.who in {"aws", "you", "both"}
            assert share.source.startswith("https://")
            assert share.reason and not share.reason.endswith(".")


def whose(*chosen: str) -> dict[str, tuple[str, ...]]:
    return {layer.id: tuple(layer.shares[p].who for p in chosen) for layer in layers()}


def test_the_platforms_differ_where_aws_takes_over() -> None:
    table = whose("ec2", "ecs-ec2", "eks-node", "fargate", "lambda-image", "lambda-zip")
    assert table["data"] == table["code"] == ("you",) * 6
    assert table["kernel"] == ("you", "you", "you", "aws", "aws", "aws")
    assert table["base-image"] == ("you", "you", "you", "you", "you", "aws")
    assert table["runtime"] == ("you", "you", "you", "you", "you", "both")
    assert table["hardware"] == ("aws",) * 6
    columns = list(zip(*table.values(), strict=True))
    assert len(set(columns)) == 5, "only instances that you run for ECS and for EKS share responsibility alike"


@pytest.fixture
def rows(tmp_path: Path):
    def run(text: str, name: str = "template.yaml") -> dict[str, tuple[str, str]]:
        (tmp_path / name).write_text(text)
        found = matrix(fourfold.scan(tmp_path).graph)
        return {row.layer: (row.who, row.reason) for row in found}

    return run


def test_a_task_that_may_run_on_both_launch_types(rows) -> None:
    task = {
        "family": "t",
        "networkMode": "awsvpc",
        "cpu": "256",
        "memory": "512",
        "containerDefinitions": [{"name": "web", "image": "x"}],
    }
    found = rows(json.dumps(task), "task.json")
    assert found["data"][0] == "you" and found["hardware"][0] == "aws"
    assert found["kernel"] == ("unknown", "it is not said where this runs: AWS on fargate, you on ecs-ec2")


FUNCTION = """
Resources:
  F:
    Type: AWS::Lambda::Function
    Properties:
      Runtime: {}
      Handler: a.b
      Role: arn:aws:iam::123456789012:role/x
      Code: {{S3Bucket: b, S3Key: k}}
"""


@pytest.mark.parametrize(
    ("runtime", "who", "why"),
    [
        ("python3.14", "both", "until its end of support"),
        ("python3.8", "you", "does not patch `python3.8`"),
        ("provided.al2023", "you", "comes with the code"),
        ("python3.14\n      RuntimeManagementConfig: {UpdateRuntimeOn: Manual}", "you", "held at one version"),
    ],
)
def test_a_function_moves_the_layer_of_its_runtime(rows, runtime: str, who: str, why: str) -> None:
    found = rows(FUNCTION.format(runtime))
    assert found["runtime"][0] == who and why in found["runtime"][1]
    assert found["kernel"][0] == "aws"


def test_the_report_holds_the_matrix(tmp_path: Path) -> None:
    (tmp_path / "template.yaml").write_text(FUNCTION.format("python3.14"))
    report = fourfold.scan(tmp_path)
    assert len(report.matrix) == len(layers())
    assert report.matrix[0]["address"] == "F" and report.matrix[0]["platform"] == "lambda-zip"

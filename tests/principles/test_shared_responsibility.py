"""What is past its end, judged on one day, and what a platform does not take."""

from __future__ import annotations

import json

import pytest


@pytest.fixture(autouse=True)
def one_day(monkeypatch) -> None:
    monkeypatch.setenv("FOURFOLD_TODAY", "2026-11-22")


def function(runtime: str) -> str:
    return f"""
Parameters:
  Runtime: {{Type: String}}
Conditions:
  Old: !Equals [!Ref AWS::Region, eu-west-1]
Resources:
  F:
    Type: AWS::Lambda::Function
    Properties:
      Runtime: {runtime}
      Handler: a.b
      Role: arn:aws:iam::123456789012:role/x
      Code: {{ZipFile: "pass"}}
"""


@pytest.mark.parametrize(
    ("runtime", "severity"), [("python3.8", "medium"), ("python2.7", "high"), ("python3.10", "medium")]
)
def test_a_runtime_past_its_end(scan, runtime: str, severity: str) -> None:
    (found,) = scan(function(runtime), "ended_runtime").findings
    assert (found.severity, found.certainty) == (severity, "proved")


@pytest.mark.parametrize("runtime", ["python3.11", "python3.14", "nodejs24.x", "provided.al2023", "java21"])
def test_a_supported_runtime(scan, runtime: str) -> None:
    assert not scan(function(runtime), "ended_runtime").findings


def test_a_runtime_by_condition(scan) -> None:
    (found,) = scan(function("!If [Old, python3.8, python3.14]"), "ended_runtime").findings
    assert found.certainty == "when" and "AWS::Region" in found.condition


def test_a_runtime_nobody_knows(scan) -> None:
    report = scan(function("!Ref Runtime"), "ended_runtime")
    assert not report.findings and [u.address for u in report.unknown] == ["F"]


def test_extended_support_is_said(scan) -> None:
    template = "Resources:\n  C:\n    Type: AWS::EKS::Cluster\n    Properties:\n      Version: '{}'\n"
    (found,) = scan(template.format("1.33"), "ended_kubernetes_version").findings
    assert found.severity == "low" and "extended" in found.title
    assert not scan(template.format("1.34"), "ended_kubernetes_version").findings


def test_fargate_does_not_take_what_reaches_the_host(scan) -> None:
    task = {
        "family": "t",
        "requiresCompatibilities": ["FARGATE"],
        "pidMode": "host",
        "volumes": [{"name": "v", "host": {"sourcePath": "/x"}}],
        "containerDefinitions": [
            {
                "name": "web",
                "image": "x",
                "privileged": True,
                "linuxParameters": {"capabilities": {"add": ["SYS_PTRACE", "NET_ADMIN"]}},
            }
        ],
    }
    findings = scan({"task.json": json.dumps(task, indent=1)}, "setting_without_effect").findings
    said = " ".join(f.title for f in findings)
    assert len(findings) == 4 and all(
        word in said for word in ("privileged", "NET_ADMIN", "process namespace", "volume `v`")
    )
    task["requiresCompatibilities"] = ["EC2"]
    assert not scan({"task.json": json.dumps(task, indent=1)}, "setting_without_effect").findings

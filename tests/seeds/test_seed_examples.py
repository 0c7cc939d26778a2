"""The examples of the talks that this project grew out of come out as their `expected.md` says."""

import json
import shutil
from pathlib import Path

import pytest

import fourfold
from fourfold import iam
from fourfold.findings.finding import Finding
from fourfold.findings.report import Report
from fourfold.fixes import plan


@pytest.fixture(scope="session")
def seeds(shared: Path) -> Path:
    return shared / "seed-examples"


@pytest.fixture(scope="session")
def report(seeds: Path) -> Report:
    return fourfold.scan(seeds)


def of(report: Report, file: str) -> dict[str, Finding]:
    return {f.check: f for f in report.findings if f.span.file == file}


def test_least_privilege_policy(report: Report) -> None:
    found = of(report, "least-privilege-policy.json")
    assert set(found) == {"dead_resource"}, "xray on `*` is justified: no resource-level permission exists"
    dead = found["dead_resource"]
    assert "arn:aws:s3:::my-bucket" in dead.title
    assert dead.span.line == 11
    assert dead.fix is not None and dead.fix.safe


def test_the_dead_resource_is_removed_and_nothing_else(seeds: Path, tmp_path: Path) -> None:
    shutil.copy(seeds / "least-privilege-policy.json", tmp_path)
    one = fourfold.scan(tmp_path)
    (change,) = plan(one, one.findings).changes
    removed = [line for line in change.diff().splitlines() if line.startswith("-") and not line.startswith("---")]
    assert len(removed) == 1 and '"arn:aws:s3:::my-bucket", ' in removed[0]
    assert '"Resource": ["arn:aws:s3:::my-bucket/*"]' in change.after


def test_the_dead_resource_grants_nothing(seeds: Path, tmp_path: Path) -> None:
    shutil.copy(seeds / "least-privilege-policy.json", tmp_path)
    one = fourfold.scan(tmp_path)
    (change,) = plan(one, one.findings).changes
    assert iam.equivalent(change.before, change.after).verdict == "proved", "without the bucket's ARN nothing changes"
    dead = {"Effect": "Allow", "Action": "s3:PutObject", "Resource": "arn:aws:s3:::my-bucket"}
    assert iam.is_empty({"Version": "2012-10-17", "Statement": dead}).verdict == "proved"


def test_organization_policy(report: Report) -> None:
    found = of(report, "organization-policy.json")
    assert set(found) == {"unknown_policy_element", "condition_key_spelling", "dead_resource"}
    unknown = found["unknown_policy_element"]
    assert "Conditions" in unknown.title
    assert unknown.span.line == 8
    assert "witness" in unknown.evidence
    assert found["condition_key_spelling"].severity == "info"
    assert "aws:PrincipalOrgID" in str(found["condition_key_spelling"].evidence) + found["condition_key_spelling"].title


def test_the_fix_writes_condition(seeds: Path, tmp_path: Path) -> None:
    shutil.copy(seeds / "organization-policy.json", tmp_path)
    one = fourfold.scan(tmp_path, only=["unknown_policy_element"])
    (change,) = plan(one, one.findings).changes
    assert '      "Condition": {\n        "StringEquals": {' in change.after


def test_with_the_fix_the_policy_grants_strictly_less(seeds: Path, tmp_path: Path) -> None:
    shutil.copy(seeds / "organization-policy.json", tmp_path)
    one = fourfold.scan(tmp_path, only=["unknown_policy_element"])
    (change,) = plan(one, one.findings).changes
    meant = json.loads(change.before)
    del meant["Statement"][0]["Conditions"]
    assert iam.no_new_access(meant, change.after).verdict == "proved", "it allows nothing that was not allowed"
    more = iam.no_new_access(change.after, meant)
    assert more.verdict == "witness"
    assert more.request["context"]["aws:principalorgid"] != "o-xxxxxxxxxxxx", "somebody outside the organization"


def test_task_definition(report: Report) -> None:
    found = of(report, "task-definition.json")
    assert {
        "plaintext_secret",
        "missing_task_role",
        "container_runs_as_root",
        "writable_root_filesystem",
        "mutable_image_tag",
        "unlimited_container",
        "container_without_logs",
    } <= set(found)
    secrets = [f for f in report.findings if f.check == "plaintext_secret" and f.span.file == "task-definition.json"]
    assert [f.address for f in secrets] == ["orders/container/orders/environment/DB_PASSWORD"], (
        "DB_USERNAME is no secret"
    )
    (secret,) = secrets
    assert secret.span.line == 9
    places = str(secret.evidence)
    assert all(word in places for word in ("docker inspect", "DescribeTaskDefinition", "environ"))
    assert "Pa$$word123" not in str(secret.evidence) + secret.title, "the secret itself is never printed"
    assert secret.fix is not None and not secret.fix.safe
    assert found["container_runs_as_root"].certainty == "possible"


def test_the_secret_is_moved_to_secrets(seeds: Path, tmp_path: Path) -> None:
    shutil.copy(seeds / "task-definition.json", tmp_path)
    one = fourfold.scan(tmp_path)
    result = plan(one, [f for f in one.findings if f.check == "plaintext_secret"])
    assert not result.refused
    (change,) = result.changes
    assert "Pa$$word123" not in change.after
    assert '"secrets": [' in change.after and '"valueFrom": ' in change.after
    assert '"DB_USERNAME", "value": "admin"' in change.after


def test_flow_log(report: Report) -> None:
    (problem,) = [p for p in report.problems if p.file == "flow-log.txt"]
    assert "flow log" in problem.reason

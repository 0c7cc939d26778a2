"""Checks of containers, on ECS task definitions: what fires, what does not, and what is only possible."""

from __future__ import annotations

import json
from typing import Any

import pytest


@pytest.fixture
def of_container(scan):
    """Findings of one check about a container with these properties (ECS API spelling), by title."""

    def run(only: str, container: dict[str, Any] | None = None, *, files: dict[str, str] | None = None, **task: Any):
        definition = {
            "family": "t",
            **task,
            "containerDefinitions": [{"name": "web", "image": "x/web:1", **(container or {})}],
        }
        return scan({"task.json": json.dumps(definition, indent=1), **(files or {})}, only).findings

    return run


def test_a_privileged_container(of_container) -> None:
    (found,) = of_container("privileged_container", {"privileged": True})
    assert (found.severity, found.certainty) == ("high", "proved")
    assert not of_container("privileged_container", {"privileged": False})
    assert not of_container("privileged_container")


def test_a_privileged_container_on_fargate_is_not_asked_about(of_container) -> None:
    assert not of_container("privileged_container", {"privileged": True}, requiresCompatibilities=["FARGATE"])


@pytest.mark.parametrize("user", ["root", "0", "0:0", "root:app"])
def test_root_by_what_the_task_asks(of_container, user: str) -> None:
    (found,) = of_container("container_runs_as_root", {"user": user})
    assert (found.severity, found.certainty) == ("medium", "proved")


@pytest.mark.parametrize("user", ["1000", "app", "1000:0", "65532:65532"])
def test_not_root_by_what_the_task_asks(of_container, user: str) -> None:
    assert not of_container("container_runs_as_root", {"user": user})


def test_root_by_what_official_images_do(of_container) -> None:
    (found,) = of_container("container_runs_as_root", {"image": "python:3.12-slim"})
    assert found.certainty == "proved"


def test_an_image_nobody_saw_may_be_root(of_container) -> None:
    (found,) = of_container("container_runs_as_root", {"image": "example/orders:1.4"})
    assert (found.severity, found.certainty) == ("low", "possible")
    assert "example/orders:1.4" in found.condition


def test_images_made_for_others_than_root(of_container) -> None:
    for image in (
        "gcr.io/distroless/static:nonroot",
        "nginxinc/nginx-unprivileged:1.27",
        "cgr.dev/chainguard/python:latest",
    ):
        assert not of_container("container_runs_as_root", {"image": image})


def test_image_tags(of_container) -> None:
    digest = "@sha256:" + "0f" * 32
    assert [f.severity for f in of_container("mutable_image_tag", {"image": "a/b:1.4"})] == ["low"]
    assert [f.severity for f in of_container("mutable_image_tag", {"image": "a/b:latest"})] == ["medium"]
    assert [f.severity for f in of_container("mutable_image_tag", {"image": "registry:5000/a/b"})] == ["medium"]
    for clean in (f"a/b{digest}", f"a/b:1.4{digest}", "123.dkr.ecr.eu-west-1.amazonaws.com/cdk-assets:" + "a1" * 32):
        assert not of_container("mutable_image_tag", {"image": clean})


def test_the_value_of_a_secret_is_shown_nowhere(of_container) -> None:
    variable = {"name": "DB_PASSWORD", "value": "Pa$$word123"}
    (found,) = of_container("plaintext_secret", {"environment": [variable, {"name": "DB_USERNAME", "value": "admin"}]})
    assert "word123" not in found.title + str(found.evidence)
    assert [s.source.text[s.start : s.end] for s in found.secrets] == ["Pa$$word123"]
    assert any("DescribeTaskDefinition" in place for place in found.evidence["visible in"])


def test_a_secret_in_a_position_that_keeps_it(of_container) -> None:
    assert not of_container("plaintext_secret", {"secrets": [{"name": "DB_PASSWORD", "valueFrom": "/web/DB_PASSWORD"}]})


APP_RUNNER = """
Resources:
  App:
    Type: AWS::AppRunner::Service
    Properties:
      SourceConfiguration:
        ImageRepository: {ImageIdentifier: "example/app@sha256:0", ImageRepositoryType: ECR}
"""


def test_what_a_platform_cannot_set_is_not_asked(scan) -> None:
    assert not scan(APP_RUNNER, "writable_root_filesystem", "unlimited_container", "container_without_logs").findings
    (found,) = scan(APP_RUNNER, "container_runs_as_root").findings
    assert found.span.file == "template.yaml"
    assert found.fix is None


POD = """\
apiVersion: v1
kind: Pod
metadata:
  name: web
spec:
  containers:
    - name: web
      image: example/web:1.4
      securityContext:
"""


@pytest.mark.parametrize(
    "context",
    [
        "        privileged: true\n",
        "        capabilities: {add: [SYS_ADMIN]}\n",
        "        capabilities: {add: [CAP_SYS_ADMIN]}\n        allowPrivilegeEscalation: true\n",
    ],
)
def test_what_the_api_would_refuse_is_not_written(scan, context: str) -> None:
    (found,) = scan({"pod.yaml": POD + context}, "privilege_escalation_allowed").findings
    assert found.fix is None


def test_escalation_is_denied_where_it_can_be(scan) -> None:
    text = POD + "        capabilities: {add: [NET_BIND_SERVICE]}\n"
    (found,) = scan({"pod.yaml": text}, "privilege_escalation_allowed").findings
    assert found.fix is not None


def test_a_namespace_without_policies_is_shown_where_it_is_declared(scan) -> None:
    namespace = "apiVersion: v1\nkind: Namespace\nmetadata:\n  name: shop\n"
    pod = (
        "apiVersion: v1\nkind: Pod\nmetadata: {name: web, namespace: shop}\nspec: {containers: [{name: w, image: x}]}\n"
    )
    (found,) = scan({"a.yaml": pod, "b.yaml": namespace}, "namespace_without_network_policy").findings
    assert (found.span.file, found.span.line) == ("b.yaml", 1)
    (found,) = scan({"a.yaml": pod}, "namespace_without_network_policy").findings
    assert found.span.file == "a.yaml"

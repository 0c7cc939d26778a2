"""The same workload, written in every format, gives the same findings: no check knows the format of its subject."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest
import yaml

import fourfold
from fourfold.sources.terraform.hcl.written import Block, Encoded, block

DIGEST = "@sha256:" + "0f" * 32

ONLY_THERE = {
    "container_without_logs": "ECS alone throws away what nobody asks it to keep",
    "missing_task_role": "a role of its own is a question of ECS",
    "mounted_default_token": "service accounts are Kubernetes'",
    "namespace_without_network_policy": "network policies are Kubernetes'",
    "unconfined_seccomp": "Kubernetes alone starts containers without a profile where nothing is said",
}
"""Checks of something that only one platform has, and why."""

OPEN: dict[str, Any] = {
    "image": "example/web:latest",
    "user": "root",
    "privileged": True,
    "capability": "SYS_ADMIN",
    "variable": ("DB_PASSWORD", "Pa$$word123"),
    "socket": "/var/run/docker.sock",
    "host_pid": True,
}
CLOSED: dict[str, Any] = {
    "image": f"example/web{DIGEST}",
    "user": "1000:1000",
    "read_only": True,
    "drop": "ALL",
    "memory": 512,
    "cpu": 256,
    "no_escalation": True,
    "variable": ("DB_USERNAME", "admin"),
}
BARE: dict[str, Any] = {"image": "python:3.13"}


def task(w: dict[str, Any]) -> dict[str, Any]:
    """As a task definition, in CloudFormation's vocabulary."""
    container: dict[str, Any] = {"Name": "web", "Image": w["image"], "LogConfiguration": {"LogDriver": "awslogs"}}
    out: dict[str, Any] = {
        "Family": "web",
        "RequiresCompatibilities": ["EC2"],
        "TaskRoleArn": "arn:aws:iam::123456789012:role/web",
    }
    simple = {
        "user": "User",
        "privileged": "Privileged",
        "read_only": "ReadonlyRootFilesystem",
        "memory": "Memory",
        "cpu": "Cpu",
    }
    container |= {theirs: w[ours] for ours, theirs in simple.items() if ours in w}
    capabilities = {k: [w[v]] for k, v in (("Add", "capability"), ("Drop", "drop")) if v in w}
    if capabilities:
        container["LinuxParameters"] = {"Capabilities": capabilities}
    if "variable" in w:
        container["Environment"] = [{"Name": w["variable"][0], "Value": w["variable"][1]}]
    if "no_escalation" in w:
        container["DockerSecurityOptions"] = ["no-new-privileges"]
    if "socket" in w:
        out["Volumes"] = [{"Name": "v", "Host": {"SourcePath": w["socket"]}}]
        container["MountPoints"] = [{"SourceVolume": "v", "ContainerPath": "/sock"}]
    if "host_pid" in w:
        out["PidMode"] = "host"
    return {**out, "ContainerDefinitions": [container]}


def camel(value: Any) -> Any:
    """CloudFormation's spelling to the ECS API's."""
    if isinstance(value, dict):
        return {key[0].lower() + key[1:]: camel(entry) for key, entry in value.items()}
    return [camel(item) for item in value] if isinstance(value, list) else value


def ecs(w: dict[str, Any]) -> tuple[str, str]:
    return "task.json", json.dumps(camel(task(w)), indent=2)


def cloudformation(w: dict[str, Any]) -> tuple[str, str]:
    template = {"Resources": {"Task": {"Type": "AWS::ECS::TaskDefinition", "Properties": task(w)}}}
    return "template.yaml", yaml.safe_dump(template)


def cloudformation_json(w: dict[str, Any]) -> tuple[str, str]:
    template = {"Resources": {"Task": {"Type": "AWS::ECS::TaskDefinition", "Properties": task(w)}}}
    return "template.json", json.dumps(template)


def sam(w: dict[str, Any]) -> tuple[str, str]:
    template = {
        "Transform": "AWS::Serverless-2016-10-31",
        "Resources": {"Task": {"Type": "AWS::ECS::TaskDefinition", "Properties": task(w)}},
    }
    return "template.yaml", yaml.safe_dump(template)


def kubernetes(w: dict[str, Any]) -> tuple[str, str]:
    context: dict[str, Any] = {}
    user, _, group = w.get("user", "").partition(":")
    if user:
        context["runAsUser"] = 0 if user == "root" else int(user)
    if group:
        context["runAsGroup"] = int(group)
    simple = {"privileged": "privileged", "read_only": "readOnlyRootFilesystem"}
    context |= {theirs: w[ours] for ours, theirs in simple.items() if ours in w}
    capabilities = {k: [w[v]] for k, v in (("add", "capability"), ("drop", "drop")) if v in w}
    if capabilities:
        context["capabilities"] = capabilities
    if "no_escalation" in w:
        context |= {"allowPrivilegeEscalation": False, "seccompProfile": {"type": "RuntimeDefault"}}
    container: dict[str, Any] = {"name": "web", "image": w["image"], "securityContext": context}
    limits = {"memory": f"{w['memory']}Mi"} if "memory" in w else {}
    limits |= {"cpu": "250m"} if "cpu" in w else {}
    if limits:
        container["resources"] = {"limits": limits}
    if "variable" in w:
        container["env"] = [{"name": w["variable"][0], "value": w["variable"][1]}]
    spec: dict[str, Any] = {"containers": [container]}
    if "socket" in w:
        spec["volumes"] = [{"name": "v", "hostPath": {"path": w["socket"]}}]
        container["volumeMounts"] = [{"name": "v", "mountPath": "/sock"}]
    if "host_pid" in w:
        spec["hostPID"] = True
    return "pod.yaml", yaml.safe_dump({"apiVersion": "v1", "kind": "Pod", "metadata": {"name": "web"}, "spec": spec})


def compose(w: dict[str, Any]) -> tuple[str, str]:
    simple = {"user": "user", "privileged": "privileged", "read_only": "read_only"}
    service: dict[str, Any] = {"image": w["image"]} | {theirs: w[ours] for ours, theirs in simple.items() if ours in w}
    service |= {k: [w[v]] for k, v in (("cap_add", "capability"), ("cap_drop", "drop")) if v in w}
    service |= {"mem_limit": f"{w['memory']}m"} if "memory" in w else {}
    service |= {"cpus": 0.25} if "cpu" in w else {}
    if "variable" in w:
        service["environment"] = {w["variable"][0]: w["variable"][1].replace("$", "$$")}
    if "no_escalation" in w:
        service["security_opt"] = ["no-new-privileges:true"]
    if "socket" in w:
        service["volumes"] = [f"{w['socket']}:/sock"]
    if "host_pid" in w:
        service["pid"] = "host"
    return "compose.yaml", yaml.safe_dump({"services": {"web": service}})


def _terraform_task(w: dict[str, Any]) -> dict[str, Any]:
    """As `aws_ecs_task_definition`."""
    definition = task(w)
    names = {"Family": "family", "RequiresCompatibilities": "requires_compatibilities", "TaskRoleArn": "task_role_arn",
             "PidMode": "pid_mode"}  # fmt: skip
    out: dict[str, Any] = {theirs: definition[ours] for ours, theirs in names.items() if ours in definition}
    volumes = [Block(name=v["Name"], host_path=v["Host"]["SourcePath"]) for v in definition.get("Volumes", ())]
    return {**out, **({"volume": volumes} if volumes else {})}


def terraform(w: dict[str, Any]) -> tuple[str, str]:
    body = {**_terraform_task(w), "container_definitions": Encoded(camel(task(w)["ContainerDefinitions"]))}
    return "main.tf", block('resource "aws_ecs_task_definition" "web"', body, 0) + "\n"


def terraform_json(w: dict[str, Any]) -> tuple[str, str]:
    body = {**_terraform_task(w), "container_definitions": json.dumps(camel(task(w)["ContainerDefinitions"]))}
    return "main.tf.json", json.dumps({"resource": {"aws_ecs_task_definition": {"web": body}}}, indent=2)


def terraform_plan(w: dict[str, Any]) -> tuple[str, str]:
    """As `terraform show -json` gives a plan."""
    values = {**_terraform_task(w), "container_definitions": json.dumps(camel(task(w)["ContainerDefinitions"]))}
    named = {"address": "aws_ecs_task_definition.web", "mode": "managed", "type": "aws_ecs_task_definition", "name": "web",
             "provider_name": "registry.terraform.io/hashicorp/aws"}  # fmt: skip
    change = {"actions": ["create"], "before": None, "after": values, "after_unknown": {"arn": True, "id": True}}
    plan = {
        "format_version": "1.2",
        "terraform_version": "1.11.4",
        "planned_values": {"root_module": {"resources": [{**named, "schema_version": 1, "values": values}]}},
        "resource_changes": [{**named, "change": change}],
        "configuration": {"root_module": {"resources": [named]}},
    }
    return "plan.json", json.dumps(plan)


def terraform_kubernetes(w: dict[str, Any]) -> tuple[str, str]:
    """As `kubernetes_deployment`, whose blocks are the fields of the API in snake case."""
    spec = yaml.safe_load(kubernetes(w)[1])["spec"]
    pod = _snake(spec)
    labels = {"app": "web"}
    body = {
        "metadata": Block(name="web"),
        "spec": Block(selector=Block(match_labels=labels), template=Block(metadata=Block(labels=labels), spec=pod)),
    }
    return "main.tf", block('resource "kubernetes_deployment" "web"', body, 0) + "\n"


def terraform_kubernetes_json(w: dict[str, Any]) -> tuple[str, str]:
    """As `kubernetes_pod_v1` in Terraform's JSON, where a block is an object, and one that repeats a list."""
    pod = _snake(yaml.safe_load(kubernetes(w)[1])["spec"])
    body = {"metadata": {"name": "web"}, "spec": pod}
    text = json.dumps({"resource": {"kubernetes_pod_v1": {"web": body}}}, indent=2)
    return "main.tf.json", text


def terraform_manifest(w: dict[str, Any]) -> tuple[str, str]:
    """As `kubernetes_manifest`, which holds the object as it is."""
    body = {"manifest": yaml.safe_load(kubernetes(w)[1])}
    return "main.tf", block('resource "kubernetes_manifest" "web"', body, 0) + "\n"


_SINGULAR = {"containers": "container", "volumes": "volume", "volume_mounts": "volume_mount"}


def _snake(value: Any, around: str = "") -> Any:
    """The API's spelling to the Terraform provider's: lists of objects are repeated blocks with a singular name."""
    if isinstance(value, dict):
        if around == "limits":
            return value
        out = Block()
        for key, entry in value.items():
            name = re.sub(r"(?<=[a-z])[A-Z]+", lambda m: "_" + m[0].lower(), key)
            out[_SINGULAR.get(name, name)] = _snake(entry, name)
        return out
    return [_snake(item) for item in value] if isinstance(value, list) else value


FORMATS = (
    terraform,
    terraform_json,
    terraform_plan,
    terraform_kubernetes,
    terraform_kubernetes_json,
    terraform_manifest,
    ecs,
    cloudformation,
    cloudformation_json,
    sam,
    kubernetes,
    compose,
)


@pytest.fixture
def judged(tmp_path: Path):
    def run(write: Any, workload: dict[str, Any]) -> dict[str, str]:
        name, text = write(workload)
        (tmp_path / name).write_text(text)
        report = fourfold.scan(tmp_path)
        assert not report.problems
        (tmp_path / name).unlink()
        return {f.check: f"{f.severity} {f.certainty}" for f in report.findings if f.check not in ONLY_THERE}

    return run


@pytest.mark.parametrize("write", FORMATS, ids=lambda f: f.__name__)
@pytest.mark.parametrize("workload", [OPEN, CLOSED, BARE], ids=["open", "closed", "bare"])
def test_the_same_findings(judged, write: Any, workload: dict[str, Any]) -> None:
    assert judged(write, workload) == judged(ecs, workload)


def test_what_they_are(judged) -> None:
    assert judged(ecs, CLOSED) == {}
    assert judged(ecs, OPEN) == {
        "container_runs_as_root": "medium proved",
        "dangerous_capabilities": "high proved",
        "host_namespaces": "high proved",
        "host_path_mount": "high proved",
        "mutable_image_tag": "medium proved",
        "plaintext_secret": "high proved",
        "privilege_escalation_allowed": "low proved",
        "privileged_container": "high proved",
        "unlimited_container": "medium proved",
        "writable_root_filesystem": "medium proved",
    }
    assert judged(ecs, BARE) == {
        "container_runs_as_root": "medium proved",
        "kept_capabilities": "low proved",
        "mutable_image_tag": "low proved",
        "privilege_escalation_allowed": "low proved",
        "unlimited_container": "medium proved",
        "writable_root_filesystem": "medium proved",
    }

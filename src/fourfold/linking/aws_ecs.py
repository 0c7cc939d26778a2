"""ECS task definitions in CloudFormation's vocabulary, as workloads and containers.

Sources: Amazon ECS Developer Guide, "Amazon ECS task definition parameters for Amazon EC2" and "... for Fargate"
(defaults, and what Fargate does not take); CloudFormation reference of `AWS::ECS::TaskDefinition`.
"""

from __future__ import annotations

from typing import Literal

from fourfold.linking import docker_options
from fourfold.linking.aws_placement import (
    ENABLED,
    TASK,
    Clusters,
    Runner,
    add_launches,
    platform_of,
    runners,
    tasks_by_runner,
)
from fourfold.linking.aws_values import first_found, name_of, or_else, translate, within
from fourfold.linking.draft import Draft
from fourfold.model.condition import Condition
from fourfold.model.nodes import Container, Platform, Variable, Volume, Workload
from fourfold.model.nodes.node import NOTHING
from fourfold.model.resource import Resource
from fourfold.model.value import Value, unknown


def add(draft: Draft) -> None:
    """All task definitions, what runs them, and their interfaces."""
    found = runners(draft)
    by_task = tasks_by_runner(draft, found)
    clusters = Clusters(draft)
    for task in draft.of_type(TASK):
        _task(draft, task, by_task.get(task.key, []), clusters)
    add_launches(draft, found, by_task)


def _task(draft: Draft, task: Resource, run_by: list[Runner], clusters: Clusters) -> None:
    platform, decided_by = platform_of(task, run_by, clusters)
    items = [
        (condition, item)
        for when, item in task.get("ContainerDefinitions").elements()
        if (condition := within(task.condition, when)) is not None
    ]
    awaited = {
        str(need.get("ContainerName").plain())
        for _, item in items
        for _, need in item.get("DependsOn").elements()
        if need.get("Condition").surely("SUCCESS") or need.get("Condition").surely("COMPLETE")
    }
    containers = tuple(
        _container(draft, task, index, item, condition, platform, awaited)
        for index, (condition, item) in enumerate(items)
    )
    mode = task.get("NetworkMode").default("awsvpc" if platform == "fargate" else "bridge")
    workload = draft.add(
        Workload(
            resource=task,
            name=task.address,
            at=task.properties,
            condition=task.condition,
            platform=platform,
            platform_value=decided_by,
            kind=task.type,
            containers=containers,
            role=task.get("TaskRoleArn"),
            execution_role=task.get("ExecutionRoleArn"),
            network_mode=mode,
            host_network=translate(mode, {"host": True, "bridge": False, "awsvpc": False, "none": False}, absent=False),
            host_pid=translate(task.get("PidMode"), {"host": True, "task": False}, absent=False),
            host_ipc=translate(task.get("IpcMode"), {"host": True, "task": False, "none": False}, absent=False),
            volumes=tuple(_volumes(draft, task)),
            tasks_desired=_desired(run_by),
        )
    )
    for container in containers:
        draft.connect(workload, "contains", container)


def _desired(run_by: list[Runner]) -> Value:
    if len(run_by) == 1:
        return run_by[0].desired.default(1)
    return unknown("several services run it", at=run_by[0].task) if run_by else NOTHING


def _volumes(draft: Draft, task: Resource) -> list[Volume]:
    out: list[Volume] = []
    for index, (when, item) in enumerate(task.get("Volumes").elements()):
        condition = within(task.condition, when)
        if condition is None:
            continue
        efs = item.get("EFSVolumeConfiguration")
        name = name_of(item.get("Name"), str(index))
        out.append(
            draft.add(
                Volume(
                    resource=task,
                    name=name,
                    part=f"volume/{name}",
                    at=item,
                    condition=condition,
                    host_path=item.get("Host", "SourcePath"),
                    encrypted_in_transit=NOTHING
                    if efs.absent
                    else translate(efs.get("TransitEncryption"), ENABLED, absent=False),
                    file_system=NOTHING if efs.absent else efs.get("FilesystemId"),
                )
            )
        )
    return out


def variables(
    draft: Draft, resource: Resource, pairs: Value, owner: str, part: str, condition: Condition, platform: Platform
) -> tuple[Variable, ...]:
    """The variables of a list of `Name` and `Value`, as ECS, Batch and App Runner write it."""
    out: list[Variable] = []
    for index, (when, pair) in enumerate(pairs.elements()):
        holds = within(condition, when)
        if holds is not None:
            name = name_of(pair.get("Name"), "")
            out.append(
                Variable(
                    resource=resource,
                    name=name or "?",
                    part=f"{part}environment/{name or index}",
                    at=pair,
                    condition=holds,
                    value=pair.get("Value"),
                    owner=owner,
                    platform=platform,
                )
            )
    return tuple(map(draft.add, out))


def _container(
    draft: Draft,
    task: Resource,
    index: int,
    item: Value,
    condition: Condition,
    platform: Platform,
    awaited: set[str],
) -> Container:
    name = name_of(item.get("Name"), str(index))
    part = f"container/{name}"
    linux = item.get("LinuxParameters")
    options = item.get("DockerSecurityOptions")
    confined = platform != "fargate"  # Fargate does not take DockerSecurityOptions, and has profiles of its own.
    return draft.add(
        Container(
            resource=task,
            name=name,
            part=part,
            at=item,
            condition=condition,
            platform=platform,
            role=_role(item, name, awaited),
            image=item.get("Image"),
            user=item.get("User"),
            read_only_root=item.get("ReadonlyRootFilesystem").default(False),
            privileged=item.get("Privileged").default(False),
            privilege_escalation=first_found(options, docker_options.escalation, True) if confined else NOTHING,
            capabilities_add=linux.get("Capabilities", "Add"),
            capabilities_drop=linux.get("Capabilities", "Drop"),
            seccomp=first_found(options, docker_options.seccomp, "RuntimeDefault") if confined else NOTHING,
            apparmor=first_found(options, docker_options.apparmor, "RuntimeDefault") if confined else NOTHING,
            security_options=options,
            memory_limit=or_else(item.get("Memory"), task.get("Memory")),
            cpu_limit=or_else(item.get("Cpu"), task.get("Cpu")),
            log_configuration=item.get("LogConfiguration"),
            health_check=item.get("HealthCheck"),
            variables=variables(
                draft, task, item.get("Environment"), f"container `{name}`", f"{part}/", condition, platform
            ),
            secrets=item.get("Secrets"),
            ports=item.get("PortMappings"),
            mounts=item.get("MountPoints"),
            command=item.get("Command"),
        )
    )


def _role(item: Value, name: str, awaited: set[str]) -> Literal["main", "init", "sidecar"]:
    """Init: others wait until it has ended, and it may end. Sidecar: it routes logs, or may stop without harm."""
    essential = not item.get("Essential").surely(False)
    if name in awaited and not essential:
        return "init"
    return "sidecar" if not essential or not item.get("FirelensConfiguration").absent else "main"

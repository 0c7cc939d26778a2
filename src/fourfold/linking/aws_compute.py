"""ECS task definitions and services in CloudFormation's vocabulary, as workloads and containers."""

from __future__ import annotations

from fourfold.linking.draft import Draft
from fourfold.model.condition import both
from fourfold.model.nodes import Container, Platform, Variable, Workload
from fourfold.model.resource import Resource
from fourfold.model.value import Known, Value


def add(draft: Draft) -> None:
    """All ECS workloads."""
    for resource in draft.of_type("AWS::ECS::TaskDefinition"):
        _task(draft, resource)


def _task(draft: Draft, task: Resource) -> None:
    platform = _platform(task)
    containers = tuple(
        _container(draft, task, item, when, platform) for when, item in task.get("ContainerDefinitions").elements()
    )
    workload = Workload(
        resource=task,
        name=str(task.get("Family").plain() or task.address),
        at=task.properties,
        condition=task.condition,
        platform=platform,
        platform_value=task.get("RequiresCompatibilities"),
        kind=task.type,
        containers=containers,
        role=task.get("TaskRoleArn"),
        execution_role=task.get("ExecutionRoleArn"),
        network_mode=task.get("NetworkMode").default("awsvpc" if platform == "fargate" else "bridge"),
    )
    draft.add(workload)
    for container in containers:
        draft.connect(workload, "contains", container)


def _platform(task: Resource) -> Platform:
    compatible = {v.value for _, v in task.get("RequiresCompatibilities").elements() if isinstance(v, Known)}
    return "fargate" if compatible == {"FARGATE"} else "ecs-ec2" if compatible == {"EC2"} else "unknown"


def _container(draft: Draft, task: Resource, item: Value, when: object, platform: Platform) -> Container:
    name = str(item.get("Name").plain() or "container")
    variables = tuple(
        draft.add(
            Variable(
                resource=task,
                name=str(pair.get("Name").plain()),
                part=f"container/{name}/environment/{pair.get('Name').plain()}",
                at=pair,
                condition=both(task.condition, when, c),  # type: ignore[arg-type]
                value=pair.get("Value"),
                owner=f"container `{name}`",
                platform=platform,
            )
        )
        for c, pair in item.get("Environment").elements()
    )
    return draft.add(
        Container(
            resource=task,
            name=name,
            part=f"container/{name}",
            at=item,
            condition=both(task.condition, when),  # type: ignore[arg-type]
            platform=platform,
            image=item.get("Image"),
            user=item.get("User"),
            read_only_root=item.get("ReadonlyRootFilesystem").default(False),
            privileged=item.get("Privileged").default(False),
            variables=variables,
        )
    )

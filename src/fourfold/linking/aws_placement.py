"""What runs ECS tasks, and on which platform: services, task sets, scheduled rules, schedules and pipes.

The platform of a task definition is what `RequiresCompatibilities` says, where it says one thing; a definition that is
not in network mode `awsvpc` cannot run on Fargate, so it runs on EC2; else it is what those who run it in the scan say,
by `LaunchType`, `CapacityProviderStrategy`, or their cluster's default strategy. Where several answers are possible
(two services, a condition, an unknown cluster) it is `unknown`: not surely Fargate, and not surely EC2.

Sources: Amazon ECS Developer Guide, "Amazon ECS launch types", "Amazon ECS task definition parameters" (network mode,
compatibilities) and "Amazon ECS clusters" (default capacity provider strategy); CloudFormation reference of each type.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from fourfold.linking.aws_values import or_else, references, targets, translate, within
from fourfold.linking.draft import Draft
from fourfold.model.condition import Condition
from fourfold.model.nodes import Launch, NetworkInterface, Platform, Workload
from fourfold.model.nodes.node import NOTHING
from fourfold.model.resource import Resource
from fourfold.model.value import Absent, Known, Text, Value

TASK = "AWS::ECS::TaskDefinition"
ENABLED = {"ENABLED": True, "DISABLED": False}
_BY_NAME: dict[object, Platform] = {"FARGATE": "fargate", "EC2": "ecs-ec2"}
_FARGATE = ("FARGATE", "FARGATE_SPOT")


class Runner(NamedTuple):
    """One thing that runs a task definition, in the same words for every type."""

    resource: Resource
    part: str
    at: Value
    condition: Condition
    task: Value
    launch_type: Value
    strategy: Value
    cluster: Value
    network: Value
    desired: Value
    execute_command: Value


def runners(draft: Draft) -> list[Runner]:
    """Everything of the scan that runs ECS tasks."""
    out = [_service(r, "AwsvpcConfiguration", "DesiredCount") for r in draft.of_type("AWS::ECS::Service")]
    out += [_service(r, "AwsVpcConfiguration", "Scale") for r in draft.of_type("AWS::ECS::TaskSet")]
    for rule in draft.of_type("AWS::Events::Rule"):
        for index, (when, target) in enumerate(rule.get("Targets").elements()):
            condition = within(rule.condition, when)
            if condition is not None:
                out.append(_target(rule, f"target/{index}", target, condition, "EcsParameters", "Arn"))
    for schedule in draft.of_type("AWS::Scheduler::Schedule"):
        out.append(_target(schedule, "target", schedule.get("Target"), schedule.condition, "EcsParameters", "Arn"))
    for pipe in draft.of_type("AWS::Pipes::Pipe"):
        parameters = pipe.get("TargetParameters")
        out.append(_target(pipe, "target", parameters, pipe.condition, "EcsTaskParameters", ""))
    return [runner for runner in out if not runner.task.absent]


def _service(service: Resource, network: str, desired: str) -> Runner:
    get = service.get
    return Runner(
        service,
        "",
        service.properties,
        service.condition,
        get("TaskDefinition"),
        get("LaunchType"),
        get("CapacityProviderStrategy"),
        get("Cluster"),
        get("NetworkConfiguration", network),
        get(desired) if desired == "DesiredCount" else NOTHING,
        get("EnableExecuteCommand"),
    )


def _target(
    resource: Resource, part: str, target: Value, condition: Condition, parameters: str, cluster: str
) -> Runner:
    ecs = target.get(parameters)
    network = ecs.get("NetworkConfiguration")
    return Runner(
        resource,
        part,
        target,
        condition,
        ecs.get("TaskDefinitionArn"),
        ecs.get("LaunchType"),
        ecs.get("CapacityProviderStrategy"),
        target.get(cluster) if cluster else resource.get("Target"),
        or_else(network.get("AwsVpcConfiguration"), network.get("AwsvpcConfiguration")),
        ecs.get("TaskCount"),
        ecs.get("EnableExecuteCommand"),
    )


def tasks_by_runner(draft: Draft, found: list[Runner]) -> dict[str, list[Runner]]:
    """Runners by the key of the task definition they run; a definition is named by reference, family or ARN."""
    families: dict[str, Resource] = {}
    for task in draft.of_type(TASK):
        family = task.get("Family")
        if isinstance(family, Known):
            families.setdefault(str(family.value), task)
    out: dict[str, list[Runner]] = {}
    for runner in found:
        for task in _tasks(draft, runner.task, families):
            out.setdefault(task.key, []).append(runner)
    return out


def _tasks(draft: Draft, value: Value, families: dict[str, Resource]) -> Iterator[Resource]:
    yield from (r for r in targets(draft, value) if r.type == TASK)
    for _, side in value.alternatives():
        # `orders`, `orders:7` or `arn:aws:ecs:<region>:<account>:task-definition/orders:7`
        last = side.parts[-1] if isinstance(side, Text) else side.value if isinstance(side, Known) else ""
        family = last.rpartition("/")[2].partition(":")[0] if isinstance(last, str) else ""
        if family in families:
            yield families[family]


class Clusters:
    """The default capacity provider strategies of the scan's clusters."""

    def __init__(self, draft: Draft) -> None:
        self._draft = draft
        self._names = {str(c.get("ClusterName").plain()): c for c in draft.of_type("AWS::ECS::Cluster")}
        self._providers = {str(p.get("Name").plain()): p for p in draft.of_type("AWS::ECS::CapacityProvider")}
        self._strategies: dict[str, list[Value]] = {}
        for c in draft.of_type("AWS::ECS::Cluster"):
            self._strategies[c.key] = [c.get("DefaultCapacityProviderStrategy")]
        for links in draft.of_type("AWS::ECS::ClusterCapacityProviderAssociations"):
            for cluster in self._of(links.get("Cluster")):
                self._strategies[cluster.key].append(links.get("DefaultCapacityProviderStrategy"))

    def _of(self, value: Value) -> list[Resource]:
        found = [r for r in targets(self._draft, value) if r.key in self._strategies]
        if not found and isinstance(value, Known):
            named = self._names.get(str(value.value).rpartition("/")[2])
            found = [named] if named else []
        return found

    def platforms(self, runner: Runner) -> set[Platform]:
        """Every platform on which a runner may start its task."""
        out: set[Platform] = set()
        for _, launch_type in runner.launch_type.alternatives():
            if isinstance(launch_type, Absent):
                out |= self._by_strategy(runner.strategy) or self._by_cluster(runner.cluster)
            elif isinstance(launch_type, Known):
                out.add(_BY_NAME.get(launch_type.value, "unknown"))
            else:
                out.add("unknown")
        return out

    def _by_strategy(self, strategy: Value) -> set[Platform]:
        out: set[Platform] = set()
        for _, item in strategy.elements():
            for _, provider in item.get("CapacityProvider").alternatives():
                if isinstance(provider, Known) and provider.value in _FARGATE:
                    out.add("fargate")
                    continue
                resource = self._draft.target(provider)
                if resource is None and isinstance(provider, Known):
                    resource = self._providers.get(str(provider.value))
                scaling = resource is not None and not resource.get("AutoScalingGroupProvider").absent
                out.add("ecs-ec2" if scaling else "unknown")
        return out

    def _by_cluster(self, cluster: Value) -> set[Platform]:
        clusters = self._of(cluster)
        if not clusters or any(self._draft.target(r) is None for r in references(cluster)):
            return {"unknown"}
        out: set[Platform] = set()
        for found in clusters:
            by_default: set[Platform] = set()
            for strategy in self._strategies[found.key]:
                by_default |= self._by_strategy(strategy)
            out |= by_default or {"ecs-ec2"}
        return out


def platform_of(task: Resource, run_by: list[Runner], clusters: Clusters) -> tuple[Platform, Value]:
    """The platform of a task definition, and the value that decides it."""
    written, mode = task.get("RequiresCompatibilities"), task.get("NetworkMode")
    found: set[Platform] = set()
    decided_by = written
    for _, side in written.alternatives():
        named = {v.value if isinstance(v, Known) else None for _, v in side.elements()}
        if len(named) == 1 and None not in named:
            found.add(_BY_NAME.get(named.pop(), "unknown"))
        elif not named and _never_awsvpc(mode):
            found.add("ecs-ec2")
            decided_by = mode
        else:
            by_runners = {platform for runner in run_by for platform in clusters.platforms(runner)}
            found |= by_runners or {"unknown"}
            decided_by = run_by[0].launch_type if run_by and written.absent else written
    return (found.pop() if len(found) == 1 else "unknown"), decided_by


def _never_awsvpc(mode: Value) -> bool:
    """Whether the network mode surely is one that Fargate does not take; `bridge` is the default."""
    sides = [side for _, side in mode.alternatives()]
    return all(isinstance(s, Absent) or (isinstance(s, Known) and s.value != "awsvpc") for s in sides)


def add_launches(draft: Draft, found: list[Runner], by_task: dict[str, list[Runner]]) -> None:
    """The nodes of all runners with their interfaces, and the edges to the workloads they run."""
    launches: dict[int, Launch] = {}
    interfaces: dict[int, NetworkInterface] = {}
    for runner in found:
        launches[id(runner)] = draft.add(
            Launch(
                resource=runner.resource,
                name=runner.resource.address,
                part=runner.part,
                at=runner.at,
                condition=runner.condition,
                kind=runner.resource.type,
                cluster=runner.cluster,
                launch_type=runner.launch_type,
                desired=runner.desired,
                execute_command=runner.execute_command.default(False),
            )
        )
        if not runner.network.absent:
            interfaces[id(runner)] = draft.add(_interface(runner))
            draft.connect(launches[id(runner)], "attached", interfaces[id(runner)])
    for key, group in by_task.items():
        for workload in draft.by_resource.get(key, ()):
            if isinstance(workload, Workload):
                for runner in group:
                    draft.connect(launches[id(runner)], "runs", workload, runner.task.span)
                    if id(runner) in interfaces:
                        draft.connect(workload, "attached", interfaces[id(runner)], runner.network.span)


def _interface(runner: Runner) -> NetworkInterface:
    network = runner.network
    return NetworkInterface(
        resource=runner.resource,
        name=runner.resource.address,
        part=f"{runner.part}/network" if runner.part else "network",
        at=network,
        condition=runner.condition,
        owner=runner.resource.key,
        subnets=network.get("Subnets"),
        security_groups=network.get("SecurityGroups"),
        public_address=translate(network.get("AssignPublicIp"), ENABLED, absent=False),
    )

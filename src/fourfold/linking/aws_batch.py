"""Containers of AWS Batch and App Runner, in CloudFormation's vocabulary.

Sources: AWS Batch User Guide, "Job definition parameters"; AWS App Runner Developer Guide, "App Runner architecture and
concepts"; CloudFormation reference of `AWS::Batch::JobDefinition` and `AWS::AppRunner::Service`.
"""

from __future__ import annotations

from fourfold.linking.aws_ecs import variables
from fourfold.linking.aws_placement import ENABLED
from fourfold.linking.aws_values import first_found, name_of, or_else, translate, within
from fourfold.linking.draft import Draft
from fourfold.model.condition import Condition
from fourfold.model.nodes import Container, NetworkInterface, Platform, Variable, Volume, Workload
from fourfold.model.nodes.node import NOTHING
from fourfold.model.resource import Resource
from fourfold.model.value import Known, Map, Value, known


def add(draft: Draft) -> None:
    """All job definitions that run on ECS, and all App Runner services."""
    for job in draft.of_type("AWS::Batch::JobDefinition"):
        _job(draft, job)
    for service in draft.of_type("AWS::AppRunner::Service"):
        _app(draft, service)


# -- Batch -------------------------------------------------------------------------------------------------------------


def _job(draft: Draft, job: Resource) -> None:
    """One workload for each container list of a job: of the job itself, of each node range, of each task."""
    capabilities = {v.value if isinstance(v, Known) else None for _, v in job.get("PlatformCapabilities").elements()}
    platform: Platform = "fargate" if capabilities == {"FARGATE"} else "unknown"
    if not capabilities or capabilities == {"EC2"}:
        platform = "ecs-ec2"
    ranges = [
        (within(job.condition, when), f"node/{index}", item)
        for index, (when, item) in enumerate(job.get("NodeProperties", "NodeRangeProperties").elements())
    ]
    for condition, part, holder in [(job.condition, "", job.properties), *ranges]:
        if condition is None:
            continue
        single = (
            holder.get("ContainerProperties")
            if part == ""
            else or_else(holder.get("Container"), holder.get("ContainerProperties"))
        )
        if not single.absent:
            _workload(draft, job, part, single, [(condition, single)], platform, condition)
        for index, (when, task) in enumerate(holder.get("EcsProperties", "TaskProperties").elements(condition)):
            path = "/".join(p for p in (part, f"task/{index}") if p)
            _workload(draft, job, path, task, list(task.get("Containers").elements(when)), platform, when)


def _workload(
    draft: Draft,
    job: Resource,
    part: str,
    task: Value,
    items: list[tuple[Condition, Value]],
    platform: Platform,
    condition: Condition,
) -> None:
    prefix = f"{part}/" if part else ""
    containers = tuple(
        _container(draft, job, f"{prefix}container/{name_of(item.get('Name'), str(index))}", item, when, platform)
        for index, (when, item) in enumerate(items)
    )
    workload = draft.add(
        Workload(
            resource=job,
            name=job.address,
            part=part,
            at=task,
            condition=condition,
            platform=platform,
            platform_value=job.get("PlatformCapabilities"),
            kind=job.type,
            containers=containers,
            role=or_else(task.get("JobRoleArn"), task.get("TaskRoleArn")),
            execution_role=task.get("ExecutionRoleArn"),
            volumes=tuple(_volumes(draft, job, task, prefix, condition)),
        )
    )
    for container in containers:
        draft.connect(workload, "contains", container)
    address = task.get("NetworkConfiguration", "AssignPublicIp")
    if platform == "fargate":
        interface = NetworkInterface(
            resource=job,
            name=job.address,
            part=f"{prefix}network",
            at=task,
            condition=condition,
            owner=job.key,
            public_address=translate(address, ENABLED, absent=False),
        )
        draft.connect(workload, "attached", draft.add(interface))


def _container(
    draft: Draft, job: Resource, part: str, item: Value, condition: Condition, platform: Platform
) -> Container:
    named = not item.get("Name").absent
    name = name_of(item.get("Name"), job.address)
    owner = f"container `{name}`" if named else f"job `{job.address}`"
    requirements = item.get("ResourceRequirements")
    return draft.add(
        Container(
            resource=job,
            name=name,
            part=part,
            at=item,
            condition=condition,
            platform=platform,
            image=item.get("Image"),
            user=item.get("User"),
            read_only_root=item.get("ReadonlyRootFilesystem").default(False),
            privileged=item.get("Privileged").default(False),
            memory_limit=or_else(item.get("Memory"), _requirement(requirements, "MEMORY")),
            cpu_limit=or_else(item.get("Vcpus"), _requirement(requirements, "VCPU")),
            variables=variables(draft, job, item.get("Environment"), owner, f"{part}/", condition, platform),
            secrets=item.get("Secrets"),
            mounts=item.get("MountPoints"),
            command=item.get("Command"),
        )
    )


def _requirement(requirements: Value, kind: str) -> Value:
    def of_kind(item: Value) -> Value | None:
        return item.get("Value") if item.get("Type").surely(kind) else None if isinstance(item, Map) else item

    return first_found(requirements, of_kind, None)


def _volumes(draft: Draft, job: Resource, task: Value, prefix: str, condition: Condition) -> list[Volume]:
    out: list[Volume] = []
    for index, (when, item) in enumerate(task.get("Volumes").elements(condition)):
        # The schema spells it `EfsVolumeConfiguration`; older documentation `EFSVolumeConfiguration`.
        efs = or_else(item.get("EfsVolumeConfiguration"), item.get("EFSVolumeConfiguration"))
        name = name_of(item.get("Name"), str(index))
        encrypted = NOTHING if efs.absent else translate(efs.get("TransitEncryption"), ENABLED, absent=False)
        volume = Volume(
            resource=job,
            name=name,
            part=f"{prefix}volume/{name}",
            at=item,
            condition=when,
            host_path=item.get("Host", "SourcePath"),
            encrypted_in_transit=encrypted,
            file_system=NOTHING if efs.absent else or_else(efs.get("FileSystemId"), efs.get("FilesystemId")),
        )
        out.append(draft.add(volume))
    return out


# -- App Runner --------------------------------------------------------------------------------------------------------


def _app(draft: Draft, service: Resource) -> None:
    """A service that App Runner runs on Fargate.

    The sources cannot choose user, file system or log of its container, so those stay without a place.
    """
    source = service.get("SourceConfiguration")
    image = source.get("ImageRepository")
    settings = or_else(
        image.get("ImageConfiguration"), source.get("CodeRepository", "CodeConfiguration", "CodeConfigurationValues")
    )
    owner = f"service `{service.address}`"
    platform: Platform = "fargate"
    containers: tuple[Container, ...] = ()
    found: tuple[Variable, ...] = variables(
        draft, service, settings.get("RuntimeEnvironmentVariables"), owner, "", service.condition, platform
    )
    if not image.absent:
        container = Container(
            resource=service,
            name=service.address,
            part="container",
            at=image,
            condition=service.condition,
            platform=platform,
            image=image.get("ImageIdentifier"),
            # An instance always has a size: 1 vCPU and 2 GB where none is chosen (API reference, InstanceConfiguration).
            memory_limit=or_else(service.get("InstanceConfiguration", "Memory"), known("2 GB", at=image)),
            cpu_limit=or_else(service.get("InstanceConfiguration", "Cpu"), known("1 vCPU", at=image)),
            variables=found,
            secrets=settings.get("RuntimeEnvironmentSecrets"),
            command=settings.get("StartCommand"),
        )
        containers = (draft.add(container),)
    workload = draft.add(
        Workload(
            resource=service,
            name=service.address,
            at=service.properties,
            condition=service.condition,
            platform=platform,
            platform_value=known("App Runner", at=source),
            kind=service.type,
            containers=containers,
            role=service.get("InstanceConfiguration", "InstanceRoleArn"),
            execution_role=source.get("AuthenticationConfiguration", "AccessRoleArn"),
        )
    )
    for container in containers:
        draft.connect(workload, "contains", container)

"""Code that runs: workloads, their containers, functions and variables."""

from __future__ import annotations

from typing import Literal

from fourfold.model.nodes.node import NOTHING, Node
from fourfold.model.value import Value

Platform = Literal[
    "lambda-zip", "lambda-image", "fargate", "ecs-ec2", "eks-node", "eks-fargate", "ec2", "compose", "unknown"
]
"""Who runs the code, and so who is responsible for what below it.

`unknown` where the sources do not say (a task definition without its service, that is compatible with both).
"""


class Workload(Node, frozen=True, kw_only=True, eq=False):
    """A unit that is deployed and scaled as one: a Lambda function, an ECS task, a pod template, an instance."""

    platform: Platform
    platform_value: Value = NOTHING
    """What decides the platform (`RequiresCompatibilities`, `PackageType`, ...)."""
    kind: str
    """What the source calls it: `AWS::ECS::TaskDefinition`, `Deployment`, `Pod`, ..."""
    containers: tuple[Container, ...] = ()
    role: Value = NOTHING
    """The identity its code has: task role, function role, service account, instance profile."""
    execution_role: Value = NOTHING
    """The identity the platform uses to start it (ECS execution role)."""
    network_mode: Value = NOTHING
    """`awsvpc`, `bridge`, `host`, `none`; for pods `host` where hostNetwork is true."""
    host_pid: Value = NOTHING
    host_ipc: Value = NOTHING
    host_network: Value = NOTHING
    automount_token: Value = NOTHING
    """Kubernetes: whether the service account's token is mounted; stands for true where absent."""
    host_users: Value = NOTHING
    """Kubernetes: whether the pod shares the host's user namespace; stands for true where absent."""
    selinux: Value = NOTHING
    """Kubernetes: seLinuxOptions of the pod, which count for its volumes and for containers without their own."""
    sysctls: Value = NOTHING
    """A list of `name` and `value`."""
    operating_system: Value = NOTHING
    """Kubernetes: `os.name` (`linux`, `windows`)."""
    volumes: tuple[Volume, ...] = ()
    tasks_desired: Value = NOTHING
    """How many copies are asked for (`DesiredCount`, `replicas`)."""
    metadata_tokens: Value = NOTHING
    """EC2: `HttpTokens` of the instance metadata service; `required` is version 2 only."""
    metadata_hops: Value = NOTHING
    """EC2: how many hops an answer of the instance metadata service may take; a container is one hop away."""
    metadata_endpoint: Value = NOTHING
    """EC2: `enabled` or `disabled`."""


class Launch(Node, frozen=True, kw_only=True, eq=False):
    """What starts a workload and decides where it runs: an ECS service, a task set, a scheduled rule, a scaling group.

    It has the edge `runs` to each workload, and `attached` to the interface it gives them.
    """

    kind: str
    """The resource's type: `AWS::ECS::Service`, `AWS::Events::Rule`, `AWS::AutoScaling::AutoScalingGroup`, ..."""
    cluster: Value = NOTHING
    launch_type: Value = NOTHING
    """ECS: `FARGATE`, `EC2` or `EXTERNAL`, as it is written."""
    desired: Value = NOTHING
    execute_command: Value = NOTHING
    """ECS: whether people may open a shell in its containers (ECS Exec); stands for false where absent."""


class Volume(Node, frozen=True, kw_only=True, eq=False):
    """Storage that a workload mounts."""

    kind: str = ""
    """What the source calls it: `emptyDir`, `hostPath`, `secret`, ..."""
    host_path: Value = NOTHING
    """Path on the host, where it is the host's."""
    encrypted_in_transit: Value = NOTHING
    """EFS: whether traffic is encrypted."""
    file_system: Value = NOTHING
    """EFS: which file system."""


class Container(Node, frozen=True, kw_only=True, eq=False):
    """A process with its own file system, in a workload or described by one."""

    workload: Workload | None = None
    """Filled by `graph.workload_of(container)`; None while the workload is being built."""
    platform: Platform
    role: Literal["main", "init", "sidecar"] = "main"
    image: Value = NOTHING
    user: Value = NOTHING
    """As the workload asks for it: `1000`, `app`, `1000:1000`. Kubernetes: runAsUser, of the container or its pod."""
    non_root: Value = NOTHING
    """Kubernetes: runAsNonRoot, of the container or its pod."""
    read_only_root: Value = NOTHING
    privileged: Value = NOTHING
    privilege_escalation: Value = NOTHING
    """Whether a process may gain more rights than its parent (no_new_privs off); stands for true where absent."""
    capabilities_add: Value = NOTHING
    capabilities_drop: Value = NOTHING
    seccomp: Value = NOTHING
    """Profile type: `RuntimeDefault`, `Unconfined`, `Localhost`; NOTHING where the platform cannot set one."""
    apparmor: Value = NOTHING
    """Profile type, as with seccomp."""
    security_options: Value = NOTHING
    """Docker's list of options that the last three are read from; NOTHING where each is a setting of its own."""
    selinux: Value = NOTHING
    """Kubernetes: seLinuxOptions, of the container or its pod (as a whole)."""
    proc_mount: Value = NOTHING
    """Kubernetes: `Default` or `Unmasked`."""
    host_process: Value = NOTHING
    """Windows: whether it runs as a process of the host."""
    memory_limit: Value = NOTHING
    """Hard limit on the container, or on its task where the platform takes it there."""
    cpu_limit: Value = NOTHING
    log_configuration: Value = NOTHING
    """Where standard output goes; NOTHING where the platform always collects it."""
    health_check: Value = NOTHING
    variables: tuple[Variable, ...] = ()
    secrets: Value = NOTHING
    """What the platform injects from a secret store: a list of names with where each comes from."""
    variables_from: Value = NOTHING
    """Lists of variables that are kept elsewhere: Kubernetes' `envFrom`."""
    ports: Value = NOTHING
    mounts: Value = NOTHING
    command: Value = NOTHING


class Function(Node, frozen=True, kw_only=True, eq=False):
    """A Lambda function."""

    workload: Workload
    runtime: Value = NOTHING
    package_type: Value = NOTHING
    handler: Value = NOTHING
    code: Value = NOTHING
    image: Value = NOTHING
    """`lambda-image`: the reference of its image."""
    timeout_s: Value = NOTHING
    memory_mb: Value = NOTHING
    role: Value = NOTHING
    variables: tuple[Variable, ...] = ()
    variables_key: Value = NOTHING
    """KMS key that encrypts the variables at rest; absent: a key AWS owns."""
    subnets: Value = NOTHING
    security_groups: Value = NOTHING
    tracing: Value = NOTHING
    """`Active` or `PassThrough`."""
    dead_letter: Value = NOTHING
    """Queue or topic that takes events it could not handle."""
    on_failure: Value = NOTHING
    """Destination of failed asynchronous calls (its EventInvokeConfig's `OnFailure`)."""
    log_group: Value = NOTHING
    """Log group it is told to write to; absent: `/aws/lambda/<name>`, made by the service, never expiring."""
    reserved_concurrency: Value = NOTHING
    architectures: Value = NOTHING
    code_signing: Value = NOTHING
    layers: Value = NOTHING


class Variable(Node, frozen=True, kw_only=True, eq=False):
    """An environment variable, a build argument, or another named setting that reaches the code in clear."""

    value: Value
    owner: str
    """What it belongs to, for sentences: "container `orders`"."""
    position: Literal[
        "environment",
        "build-argument",
        "image-environment",
        "build-stage",
        "user-data",
        "parameter-default",
        "config-map",
        "secret-manifest",
        "state",
    ] = "environment"
    """`build-stage`: it is used while an image is built, and is no part of what is shipped.
    `config-map`, `secret-manifest`: an entry of a Kubernetes ConfigMap or Secret that is written in a file.
    `state`: an attribute in a state of Terraform's that is marked as sensitive, or told by its name or form."""
    platform: Platform = "unknown"

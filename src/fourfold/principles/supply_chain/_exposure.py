"""Where a variable in clear can be seen, by position and platform.

Sources: https://docs.aws.amazon.com/AmazonECS/latest/developerguide/security-iam-bestpractices.html (secrets),
https://docs.aws.amazon.com/lambda/latest/dg/configuration-envvars.html, proc(5) on /proc/PID/environ,
https://docs.docker.com/reference/cli/docker/inspect/ and .../engine/network/links/ (variables of linked containers).
"""

from __future__ import annotations

from fourfold.model.nodes import Variable

_PROCESS = (
    "the process's environment (`/proc/PID/environ`), its children, and crash dumps and debug pages that print it"
)
_HISTORY = "the file and its history in version control"

_BY_PLATFORM: dict[str, tuple[str, ...]] = {
    "ecs": (
        "the ECS API and console (`ecs:DescribeTaskDefinition`), in every revision",
        "`docker inspect` and the ECS agent's metadata on the host",
        "containers linked to this one, which get its variables",
        _PROCESS,
    ),
    "fargate": (
        "the ECS API and console (`ecs:DescribeTaskDefinition`), in every revision",
        _PROCESS,
    ),
    "lambda": (
        "the Lambda API and console (`lambda:GetFunctionConfiguration`), in every published version",
        _PROCESS,
    ),
    "eks": (
        "the Kubernetes API (`get pods`) and etcd",
        "the container runtime on the node (`crictl inspect`)",
        _PROCESS,
    ),
    "compose": ("`docker inspect`", "containers linked to this one, which get its variables", _PROCESS),
}

_BY_POSITION: dict[str, tuple[str, ...]] = {
    "image-environment": (
        "the image's configuration and history, for everyone who may pull it",
        "`docker inspect` wherever it runs",
        _PROCESS,
    ),
    "build-argument": ("the image's history (`docker history`), for everyone who may pull it", "build logs and caches"),
    "build-stage": ("build logs and caches",),
    "user-data": (
        "the EC2 API (`ec2:DescribeInstanceAttribute`)",
        "the instance metadata service, for every process on the instance",
    ),
    "config-map": ("the Kubernetes API (`get configmaps`) and etcd", "every pod that mounts it"),
    "secret-manifest": ("the Kubernetes API (`get secrets`); base64 is no encryption",),
    "state": ("the state, its backups and its backend, for everyone who may read them",),
    "parameter-default": ("the CloudFormation API and console (`cloudformation:GetTemplate`)",),
}


def seen_in(variable: Variable) -> list[str]:
    """The places where the value can be read, besides the running program."""
    if variable.position != "environment":
        return [*_BY_POSITION[variable.position], _HISTORY]
    platform = variable.platform
    family = (
        "fargate"
        if platform == "fargate"
        else "lambda"
        if platform.startswith("lambda")
        else "eks"
        if platform.startswith("eks")
        else "compose"
        if platform == "compose"
        else "ecs"
    )
    return [*_BY_PLATFORM[family], _HISTORY]

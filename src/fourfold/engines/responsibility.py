"""The responsibility matrix: for each workload and layer whose part it is, AWS's or yours, and why.

The platform decides most of it (`knowledge/responsibility.toml`); what the workload itself says can move a layer: a
runtime past its end of support, or held at one version, is nobody's to patch but yours.
"""

from __future__ import annotations

from collections.abc import Iterable

import msgspec

from fourfold.knowledge.responsibility import Layer, Share, Who, layers
from fourfold.knowledge.support import lambda_runtime, today
from fourfold.model.graph import Graph
from fourfold.model.nodes import Function, Workload
from fourfold.model.value import Known, Value

_RUNTIMES = "https://docs.aws.amazon.com/lambda/latest/dg/runtimes-update.html"
_CANDIDATES = {
    "AWS::ECS::TaskDefinition": ("fargate", "ecs-ec2"),
    "AWS::Batch::JobDefinition": ("fargate", "ecs-ec2"),
    "AWS::Lambda::Function": ("lambda-zip", "lambda-image"),
}
_PODS = ("eks-node", "eks-fargate")


class Row(msgspec.Struct, frozen=True):
    """Whose part one layer of one workload is."""

    address: str
    """The workload's logical address."""
    kind: str
    """What the source calls it."""
    file: str
    line: int
    platform: str
    layer: str
    """Id of the layer."""
    title: str
    """The layer in words."""
    who: Who
    reason: str
    source: str
    """The page that says so."""


def matrix(graph: Graph) -> list[Row]:
    """One row for each workload and layer, layers from the data down to the hardware."""
    functions = {id(f.workload): f for f in graph.of(Function)}
    rows: list[Row] = []
    for workload in graph.of(Workload):
        function = functions.get(id(workload))
        span = workload.resource.span
        for layer in layers():
            share = (_of_runtime(function) if layer.id == "runtime" and function is not None else None) or _share(
                workload, layer
            )
            rows.append(
                Row(
                    address=workload.address,
                    kind=workload.kind,
                    file=span.file,
                    line=span.line,
                    platform=workload.platform,
                    layer=layer.id,
                    title=layer.title,
                    who=share.who,
                    reason=share.reason,
                    source=share.source,
                )
            )
    return rows


def _share(workload: Workload, layer: Layer) -> Share:
    if workload.platform != "unknown":
        return layer.shares[workload.platform]
    candidates = _CANDIDATES.get(
        workload.kind, _PODS if workload.resource.format == "kubernetes" else tuple(layer.shares)
    )
    shares = [layer.shares[platform] for platform in candidates]
    first = shares[0]
    if all(share.who == first.who for share in shares):
        return first
    parts = _sentence((platform, share.who) for platform, share in zip(candidates, shares, strict=True))
    return Share("unknown", f"it is not said where this runs: {parts}", first.source)


def _sentence(parts: Iterable[tuple[str, Who]]) -> str:
    names = {"aws": "AWS", "you": "you", "both": "both", "unknown": "unknown"}
    by_who: dict[str, list[str]] = {}
    for platform, who in parts:
        by_who.setdefault(names[who], []).append(platform)
    return ", ".join(f"{who} on {' and '.join(found)}" for who, found in by_who.items())


def _of_runtime(function: Function) -> Share | None:
    """What the function's own settings change about its runtime; None where they change nothing, or are not known."""
    if function.workload.platform != "lambda-zip":
        return None
    name = _known(function.runtime)
    if name.startswith("provided"):
        return Share("you", f"`{name}` has no language runtime: it comes with the code", _RUNTIMES)
    runtime = lambda_runtime(name)
    if runtime is not None and today() >= runtime.deprecated:
        return Share("you", f"AWS does not patch `{name}` since {runtime.deprecated}", runtime.source)
    if _known(function.resource.get("RuntimeManagementConfig", "UpdateRuntimeOn")) == "Manual":
        return Share(
            "you", "the function is held at one version of its runtime, which AWS then does not replace", _RUNTIMES
        )
    return None


def _known(value: Value) -> str:
    return str(value.value) if isinstance(value, Known) and value.value is not None else ""

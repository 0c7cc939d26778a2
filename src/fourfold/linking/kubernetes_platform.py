"""Who runs a pod: a shared Linux node (`eks-node`), or AWS Fargate (`eks-fargate`).

Manifests hardly say it. A pod goes to Fargate where a Fargate profile of the scan selects it
(https://docs.aws.amazon.com/eks/latest/userguide/fargate-profile.html) or where it is marked with the label or the
scheduler that EKS gives to such pods; everything else is taken for a pod on a node, whoever keeps the cluster.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from fnmatch import fnmatchcase

import msgspec

from fourfold.linking.draft import Draft
from fourfold.linking.kubernetes_names import namespace_of
from fourfold.model.condition import TRUE
from fourfold.model.nodes import Platform
from fourfold.model.nodes.node import NOTHING
from fourfold.model.resource import Resource
from fourfold.model.value import Known, Value, known


class _Selector(msgspec.Struct, frozen=True):
    namespace: str
    labels: dict[str, str]
    at: Value


class Profiles:
    """The selectors of all Fargate profiles of one scan; `*` and `?` stand for characters in namespace and labels."""

    def __init__(self, draft: Draft) -> None:
        self._selectors = [*_of_cloudformation(draft), *_of_eksctl(draft)]

    def platform(self, resource: Resource, template: Value) -> tuple[Platform, Value]:
        """The platform of a pod template, and what decides it."""
        labels = template.get("metadata", "labels")
        marked = labels.get("eks.amazonaws.com/compute-type")
        scheduler = template.get("spec", "schedulerName")
        if marked.surely("fargate"):
            return "eks-fargate", marked
        if scheduler.surely("fargate-scheduler"):
            return "eks-fargate", scheduler
        for selector in self._selectors:
            if fnmatchcase(namespace_of(resource), selector.namespace) and all(
                fnmatchcase(str(labels.get(key).plain() or ""), pattern) for key, pattern in selector.labels.items()
            ):
                return "eks-fargate", selector.at
        return "eks-node", NOTHING


def _of_cloudformation(draft: Draft) -> Iterator[_Selector]:
    for profile in draft.of_type("AWS::EKS::FargateProfile"):
        for when, item in profile.get("Selectors").elements(profile.condition):
            labels = [(label.get("Key"), label.get("Value")) for _, label in item.get("Labels").elements()]
            if when == TRUE:
                yield from _selector(item, item.get("Namespace"), labels)


def _of_eksctl(draft: Draft) -> Iterator[_Selector]:
    """Profiles of an eksctl configuration file (https://eksctl.io/usage/fargate-support/)."""
    for config in draft.of_type("eksctl.io/v1alpha5/ClusterConfig"):
        for _, profile in config.get("fargateProfiles").elements():
            for _, item in profile.get("selectors").elements():
                labels = [(known(key), value) for _, key, value in item.get("labels").pairs()]
                yield from _selector(item, item.get("namespace"), labels)


def _selector(item: Value, namespace: Value, labels: Sequence[tuple[Value, Value]]) -> Iterator[_Selector]:
    """Nothing where a part is not known: then it cannot be said what it selects."""
    if isinstance(namespace, Known) and all(isinstance(v, Known) for pair in labels for v in pair):
        yield _Selector(str(namespace.value), {str(k.plain()): str(v.plain()) for k, v in labels}, item)

"""Resources to the graph: builds the nodes, resolves references between them, applies the services' defaults.

One module per vocabulary: `aws_*` for CloudFormation's, `kubernetes`, `compose`, `images`. Each adds nodes to a
`Draft`; `link` freezes it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable

from fourfold.linking import (
    aws_compute,
    aws_data,
    aws_edges,
    aws_entry,
    aws_exports,
    aws_identity,
    aws_network,
    aws_watch,
    compose,
    images,
    kubernetes,
    kubernetes_rbac,
    terraform_state,
)
from fourfold.linking.draft import Draft
from fourfold.model.graph import Graph
from fourfold.model.resource import Resource

STEPS: tuple[Callable[[Draft], None], ...] = (
    aws_exports.add,
    aws_identity.add,
    aws_compute.add,
    aws_entry.add,
    aws_data.add,
    aws_watch.add,
    aws_network.add,
    kubernetes.add,
    kubernetes_rbac.add,
    compose.add,
    aws_edges.add,
    images.add,
    terraform_state.add,
)
"""In this order: later steps may look up nodes of earlier ones."""


def link(resources: Iterable[Resource]) -> Graph:
    """The graph of all resources of one scan."""
    draft = Draft(resources)
    for step in STEPS:
        step(draft)
    return draft.freeze()

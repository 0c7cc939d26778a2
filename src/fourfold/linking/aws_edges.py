"""Edges between AWS nodes of different steps: who they run as, what encrypts them, where they log to.

Runs last: every node is there. An edge says that a relation is written; the conditions under which it holds are those of
the value it is written in.
"""

from __future__ import annotations

from collections.abc import Iterable

from fourfold.linking.aws_identity import identity_of
from fourfold.linking.aws_values import nodes_behind, targets
from fourfold.linking.draft import Draft
from fourfold.model.nodes import Container, DataStore, Entry, Function, Gateway, Key, LogSink, Node, Secret, Workload
from fourfold.model.value import Known, Ref, Text, Value

FUNCTION_LOGS = "/aws/lambda/"
"""Lambda Developer Guide, "Sending Lambda function logs to CloudWatch Logs": the group named after the function."""


_LINKED = frozenset({Workload, Function, Container, Gateway, Entry, DataStore, Secret, LogSink})


def add(draft: Draft) -> None:
    """All of them."""
    groups = _groups(draft)
    for node in tuple(draft.nodes):
        if type(node) in _LINKED and node.resource.type.startswith("AWS::"):
            _link(draft, node, groups)


def _link(draft: Draft, node: Node, groups: dict[str, LogSink]) -> None:
    if isinstance(node, Workload):
        _identities(draft, node, node.role, "runs_as")
        _identities(draft, node, node.execution_role, "starts_as")
    elif isinstance(node, Function):
        _identities(draft, node, node.role, "runs_as")
        _connect(draft, node, "encrypted_by", node.variables_key, Key)
        _function_logs(draft, node, groups)
    elif isinstance(node, Container):
        _container_logs(draft, node, groups)
    elif isinstance(node, Gateway):
        _connect(draft, node, "logs_to", node.access_log, LogSink, DataStore)
    elif isinstance(node, Entry):
        _routes(draft, node)
    elif isinstance(node, (DataStore, Secret, LogSink)):
        _connect(draft, node, "encrypted_by", node.kms_key, Key)
        if isinstance(node, DataStore):
            _connect(draft, node, "logs_to", node.access_log, LogSink, DataStore)
        elif isinstance(node, LogSink):
            _connect(draft, node, "logs_to", node.destination, LogSink, DataStore)


def _identities(draft: Draft, node: Node, value: Value, kind: str) -> None:
    if value.absent:
        return
    for _, side in value.alternatives():
        identity = identity_of(draft, side)
        if identity is not None:
            draft.connect(node, kind, identity, value.span)


def _connect(draft: Draft, node: Node, kind: str, value: Value, *kinds: type[Node]) -> None:
    for target in kinds:
        for found in nodes_behind(draft, value, target):
            if found is not node:
                draft.connect(node, kind, found, value.span)


def _routes(draft: Draft, entry: Entry) -> None:
    """To the workload and the function, the store, the load balancer, listener or function URL behind an entry."""
    for target in targets(draft, entry.target):
        for node in draft.by_resource.get(target.key, ()):
            another = node.resource is not entry.resource
            if (
                isinstance(node, (Workload, Function, DataStore))
                or (isinstance(node, Gateway) and another)
                or (isinstance(node, Entry) and another and node.kind in ("function-url", "listener"))
            ):
                draft.connect(entry, "routes_to", node, entry.target.span)


# -- logs ----------------------------------------------------------------------------------------------------------------


def _groups(draft: Draft) -> dict[str, LogSink]:
    """Log groups by what their name says: the name itself, or the key of the function that it is named after."""
    out: dict[str, LogSink] = {}
    for node in draft.nodes:
        if not isinstance(node, LogSink) or node.kind != "log-group":
            continue
        for _, name in node.resource.get("LogGroupName").alternatives():
            if isinstance(name, Known):
                out.setdefault(str(name.value), node)
            elif isinstance(name, Text) and len(name.parts) == 2 and name.parts[0] == FUNCTION_LOGS:
                function = name.parts[1]
                if isinstance(function, Ref) and not function.attribute:
                    out.setdefault(function.target, node)
    return out


def _function_logs(draft: Draft, function: Function, groups: dict[str, LogSink]) -> None:
    found = list(_sinks(draft, function.log_group, groups))
    if not found and function.log_group.absent:
        names = [function.resource.key]
        written = function.resource.get("FunctionName")
        if isinstance(written, Known):
            names.append(f"{FUNCTION_LOGS}{written.value}")
        found = [groups[name] for name in names if name in groups]
    for sink in found[:1]:
        draft.connect(function, "logs_to", sink)
        draft.connect(function.workload, "logs_to", sink)


def _container_logs(draft: Draft, container: Container, groups: dict[str, LogSink]) -> None:
    group = container.log_configuration.get("Options", "awslogs-group")
    for sink in _sinks(draft, group, groups):
        draft.connect(container, "logs_to", sink, group.span)


def _sinks(draft: Draft, value: Value, groups: dict[str, LogSink]) -> Iterable[LogSink]:
    yield from nodes_behind(draft, value, LogSink)
    for _, side in value.alternatives():
        if isinstance(side, Known) and str(side.value) in groups:
            yield groups[str(side.value)]

"""What the generators of moves ask: the graph, who may do what, and what reaches what, each computed when first needed."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from functools import cache, cached_property, lru_cache
from typing import Any, Literal

from msgspec import structs

from fourfold.engines.iam import ask
from fourfold.engines.iam.ask import Access
from fourfold.engines.iam.escalation import Escalation, Escalations
from fourfold.engines.iam.estate import Estate, Principal, Target
from fourfold.engines.iam.estate_graph import estate, target_of
from fourfold.engines.iam.ground import Document, plain
from fourfold.engines.network.cluster.build import network as of_cluster
from fourfold.engines.network.cluster.objects import Options
from fourfold.engines.network.cluster.read import clusters
from fourfold.engines.network.network import End, Network
from fourfold.engines.network.vpc.build import network as of_vpcs
from fourfold.engines.network.vpc.read import vpcs
from fourfold.knowledge.iam import glob
from fourfold.knowledge.iam_arns import ANY, intersects
from fourfold.model.graph import Graph
from fourfold.model.nodes import Entry, Function, Identity, NetworkInterface, Node, Workload

_INSIDE = ["10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "100.64.0.0/10", "127.0.0.0/8", "169.254.0.0/16"]
_NOT_THEIRS = (
    "aws:SourceArn", "aws:SourceAccount", "aws:SourceOwner", "aws:SourceOrgID", "aws:SourceOrgPaths", "aws:SourceVpc",
    "aws:SourceVpce", "aws:PrincipalOrgID", "aws:PrincipalOrgPaths",
)  # fmt: skip
"""What a stranger's request never carries, or not with a value that a policy would ask for: AWS sets it for its services,
for requests through the endpoint of a VPC, and for members of an organization."""


@cache
def _strangers(keys: frozenset[str]) -> Document:
    """What no stranger's request carries of these context keys, as a policy that denies it."""
    conditions: list[dict[str, Any]] = [{"Null": {key: "false"}} for key in _NOT_THEIRS if key.lower() in keys]
    if "aws:sourceip" in keys:
        conditions.append({"IpAddress": {"aws:SourceIp": _INSIDE}})
    rows = [{"Effect": "Deny", "Principal": "*", "Action": "*", "Resource": "*", "Condition": c} for c in conditions]
    return plain({"Statement": rows}, "resource", "what no stranger's request carries", lambda _: None)


PAIRS_MAX = 40_000
"""Principals times resources up to which a scan is taken for one account."""


class World:
    """One scan, asked about."""

    def __init__(self, graph: Graph) -> None:
        self.graph = graph
        self._escalations: dict[str, Escalations] = {}
        self._allowed: dict[tuple[str, str, str], list[tuple[tuple[str, ...] | None, tuple[str, ...] | None]]] = {}

    @cached_property
    def estate(self) -> Estate:
        return self.graph.derived(estate)

    @cached_property
    def together(self) -> bool:
        """Whether everything is taken for one account. What holds very much (a collection of examples) is not: there each
        folder stands for itself."""
        principals = sum(p.node is not None for p in self.estate.principals)
        return principals * len(self.estate.targets) <= PAIRS_MAX

    def scope(self, key: str) -> str:
        """The folder that a resource stands for itself with; empty where all are one."""
        return "" if self.together else key.partition("#")[0].rpartition("/")[0]

    @cached_property
    def parts(self) -> dict[str, Estate]:
        """Scope: its principals and targets."""
        if self.together:
            return {"": self.estate}
        found: dict[str, tuple[list[Principal], list[Target]]] = {}
        for principal in self.estate.principals:
            if principal.node is not None:
                found.setdefault(self.scope(principal.node.resource.key), ([], []))[0].append(principal)
        for target in self.estate.targets:
            if target.resource is not None:
                found.setdefault(self.scope(target.resource.key), ([], []))[1].append(target)
        return {
            name: structs.replace(self.estate, principals=tuple(principals), targets=tuple(targets))
            for name, (principals, targets) in found.items()
        }

    def targets_of(self, principal: Principal) -> list[tuple[str, Target]]:
        """What a principal may have to do with, by key."""
        scope = self.scope(principal.node.resource.key) if principal.node is not None else ""
        return self._by_scope.get(scope, [])

    @cached_property
    def _by_scope(self) -> dict[str, list[tuple[str, Target]]]:
        out: dict[str, list[tuple[str, Target]]] = {}
        for key, target in self.targets.items():
            out.setdefault(self.scope(key), []).append((key, target))
        return out

    def escalations(self, principal: Principal) -> Iterator[Escalation]:
        """The ways up that are open to a principal."""
        scope = self.scope(principal.node.resource.key) if principal.node is not None else ""
        if scope not in self._escalations:
            self._escalations[scope] = Escalations(self.graph, self.parts[scope])
        return self._escalations[scope].of(principal)

    @cached_property
    def principals(self) -> dict[str, list[Principal]]:
        """Key of an identity: its principals (several where its name hangs on a condition)."""
        out: dict[str, list[Principal]] = {}
        for one in self.estate.principals:
            if one.node is not None:
                out.setdefault(one.node.key, []).append(one)
        return out

    @cached_property
    def by_arn(self) -> dict[str, Principal]:
        return {one.arn: one for one in self.estate.principals if one.arn and one.node is not None}

    @cached_property
    def targets(self) -> dict[str, Target]:
        """Key of a resource: it as a target of requests."""
        return {one.resource.key: one for one in self.estate.targets if one.resource is not None}

    @cached_property
    def networks(self) -> list[Network]:
        found = [of_cluster(read.cluster, Options(), read.name) for read in clusters(self.graph) if read.cluster.pods]
        inside = vpcs(self.graph)
        return [*found, of_vpcs(inside)] if inside.interfaces else found

    @cached_property
    def ends(self) -> dict[str, tuple[Network, End]]:
        """Key of a resource or interface: its end of a network."""
        return {end.key: (network, end) for network in self.networks for end in network.ends if end.key}

    @cached_property
    def owners(self) -> dict[str, list[Node]]:
        """Key of an end: the workloads and stores it is an interface of."""
        out: dict[str, list[Node]] = {}
        for interface in self.graph.of(NetworkInterface):
            for node in self.graph.into(interface, "attached"):
                out.setdefault(interface.key, []).append(node)
        for workload in self.graph.of(Workload):
            if workload.resource.of_kubernetes:
                out.setdefault(workload.resource.key, []).append(workload)
        return out

    def ends_of(self, node: Node) -> list[tuple[Network, End]]:
        """The ends of a workload or store; a function's are its workload's."""
        if isinstance(node, Function):
            node = node.workload
        keys = [i.key for i in self.graph.out(node, "attached")] or [node.resource.key]
        return [self.ends[key] for key in keys if key in self.ends]

    def identities(self, node: Node) -> list[Identity]:
        """Whom code in it acts as."""
        return [n for n in self.graph.out(node, "runs_as") if isinstance(n, Identity)]

    def can(self, principals: Iterable[Principal], action: str, target: Target) -> list[Access]:
        """Who of them may; those whom no statement can allow it are not even asked about."""
        if not target.policies:
            principals = [p for p in principals if self._may(p, action, target.arn)]
        found = list(principals)
        return ask.can(self.estate, found, action, target) if found else []

    def strangers(self, action: str, target: Target) -> list[Access]:
        """Who may that is neither of the account, nor of its organization, nor a service of AWS."""
        keys = frozenset(c.lower for d in target.policies for s in d.statements for c in s.upper.conditions)
        found = structs.replace(target, policies=(*target.policies, _strangers(keys)))
        return ask.can(self.estate, (ask.ANONYMOUS, ask.EVERYONE), action, found)

    def lets_in(self, entry: Entry) -> Literal["allowed", "denied", "unknown"]:
        """Whether the policy of its API lets in anybody who calls from an address of the internet."""
        if entry.policy is None:
            return "allowed"
        target = target_of(self.graph, entry.policy, "arn:aws:execute-api:eu-west-1:111122223333:api/stage/GET/path")
        found = self.strangers("execute-api:Invoke", target)
        if not found:
            return "denied"
        return "unknown" if all(one.verdict == "unknown" for one in found) else "allowed"

    def _may(self, principal: Principal, action: str, arn: str) -> bool:
        """Whether some statement of its own is about such an action and such a resource."""
        patterns = self._allowed.get(principal.key)
        if patterns is None:
            upper = [s.upper for d in principal.identity for s in d.statements if s.effect == "Allow"]
            patterns = self._allowed[principal.key] = [
                (None if s.not_actions else s.actions, None if s.not_resources else s.resources) for s in upper
            ]
        return any(
            (actions is None or any(_fits(a.lower(), action.lower()) for a in actions))
            and (resources is None or any(_reaches(r, arn) for r in resources))
            for actions, resources in patterns
        )


@lru_cache(maxsize=65536)
def _fits(pattern: str, text: str) -> bool:
    return glob(pattern).fullmatch(text) is not None


@lru_cache(maxsize=65536)
def _reaches(pattern: str, arn: str) -> bool:
    """Whether a resource element may be about the resource, or about something in it."""
    return "${" in pattern or not pattern.strip("*") or intersects(pattern, arn + ANY)

"""Questions about networks: who reaches whom, on which ports, and why.

    from fourfold.network import Reach
    reach = Reach("manifests/")                   # a folder, or a graph of `fourfold.scan(...)`
    reach.allowed("shop/web", "shop/db", "TCP", 5432)      # "allowed", "denied" or "depends"
    reach.pairs()                                 # the whole relation
    reach.why("shop/web", "shop/db", "TCP", 5432).steps
    reach.diff(Reach("changed/"))                 # (what is new, what is gone)

Ends are named `namespace/name[Kind]`; in questions a part that tells is enough (`shop/web`, `web`), or an address, a CIDR
block, or `internet`. What the answers mean is said in `fourfold.engines.network`.
"""

from __future__ import annotations

from pathlib import Path

from fourfold.engines.network.cluster.build import network
from fourfold.engines.network.cluster.profiles import Profile, options_of
from fourfold.engines.network.cluster.read import clusters
from fourfold.engines.network.compose.build import network as of_compose
from fourfold.engines.network.compose.read import projects
from fourfold.engines.network.network import End, Network, Reason
from fourfold.engines.network.reach import Pair, Step, UnknownEndError, Verdict, Why
from fourfold.engines.network.reach import Reach as _Reach
from fourfold.engines.network.vpc.build import network as of_vpcs
from fourfold.engines.network.vpc.read import has_six, vpcs
from fourfold.model.graph import Graph
from fourfold.model.place import Problem

__all__ = ["End", "Network", "Pair", "Profile", "Reach", "Reason", "Step", "UnknownEndError", "Verdict", "Why"]


class Reach(_Reach):
    """The networks of a graph or a folder. `problems` says what of them could not be taken into account.

    `profile` names the network plugin where the specification leaves something open; `ip_block_matches_pods` says besides
    whether an ipBlock takes in addresses of pods.
    Raises NothingToReadError for a folder that does not exist, and ValueError for a profile that does not.
    """

    problems: tuple[Problem, ...]

    def __init__(
        self, source: Graph | str | Path, *, profile: Profile = "spec", ip_block_matches_pods: bool | None = None
    ) -> None:
        problems: list[Problem] = []
        if isinstance(source, Graph):
            graph = source
        else:
            from fourfold.pipeline import graph_of

            graph, problems = graph_of(source)
        options = options_of(profile, block_matches_pods=ip_block_matches_pods)
        found = [read for read in clusters(graph) if read.cluster.pods]
        networks = [network(read.cluster, options, read.name) for read in found]
        networks += [of_compose(project) for project in projects(graph)]
        for six in (False, True):
            if not six or has_six(graph):
                inside = vpcs(graph, six=six)
                if inside.interfaces:
                    networks.append(of_vpcs(inside, "IPv6" if six else ""))
        super().__init__(networks)
        self.problems = (*problems, *(p for read in found for p in read.problems))

"""The network engine on large clusters and VPCs, the search for paths, and np-guard's analyzer on the same manifests.

    python bench/network.py                 # CPU seconds of the whole relation, and peak memory, each in its own process
    python bench/network.py --peer FOLDER   # and network-config-analyzer, from the `bin` of an environment of its own
                                            # (`pip install network-config-analyzer`)
    python bench/network.py --seeds         # and whether the output is the same under several hash seeds

The generated clusters have deployments with replicas, selectors of pods and namespaces, blocks, ranges and named ports;
the VPCs have services of many interfaces, groups that refer to groups, and numbered ACL entries. Of each figure the best
of three runs counts, as other processes only ever make a run slower.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import os
import random
import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

from fourfold.engines.exact.points import network as block
from fourfold.engines.network.boxes import Relation, relation
from fourfold.engines.network.cluster import build as cluster_build
from fourfold.engines.network.cluster.compile import Options
from fourfold.engines.network.cluster.objects import (
    Cluster,
    Expression,
    NamedPort,
    Peer,
    Pod,
    Policy,
    Port,
    Rule,
    Selector,
)
from fourfold.engines.network.network import Network
from fourfold.engines.network.vpc import build as vpc_build
from fourfold.engines.network.vpc.objects import (
    Acl,
    Entry,
    Group,
    GroupRule,
    Interface,
    Peers,
    Route,
    Subnet,
    Table,
    Vpcs,
)
from fourfold.engines.paths.derive import Rules, Step

BARS = {"cluster": 1.0, "vpc": 0.5, "paths": 2.0}
"""CPU seconds that each case must stay below."""
MEMORY_MIB_MAX = 500
PEER_RATIO_MIN = 500
PORTS = (80, 443, 5432, 6379, 8080, 8443, 9090, 9200)
NAMES = ("http", "https", "metrics", "grpc")


def cluster(pods: int, policies: int, seed: int = 7) -> Cluster:
    """A cluster of deployments with some four replicas each, and policies over their labels."""
    rng = random.Random(seed)
    namespaces = {f"ns{i}": {"env": rng.choice(("prod", "test")), "team": f"t{i % 12}"} for i in range(pods // 150 + 3)}
    names = list(namespaces)
    found: list[Pod] = []
    app = 0
    while len(found) < pods:
        labels = {"app": f"a{app}", "tier": rng.choice(("front", "back", "data")), "zone": f"z{rng.randrange(6)}"}
        ports = tuple(NamedPort(n, "TCP", rng.choice(PORTS)) for n in rng.sample(NAMES, rng.randrange(3)))
        one = Pod(rng.choice(names), f"a{app}", "Deployment", labels, ports)
        found += [one] * min(rng.randint(1, 7), pods - len(found))
        app += 1

    def selector() -> Selector:
        if rng.random() < 0.6:
            return Selector((Expression("app", "In", (f"a{rng.randrange(app)}",)),))
        key, values = rng.choice((("tier", ("front", "back", "data")), ("zone", tuple(f"z{i}" for i in range(6)))))
        return Selector((Expression(key, "In", (rng.choice(values),)),))

    def peer() -> Peer:
        kind = rng.random()
        if kind < 0.5:
            return Peer(pods=selector())
        if kind < 0.75:
            return Peer(pods=selector(), namespaces=Selector((Expression("team", "In", (f"t{rng.randrange(12)}",)),)))
        if kind < 0.85:
            return Peer(namespaces=Selector((Expression("env", "In", (rng.choice(("prod", "test")),)),)))
        high = rng.randrange(16)
        return Peer(block=f"172.{16 + high}.0.0/16", excepted=(f"172.{16 + high}.{rng.randrange(255)}.0/24",))

    def port() -> Port:
        kind = rng.random()
        if kind < 0.7:
            return Port("TCP", rng.choice(PORTS))
        if kind < 0.85:
            low = rng.randrange(8000, 9000, 50)
            return Port("TCP", low, low + 100)
        return Port("TCP", name=rng.choice(NAMES))

    def rules() -> tuple[Rule, ...]:
        return tuple(
            Rule(tuple(peer() for _ in range(rng.randint(1, 3))), tuple(port() for _ in range(rng.randint(1, 3))))
            for _ in range(rng.randint(1, 3))
        )

    made = [
        Policy(
            rng.choice(names), f"p{i}", selector(), rules() if rng.random() < 0.7 else None, None if i % 3 else rules()
        )
        for i in range(policies)
    ]
    return Cluster(tuple(found), tuple(made), namespaces)


def vpc(interfaces: int, groups: int, acls: int, subnets: int = 60, seed: int = 7) -> Vpcs:
    """One VPC of services: interfaces with the same groups in some subnets; tiers refer to each other's groups."""
    rng = random.Random(seed)
    tcp = [(p, p) for p in PORTS] + [(8000, 8100), (30000, 32767)]

    def peers() -> Peers:
        if rng.random() < 0.6:
            return Peers(group=f"sg{rng.randrange(groups)}")
        return Peers((block(rng.choice(("10.0.0.0/8", "0.0.0.0/0", f"10.0.{rng.randrange(subnets)}.0/24"))),))

    def group(name: str) -> Group:
        rules = [GroupRule("ingress", "TCP", *rng.choice(tcp), peers()) for _ in range(rng.randint(1, 5))]
        out = Peers((block("0.0.0.0/0"),))
        rules.append(GroupRule("egress", "*", -1, -1, out if rng.random() < 0.8 else peers()))
        return Group(name, name, tuple(rules))

    def acl(name: str) -> Acl:
        entries = []
        for way in ("ingress", "egress"):
            for number in range(1, rng.randint(3, 8)):
                low, high = rng.choice(tcp)
                inside = (block(f"10.0.{rng.randrange(subnets)}.0/24"),)
                entries.append(Entry(way, number, rng.random() < 0.6, "TCP", low, high, inside))  # type: ignore[arg-type]
            entries.append(Entry(way, 100, True, "*", -1, -1, (block("0.0.0.0/0"),)))  # type: ignore[arg-type]
        return Acl(name, name, tuple(entries))

    placed: list[Interface] = []
    while len(placed) < interfaces:
        own = tuple(f"sg{rng.randrange(groups)}" for _ in range(rng.randint(1, 3)))
        where = rng.sample(range(subnets), 3)
        for _ in range(min(rng.randint(1, 12), interfaces - len(placed))):
            placed.append(Interface(f"eni{len(placed)}", f"s{rng.choice(where)}", own))
    tables = {"t": Table("t", "t", (Route(block("0.0.0.0/0"), "internet", "igw"),))}
    return Vpcs(
        {"vpc": (block("10.0.0.0/16"),)},
        {
            f"s{i}": Subnet(f"s{i}", f"s{i}", "vpc", (block(f"10.0.{i}.0/24"),), f"acl{i % acls}", "t")
            for i in range(subnets)
        },
        tuple(placed),
        {f"sg{i}": group(f"sg{i}") for i in range(groups)},
        {f"acl{i}": acl(f"acl{i}") for i in range(acls)},
        tables,
    )


def steps(facts: int, seed: int = 7) -> list[Step]:
    """Steps of one to three premises that derive all facts, three for every two of them."""
    rng = random.Random(seed)
    out = [Step(fact, tuple({rng.randrange(max(0, fact - 5_000), fact)}), 1) for fact in range(1, facts)]
    for _ in range(facts // 2):
        fact = rng.randrange(3, facts)
        out.append(Step(fact, tuple({rng.randrange(fact) for _ in range(rng.randint(2, 3))}), rng.randint(1, 3)))
    return out


def digest(found: Relation) -> str:
    """The relation as one short text."""
    return hashlib.sha256(repr(found.columns).encode()).hexdigest()[:16]


def of_network(make: Any) -> tuple[float, str]:
    """(CPU seconds from objects to the whole relation, digest)"""
    begin = time.process_time()
    network: Network = make()
    found = relation(network.layers, network.size, network.ports.all)
    return time.process_time() - begin, digest(found)


def of_paths(facts: int) -> tuple[float, str]:
    """(CPU seconds of one search over all facts, without making the index that all searches share, digest)"""
    rules = Rules(steps(facts))
    begin = time.process_time()
    best = rules.best({0: 0})
    seconds = time.process_time() - begin
    assert len(best.cost) == facts
    return seconds, hashlib.sha256(repr(sorted(best.by.items())).encode()).hexdigest()[:16]


def case(name: str) -> dict[str, Any]:
    """One case, three times: the best CPU seconds, the digest and this process's peak memory."""
    if name == "cluster":
        of = cluster(10_000, 2_000)
        runs = [of_network(lambda: cluster_build.network(of, Options())) for _ in range(3)]
    elif name == "vpc":
        inside = vpc(5_000, 2_000, 20)
        runs = [of_network(lambda: vpc_build.network(inside)) for _ in range(3)]
    else:
        runs = [of_paths(200_000) for _ in range(3)]
    memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    return {"cpu_s": min(s for s, _ in runs), "digest": runs[0][1], "memory_mib": memory}


def apart(name: str, hash_seed: str = "0") -> dict[str, Any]:
    """A case in a process of its own."""
    environment = {**os.environ, "PYTHONHASHSEED": hash_seed}
    out = subprocess.run(
        [sys.executable, __file__, "--case", name], capture_output=True, text=True, check=True, env=environment
    )
    return dict(json.loads(out.stdout))


# -- the peer --------------------------------------------------------------------------------------------------------------


def manifests(of: Cluster) -> list[dict[str, Any]]:
    """The cluster as Kubernetes objects."""

    def labels(selector: Selector | None) -> dict[str, Any]:
        return {"matchLabels": {e.key: e.values[0] for e in selector.expressions}} if selector else {}

    def peer(one: Peer) -> dict[str, Any]:
        if one.block:
            return {"ipBlock": {"cidr": one.block, "except": list(one.excepted)}}
        parts = {"podSelector": one.pods, "namespaceSelector": one.namespaces}
        return {key: labels(selector) for key, selector in parts.items() if selector is not None}

    def port(one: Port) -> dict[str, Any]:
        out: dict[str, Any] = {"protocol": one.protocol, "port": one.name or one.port}
        return {**out, "endPort": one.last} if one.last else out

    out: list[dict[str, Any]] = [
        {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": name, "labels": dict(of.labels_of(name))}}
        for name in of.namespaces
    ]
    replicas: dict[str, int] = {}
    for pod in of.pods:
        replicas[pod.name] = replicas.get(pod.name, 0) + 1
    for pod in {pod.name: pod for pod in of.pods}.values():
        ports = [{"name": p.name, "containerPort": p.port, "protocol": p.protocol} for p in pod.ports]
        template = {
            "metadata": {"labels": dict(pod.labels)},
            "spec": {"containers": [{"name": "c", "image": "c", "ports": ports}]},
        }
        out.append({
            "apiVersion": "apps/v1", "kind": "Deployment",
            "metadata": {"name": pod.name, "namespace": pod.namespace, "labels": dict(pod.labels)},
            "spec": {"replicas": replicas[pod.name], "selector": {"matchLabels": dict(pod.labels)}, "template": template},
        })  # fmt: skip
    for policy in of.policies:
        spec: dict[str, Any] = {"podSelector": labels(policy.pods), "policyTypes": []}
        for way, kind, side in (("ingress", "Ingress", "from"), ("egress", "Egress", "to")):
            rules = policy.rules(way)  # type: ignore[arg-type]
            if rules is not None:
                spec["policyTypes"].append(kind)
                spec[way] = [
                    {side: [peer(p) for p in r.peers or ()], "ports": [port(p) for p in r.ports or ()]} for r in rules
                ]
        out.append({
            "apiVersion": "networking.k8s.io/v1", "kind": "NetworkPolicy",
            "metadata": {"name": policy.name, "namespace": policy.namespace}, "spec": spec,
        })  # fmt: skip
    return out


def against(peer: Path, pods: int, policies: int) -> tuple[float, float, float]:
    """(CPU seconds of the peer's command, of the engine alone, of `fourfold net pairs` as a command)"""
    of = cluster(pods, policies)
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder, "cluster.yaml")
        file.write_text("\n---\n".join(json.dumps(one) for one in manifests(of)))
        theirs = command([str(peer / "nca"), "--connectivity", folder, "-r", folder])
        whole = command([sys.executable, "-m", "fourfold", "net", "pairs", folder])
    mine = min(of_network(lambda: cluster_build.network(of, Options()))[0] for _ in range(3))
    return theirs, mine, whole


def command(arguments: list[str]) -> float:
    """CPU seconds of a command."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    done = subprocess.run(arguments, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True, check=False)
    if done.returncode not in (0, 1):
        raise SystemExit(f"`{arguments[0]}` failed: {done.stderr[-400:]}")
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


def main() -> int:
    """Print all figures; 1 where one misses its bar."""
    options = argparse.ArgumentParser(description="Figures of the network engine.")
    options.add_argument("--case", choices=tuple(BARS), help=argparse.SUPPRESS)
    options.add_argument("--peer", type=Path, metavar="FOLDER", help="the `bin` that holds `nca`")
    options.add_argument("--seeds", action="store_true", help="compare the output under several hash seeds")
    chosen = options.parse_args()
    if chosen.case:
        print(json.dumps(case(chosen.case)))
        return 0
    missed = 0
    for name, bar_s in BARS.items():
        found = apart(name)
        good = found["cpu_s"] < bar_s and found["memory_mib"] < MEMORY_MIB_MAX
        missed += not good
        print(
            f"{name:8} {found['cpu_s']:6.3f} CPU s (bar {bar_s}), {found['memory_mib']:4.0f} MiB "
            f"(bar {MEMORY_MIB_MAX}){'' if good else '  MISSED'}"
        )
        if chosen.seeds:
            same = {apart(name, seed)["digest"] for seed in ("1", "2", "77")} == {found["digest"]}
            missed += not same
            print(f"{'':8} {'the same' if same else 'NOT the same'} under four hash seeds")
    if chosen.peer:
        for pods, policies in ((200, 40), (400, 80)):
            theirs, mine, whole = against(chosen.peer, pods, policies)
            missed += theirs < PEER_RATIO_MIN * mine
            print(
                f"{pods:5} pods x {policies} policies: peer {theirs:6.1f} CPU s, engine {mine:7.4f} s "
                f"({theirs / mine:6.0f} times; bar {PEER_RATIO_MIN}), `fourfold net pairs` {whole:5.2f} s"
            )
    return 1 if missed else 0


if __name__ == "__main__":
    sys.exit(main())

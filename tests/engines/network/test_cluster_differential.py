"""The boxes of a cluster against the documentation read literally: every pair of pods and addresses, every port."""

from random import Random

from hypothesis import given, settings
from hypothesis import strategies as st

from fourfold.engines.exact.points import V6, network
from fourfold.engines.network.boxes import relation
from fourfold.engines.network.cluster import spec
from fourfold.engines.network.cluster.compile import compile_
from fourfold.engines.network.cluster.objects import (
    AdminPolicy,
    AdminRule,
    Cluster,
    Expression,
    NamedPort,
    Options,
    Peer,
    Pod,
    Policy,
    Port,
    Rule,
    Selector,
)
from fourfold.engines.network.cluster.profiles import PROFILES, options_of

NAMESPACES = ("one", "two")
PROBES = ["10.0.0.1", "10.1.0.1", "192.0.2.7", "2001:db8::1"]
BLOCKS = [
    ("0.0.0.0/0", ()),
    ("0.0.0.0/0", ("169.254.169.254/32",)),
    ("10.0.0.0/8", ("10.1.0.0/16",)),
    ("10.0.0.1/32", ()),
    ("169.254.0.0/20", ()),
    ("::/0", ()),
]


OPTIONS = st.sampled_from([options_of(profile) for profile in PROFILES])


def build(seed: int) -> Cluster:
    """A small cluster in which most policies select something and most rules let something in."""
    r = Random(seed)
    pods = [_pod(r) for _ in range(r.randint(2, 4))]
    policies = [
        Policy(r.choice(pods).namespace, "p", _selector(r), _rules(r), _rules(r) if r.random() < 0.7 else None)
        for _ in range(r.randint(1, 3))
    ]
    return Cluster(tuple(pods), tuple(policies), {name: _labels(r) for name in NAMESPACES})


def build_tiers(seed: int) -> Cluster:
    """The same with policies of administrators, many of one priority."""
    cluster, r = build(seed), Random(seed)
    admin = [_admin(r, cluster.pods) for _ in range(r.randint(1, 4))]
    policies = cluster.policies if r.random() < 0.6 else ()
    return Cluster(cluster.pods, policies, cluster.namespaces, tuple(admin))


def _admin(r: Random, pods: tuple[Pod, ...]) -> AdminPolicy:
    kind = r.choice(
        ("AdminNetworkPolicy", "BaselineAdminNetworkPolicy", "ClusterNetworkPolicy", "ClusterNetworkPolicy")
    )
    tier = {"A": "Admin", "B": "Baseline"}.get(kind[0]) or r.choice(("Admin", "Baseline"))
    subject = Peer(_selector(r), Selector() if r.random() < 0.7 else _space(r))
    rules = tuple(_admin_rule(r) for _ in range(r.randint(1, 3)))
    return AdminPolicy(
        kind, "a", tier, r.choice((1, 1, 2)), subject, rules if r.random() < 0.5 else (), tuple(_admin_rule(r) for _ in rules)
    )  # fmt: skip


def _space(r: Random) -> Selector:
    return Selector((Expression("kubernetes.io/metadata.name", "In", (r.choice(NAMESPACES),)),))


def _admin_rule(r: Random) -> AdminRule:
    action = r.choice(("accept", "deny", "pass"))
    ports = _ports(r)
    if r.random() < 0.2:
        ports = (*(ports or ()), Port("", name="http"))
    if r.random() < 0.1:
        return AdminRule(action, None, ports)
    peers: list[Peer] = []
    for _ in range(r.randint(1, 2)):
        if r.random() < 0.4:
            peers.append(Peer(block=r.choice(BLOCKS)[0]))
        else:
            peers.append(Peer(_selector(r), Selector() if r.random() < 0.6 else _space(r)))
    return AdminRule(action, tuple(peers), ports, somewhere=r.random() < 0.15)


def _labels(r: Random) -> dict[str, str]:
    return {key: r.choice("ab") for key in ("app", "tier") if r.random() < 0.7}


def _pod(r: Random) -> Pod:
    names = [
        NamedPort(n, r.choice(["TCP", "UDP"]), r.choice([80, 85, 8080])) for n in ("http", "dns") if r.random() < 0.7
    ]
    address = r.choice(["", "", "10.0.0.1", "10.1.2.3"])
    space = r.choice(("one", "one", "one", "two"))
    return Pod(space, "pod", "Pod", _labels(r), tuple(names), address, r.random() < 0.1)


def _selector(r: Random) -> Selector:
    if r.random() < 0.4:
        return Selector()
    operator, key = r.choice(("In", "NotIn", "Exists", "DoesNotExist")), r.choice(("app", "tier"))
    values = tuple(r.sample("ab", r.randint(1, 2))) if operator in ("In", "NotIn") else ()
    return Selector((Expression(key, operator, values),))


def _rules(r: Random) -> tuple[Rule, ...] | None:
    if r.random() < 0.2:
        return None
    return tuple(Rule(_peers(r), _ports(r)) for _ in range(r.choice((0, 1, 1, 2))))


def _peers(r: Random) -> tuple[Peer, ...] | None:
    if r.random() < 0.25:
        return None
    return tuple(_peer(r) for _ in range(r.randint(1, 2)))


def _peer(r: Random) -> Peer:
    kind = r.randrange(5)
    if kind == 0:
        block, excepted = r.choice(BLOCKS)
        return Peer(block=block, excepted=excepted)
    named = Selector((Expression("kubernetes.io/metadata.name", "In", (r.choice(NAMESPACES),)),))
    spaces = [None, _selector(r), named][r.randrange(3)]
    return Peer(_selector(r) if spaces is None or r.random() < 0.5 else None, spaces)


def _ports(r: Random) -> tuple[Port, ...] | None:
    if r.random() < 0.2:
        return None
    kinds = [
        Port(r.choice(["TCP", "UDP"])),
        Port(r.choice(["TCP", "UDP"]), r.choice([80, 443])),
        Port("TCP", 80, r.choice([90, 443])),
        Port(r.choice(["TCP", "UDP"]), name=r.choice(["http", "dns"])),
        Port(r.choice(["TCP", "UDP"]), name=r.choice(["http", "dns"])),
    ]
    return tuple(r.sample(kinds, r.randint(1, 2)))


@settings(max_examples=150, deadline=None)
@given(st.integers(0, 1 << 32).map(build), OPTIONS)
def test_every_connection_is_decided_as_the_documentation_says(cluster: Cluster, options: Options) -> None:
    _compare(cluster, options)


@settings(max_examples=60, deadline=None)
@given(st.integers(0, 1 << 32).map(build_tiers), OPTIONS)
def test_with_the_tiers_of_administrators_too(cluster: Cluster, options: Options) -> None:
    _compare(cluster, options)


def _compare(cluster: Cluster, options: Options) -> None:
    compiled = compile_(cluster, options)
    most = relation(compiled.layers, compiled.size, compiled.ports.all, generous=True)
    least = relation(compiled.layers, compiled.size, compiled.ports.all)
    ends: list[tuple[spec.End, int]] = [(pod, i) for i, cell in enumerate(compiled.cells) for pod in cell]
    for i, intervals in enumerate(compiled.outside, len(compiled.cells)):
        for text in PROBES:
            at = network(text)[0]
            if any(first <= at < after for first, after in intervals):
                ends.append((text, i))
    six = any(intervals[-1][1] > V6 for intervals in compiled.outside)
    assert len(ends) == len(cluster.pods) + len(PROBES) - (not six)
    for source, s in ends:
        for destination, d in ends:
            if source is destination or (isinstance(source, str) and isinstance(destination, str)):
                continue
            for atom in compiled.ports.atoms:
                mask = compiled.ports.at(atom.protocol, atom.first)
                said = (bool(least.ports(s, d) & mask), bool(most.ports(s, d) & mask))
                for port in {atom.first, atom.last}:
                    expected = spec.allowed(cluster, source, destination, atom.protocol, port, options)
                    assert said == {True: (True, True), False: (False, False), None: (False, True)}[expected], (
                        source, destination, atom, port,
                    )  # fmt: skip

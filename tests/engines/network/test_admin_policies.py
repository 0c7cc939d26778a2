"""Policies of administrators as manifests write them: tiers, priorities, what is open, what the API server rejects."""

from __future__ import annotations

from pathlib import Path

import pytest

from fourfold.engines.network.cluster.tiers import PARTS_MAX, Part, either
from fourfold.network import Reach

PODS = """
apiVersion: v1
kind: Pod
metadata: {name: web, namespace: shop, labels: {app: web}}
spec: {containers: [{name: web, image: web}]}
---
apiVersion: v1
kind: Pod
metadata: {name: db, namespace: data, labels: {app: db}}
spec: {containers: [{name: db, image: db, ports: [{name: sql, containerPort: 5432}]}]}
---
apiVersion: v1
kind: Pod
metadata: {name: node, namespace: kube-system}
spec: {hostNetwork: true, containers: [{name: agent, image: agent}]}
"""
DENIES = """
---
apiVersion: networking.k8s.io/v1
kind: NetworkPolicy
metadata: {name: nobody, namespace: data}
spec: {podSelector: {}, policyTypes: [Ingress]}
"""
TO_DB = "{pods: {namespaceSelector: {}, podSelector: {matchLabels: {app: db}}}}"
FROM_SHOP = "{namespaces: {matchLabels: {kubernetes.io/metadata.name: shop}}}"


def policy(name: str, rules: str, priority: int = 10, way: str = "ingress", subject: str = "{namespaces: {}}") -> str:
    return f"""
---
apiVersion: policy.networking.k8s.io/v1alpha1
kind: AdminNetworkPolicy
metadata: {{name: {name}}}
spec: {{priority: {priority}, subject: {subject}, {way}: [{rules}]}}
"""


def cluster_policy(name: str, rules: str, tier: str = "Admin", way: str = "ingress") -> str:
    return f"""
---
apiVersion: policy.networking.k8s.io/v1alpha2
kind: ClusterNetworkPolicy
metadata: {{name: {name}}}
spec: {{tier: {tier}, priority: 10, subject: {{namespaces: {{}}}}, {way}: [{rules}]}}
"""


def baseline(rules: str, name: str = "default") -> str:
    return f"""
---
apiVersion: policy.networking.k8s.io/v1alpha1
kind: BaselineAdminNetworkPolicy
metadata: {{name: {name}}}
spec: {{subject: {{namespaces: {{}}}}, ingress: [{rules}]}}
"""


def ask(folder: Path, *texts: str) -> Reach:
    (folder / "cluster.yaml").write_text(PODS + "".join(texts))
    return Reach(folder)


ALLOW, DENY, PASS = (f"{{action: {action}, from: [{FROM_SHOP}]}}" for action in ("Allow", "Deny", "Pass"))
ACCEPT = ALLOW.replace("Allow", "Accept")


@pytest.mark.parametrize(
    ("texts", "said"),
    [
        ((policy("a", ALLOW), DENIES), "allowed"),  # nobody below may take it back
        ((policy("a", DENY),), "denied"),
        ((policy("a", PASS), DENIES), "denied"),
        ((policy("a", f"{PASS}, {DENY}"),), "allowed"),
        ((baseline(DENY),), "denied"),
        ((baseline(DENY), DENIES.replace("policyTypes: [Ingress]", "ingress: [{}]")), "allowed"),
        ((policy("a", PASS), baseline(DENY)), "denied"),
        ((policy("a", ALLOW, 5), policy("b", DENY, 6)), "allowed"),
        ((policy("a", ALLOW, 6), policy("b", DENY, 5)), "denied"),
        ((policy("a", ALLOW), policy("b", DENY)), "depends"),  # one priority: either may be applied
        ((policy("a", ALLOW), policy("b", f"{ALLOW}, {DENY}")), "allowed"),  # they say the same
        ((policy("a", PASS), policy("b", DENY), DENIES), "denied"),  # whichever is applied
        ((policy("a", ALLOW), policy("b", PASS)), "allowed"),
        ((policy("a", ALLOW, subject=FROM_SHOP), policy("b", DENY)), "denied"),  # the subjects have nothing in common
        ((policy("a", ALLOW, 5), cluster_policy("b", DENY)), "depends"),  # two interfaces: no order between them
        ((cluster_policy("a", ACCEPT), DENIES), "allowed"),
        ((cluster_policy("a", DENY, "Baseline"),), "denied"),
    ],
)
def test_tiers_and_priorities(tmp_path: Path, texts: tuple[str, ...], said: str) -> None:
    reach = ask(tmp_path, *texts)
    assert reach.allowed("web", "db", "TCP", 5432) == said
    assert reach.problems == ()


def test_ports_by_number_range_and_name(tmp_path: Path) -> None:
    ports = "{portRange: {start: 80, end: 90}}, {portNumber: {protocol: UDP, port: 53}}, {namedPort: sql}"
    rule = f"{{action: Deny, to: [{TO_DB}], ports: [{ports}]}}"
    newer = (
        "{tcp: {destinationPort: {range: {start: 80, end: 90}}}}, "
        "{udp: {destinationPort: {number: 53}}}, {destinationNamedPort: sql}"
    )
    for text in (
        policy("a", rule, way="egress"),
        cluster_policy("a", rule.replace(f"ports: [{ports}]", f"protocols: [{newer}]"), way="egress"),
    ):
        found = {(p.protocol, p.ports) for p in ask(tmp_path, text).pairs(sources="web", destinations="db")}
        assert found == {("TCP", "1-79,91-5431,5433-65535"), ("UDP", "1-52,54-65535"), ("SCTP", "1-65535")}


def test_networks_hold_pods_as_far_as_their_addresses_are_known(tmp_path: Path) -> None:
    def denied(block: str) -> list[str]:
        rule = f"{{action: Deny, to: [{{networks: [{block}]}}]}}"
        reach = ask(tmp_path, policy("a", rule, way="egress"))
        return [reach.allowed("web", end, "TCP", 80) for end in ("db", "node", "169.254.169.254", "8.8.8.8")]

    assert denied("0.0.0.0/0") == ["denied", "depends", "denied", "denied"]
    assert denied("10.0.0.0/8") == ["depends", "depends", "allowed", "allowed"]
    assert denied("169.254.169.254/32") == ["allowed", "allowed", "denied", "allowed"]


def test_nodes_and_domain_names_are_somewhere_outside(tmp_path: Path) -> None:
    for peer in ("{nodes: {}}", "{domainNames: ['*.example.com']}"):
        rules = f"{{action: Allow, to: [{peer}]}}, {{action: Deny, to: [{{networks: [0.0.0.0/0]}}]}}"
        reach = ask(tmp_path, policy("a", rules, way="egress"))
        assert reach.allowed("web", "8.8.8.8", "TCP", 443) == "depends"
        assert reach.allowed("web", "db", "TCP", 443) == "denied"


@pytest.mark.parametrize("strange", ["{namespaces: {sameLabels: [team]}}", "{}", "{services: {}}"])
def test_what_nobody_knows_fails_closed(tmp_path: Path, strange: str) -> None:
    for action, said in (("Allow", "denied"), ("Deny", "denied"), ("Pass", "denied")):
        rule = f"{{action: {action}, from: [{strange}, {FROM_SHOP}]}}"
        reach = ask(tmp_path, policy("a", rule), DENIES if action == "Allow" else "")
        assert reach.allowed("web", "db", "TCP", 80) == said
        does = "it matches nothing" if action == "Allow" else "it denies everything"
        assert does in reach.problems[0].reason
        assert reach.problems[0].line > 0


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (policy("a", DENY, 1001), "from 0 to 1000"),
        (policy("a", DENY.replace("Deny", "Drop")), "one of Allow, Deny, Pass"),
        (policy("a", "{action: Deny, from: []}"), "at least one peer"),
        (policy("a", DENY, subject="{}"), "none of namespaces, pods"),
        (policy("a", "{action: Deny, to: [{networks: [10.0.0.0/40]}]}", way="egress"), "no network"),
        (baseline(DENY, "mine"), "called `default`"),
        (baseline(PASS), "one of Allow, Deny"),
        (cluster_policy("a", DENY, "Middle"), "Admin or Baseline"),
        (cluster_policy("a", ALLOW), "one of Accept, Deny, Pass"),
        (cluster_policy("a", ", ".join([DENY] * 26)), "at most 25"),
    ],
)
def test_a_policy_that_the_api_server_rejects_does_not_count(tmp_path: Path, text: str, said: str) -> None:
    reach = ask(tmp_path, text)
    assert [said in p.reason for p in reach.problems] == [True]
    assert reach.allowed("web", "db", "TCP", 80) == "allowed"


def test_the_rule_that_decides_is_named(tmp_path: Path) -> None:
    reach = ask(tmp_path, policy("guard", DENY.replace("{action", "{name: no shop, action")))
    step = reach.why("web", "db", "TCP", 80).steps[1]
    assert [(step.filter, r.text) for r in step.reasons] == [
        ("ingress", "AdminNetworkPolicy guard, ingress rule 1 `no shop`")
    ]


def test_more_conflicts_than_are_told_apart_are_all_open() -> None:
    accept = [Part(1, 1, 1 << i, (("accept", i),)) for i in range(PARTS_MAX // 100)]
    deny = [Part(1, 1, 1 << i, (("deny", i),)) for i in range(101)]
    assert all(part.maybe for part in either(accept, deny))
    assert not any(part.maybe for part in either(accept, deny[:2]))

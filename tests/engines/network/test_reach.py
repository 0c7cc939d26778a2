"""Questions to the networks of manifests: names, verdicts, reasons, differences, and the published clusters."""

from __future__ import annotations

import gzip
import json
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from fourfold.engines.exact.points import network as interval
from fourfold.engines.network.addresses import blocks
from fourfold.network import Reach, UnknownEndError

SHOP = """
apiVersion: v1
kind: Namespace
metadata: {name: shop, labels: {env: prod}}
---
apiVersion: apps/v1
kind: Deployment
metadata: {name: web, namespace: shop}
spec:
  template:
    metadata: {labels: {app: web}}
    spec: {containers: [{name: web, image: web}]}
---
apiVersion: apps/v1
kind: StatefulSet
metadata: {name: db, namespace: shop}
spec:
  template:
    metadata: {labels: {app: db}}
    spec: {containers: [{name: db, image: db, ports: [{name: sql, containerPort: 5432}]}]}
---
apiVersion: v1
kind: Pod
metadata: {name: probe, namespace: other}
spec: {containers: [{name: probe, image: probe}]}
---
apiVersion: networking.k8s.io/v1
kind: NetworkPolicy
metadata: {name: db, namespace: shop}
spec:
  podSelector: {matchLabels: {app: db}}
  policyTypes: [Ingress]
  ingress:
    - from: [{podSelector: {matchLabels: {app: web}}}]
      ports: [{port: sql}]
    - from: [{ipBlock: {cidr: 10.0.0.0/8, except: [10.1.0.0/16]}}]
"""


@pytest.fixture
def shop(tmp_path: Path) -> Path:
    (tmp_path / "shop.yaml").write_text(SHOP)
    return tmp_path


def test_a_connection_is_allowed_where_both_sides_allow_it(shop: Path) -> None:
    reach = Reach(shop)
    assert reach.allowed("shop/web", "shop/db", "TCP", 5432) == "allowed"
    assert reach.allowed("shop/web", "shop/db", "TCP", 5433) == "denied"
    assert reach.allowed("shop/web", "shop/db", "UDP", 5432) == "denied"
    assert reach.allowed("probe", "db", "TCP", 5432) == "denied"
    assert reach.allowed("db", "other/probe[Pod]") == "allowed"
    assert reach.allowed("10.2.3.4", "db", "TCP", 9) == "allowed"
    assert reach.allowed("10.1.3.4", "db", "TCP", 9) == "denied"
    assert reach.allowed("internet", "db", "TCP", 9) == "depends"  # some of it


def test_a_block_may_hold_pods_whose_address_nobody_tells(shop: Path) -> None:
    reach = Reach(shop, ip_block_matches_pods=True)
    assert reach.allowed("probe", "db", "TCP", 5432) == "depends"
    assert reach.allowed("web", "db", "TCP", 5432) == "allowed"


def test_a_profile_says_what_the_specification_leaves_open(tmp_path: Path) -> None:
    (tmp_path / "shop.yaml").write_text(
        SHOP.replace("policyTypes: [Ingress]", "egress: [{to: [{ipBlock: {cidr: 192.168.0.0/16}}]}]")
        + """
---
apiVersion: v1
kind: Pod
metadata: {name: agent, namespace: other}
spec: {hostNetwork: true, containers: [{name: agent, image: agent}]}
"""
    )
    said = {
        profile: [
            Reach(tmp_path, profile=profile).allowed(*asked)
            for asked in (("probe", "db"), ("db", "probe"), ("db", "agent"), ("agent", "db"))
        ]
        for profile in ("spec", "vpc-cni", "cilium", "calico")
    }
    assert said == {
        "spec": ["denied", "denied", "depends", "depends"],
        "vpc-cni": ["depends", "depends", "depends", "depends"],
        "cilium": ["denied", "denied", "denied", "depends"],
        "calico": ["depends", "depends", "depends", "depends"],
    }
    assert Reach(tmp_path, profile="calico", ip_block_matches_pods=False).allowed("probe", "db") == "denied"
    with pytest.raises(ValueError, match="none of spec, vpc-cni, cilium, calico"):
        Reach(tmp_path, profile="flannel")  # type: ignore[arg-type]


def test_pairs_are_the_whole_relation(shop: Path) -> None:
    found = {(p.src, p.dst, p.protocol, p.ports, p.verdict) for p in Reach(shop).to("db")}
    assert ("shop/web[Deployment]", "shop/db[StatefulSet]", "TCP", "5432", "allowed") in found
    outside = {src for src, *_ in found if src[0].isdigit()}
    assert outside == set(blocks([(interval("10.0.0.0")[0], interval("10.1.0.0")[0]), (interval("10.2.0.0")[0], interval("11.0.0.0")[0])]))  # fmt: skip
    assert not any(src.startswith("other/") for src, *_ in found)


def test_the_rules_that_decide_are_named_with_their_lines(shop: Path) -> None:
    why = Reach(shop).why("web", "db", "TCP", 5432)
    assert [(s.filter, s.verdict, [r.text for r in s.reasons]) for s in why.steps] == [
        ("egress", "allowed", []),
        ("ingress", "allowed", ["NetworkPolicy shop/db, ingress rule 1"]),
    ]
    span = why.steps[1].reasons[0].span
    assert span and span.source.line(span.line).strip().startswith("- from: [{podSelector")
    denied = Reach(shop).why("probe", "db", "TCP", 5432)
    assert [r.text for r in denied.steps[1].reasons] == ["NetworkPolicy shop/db: ingress isolates the pods it selects"]


def test_a_name_that_nobody_has(shop: Path) -> None:
    with pytest.raises(UnknownEndError, match=r"did you mean `shop/web\[Deployment\]`"):
        Reach(shop).allowed("shop/wep", "db")


def test_what_a_change_opens_and_closes(shop: Path, tmp_path: Path) -> None:
    changed = tmp_path / "changed"
    changed.mkdir()
    (changed / "shop.yaml").write_text(SHOP.replace("port: sql", "port: 443").replace("except: [10.1.0.0/16]", ""))
    before = tmp_path / "before"
    before.mkdir()
    (before / "shop.yaml").write_text(SHOP)
    new, gone = Reach(before).diff(Reach(changed))
    assert [(p.src, p.protocol, p.ports) for p in new] == [
        ("10.1.0.0/16", "SCTP", "1-65535"),
        ("10.1.0.0/16", "TCP", "1-65535"),
        ("10.1.0.0/16", "UDP", "1-65535"),
        ("shop/web[Deployment]", "TCP", "443"),
    ]
    assert [(p.src, p.protocol, p.ports) for p in gone] == [("shop/web[Deployment]", "TCP", "5432")]
    assert Reach(before).diff(Reach(before)) == ([], [])


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("cidr: 10.0.0.0/8", "cidr: 10.0.0.0/40", "no ipBlock"),
        ("port: sql", "{port: 80, endPort: 70}", "below"),
        ("port: sql", "{port: sql, endPort: 70}", "named port"),
        ("{podSelector: {matchLabels: {app: web}}}", "{}", "a peer has one of"),
    ],
)
def test_what_the_api_server_rejects_is_a_problem(shop: Path, old: str, new: str, said: str) -> None:
    text = SHOP.replace("{port: sql}", "port: sql").replace("[port: sql]", "[{port: sql}]")
    (shop / "shop.yaml").write_text(text.replace(f"{{{old}}}" if old == "port: sql" else old, new))
    problems = Reach(shop).problems
    assert len(problems) == 1
    assert said in problems[0].reason


# -- clusters that others published ------------------------------------------------------------------------------------


def _expected(text: str) -> set[tuple[str, str, str, str]]:
    out: set[tuple[str, str, str, str]] = set()
    for line in text.splitlines():
        match = re.fullmatch(r"(\S+) => (\S+) : (.*)", line.strip())
        if not match or "{" in line:
            continue
        everything = "SCTP 1-65535,TCP 1-65535,UDP 1-65535"
        ports: dict[str, list[str]] = {}
        protocol = ""
        for part in match[3].replace("All Connections", everything).split(","):
            name, _, number = part.rpartition(" ")
            protocol = name or protocol
            ports.setdefault(protocol, []).append(number)
        for src in _ranges(match[1]):
            for dst in _ranges(match[2]):
                out |= {(src, dst, p, ",".join(numbers)) for p, numbers in ports.items()}
    return out


def _whole(found: set[tuple[str, str, str, str]]) -> set[tuple[str, str, str, str]]:
    """With neighbouring blocks of destinations joined, which the published results cut at more places than differ."""
    beyond: dict[tuple[str, str, str], list[tuple[int, int]]] = {}
    for src, dst, protocol, ports in found:
        if dst[0].isdigit():
            beyond.setdefault((src, protocol, ports), []).append(interval(dst))
    joined = {(src, text, *rest) for (src, *rest), parts in beyond.items() for text in blocks(parts)}
    return joined | {row for row in found if not row[1][0].isdigit()}  # type: ignore[arg-type]


def _ranges(text: str) -> list[str]:
    if not text.endswith("[External]"):
        return [text]
    low, _, high = text.removesuffix("[External]").partition("-")
    return blocks([(interval(low)[0], interval(high)[0] + 1)])


def test_published_clusters(shared: Path, tmp_path: Path) -> None:
    with gzip.open(shared / "data" / "network-policies.jsonl.gz", "rt") as lines:
        cases = [json.loads(line) for line in lines]
    compared = 0
    for case in cases:
        folder = tmp_path / case["name"]
        folder.mkdir()
        for name, text in case["manifests"].items():
            (folder / name).write_text(text)
        got = {(p.src, p.dst, p.protocol, p.ports) for p in Reach(folder).pairs()}
        assert _whole(got) == _whole(_expected(case["expected"])), case["name"]
        compared += 1
    assert compared == 20


def test_the_same_to_the_byte_whatever_the_hash_seed(shop: Path) -> None:
    command = [
        sys.executable,
        "-m",
        "fourfold",
        "net",
        "pairs",
        str(shop),
        "--format",
        "json",
        "--ip-block-matches-pods",
    ]
    runs = [
        subprocess.Popen(command, env={**os.environ, "PYTHONHASHSEED": str(seed)}, stdout=subprocess.PIPE)
        for seed in range(20)
    ]
    outputs = {run.communicate()[0] for run in runs}
    assert [run.returncode for run in runs] == [0] * len(runs)
    assert len(outputs) == 1
    assert json.loads(outputs.pop())["pairs"]

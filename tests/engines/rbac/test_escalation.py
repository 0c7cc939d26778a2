"""Ways up: each entry of the catalogue can be met, is closed without any one of its premises, and says with what it is met."""

from __future__ import annotations

import pytest
from msgspec.structs import replace

from fourfold.engines.rbac.escalation import catalogue, derivations, named
from fourfold.engines.rbac.objects import Binding, Cluster, Request, Role, Rule, Subject, built_in_cluster
from fourfold.engines.rbac.scan import Scanned
from fourfold.engines.rbac.spec import rule_allows
from fourfold.knowledge import kubernetes

RBAC = kubernetes.RBAC
WAYS = [pytest.param(way, id=f"{way.id}-{at}") for at, way in enumerate(catalogue())]


def exactly(way) -> list[Rule]:
    """A rule for each premise, and nothing more: its first verb on its first resource."""
    return [Rule(p.verbs[:1], (p.group,), p.resources[:1], p.names[:1], index=at) for at, p in enumerate(way.premises)]


def request(plain: dict[str, str]) -> Request:
    whole, _, sub = plain["resource"].partition("/")
    return Request(plain["verb"], plain["apiGroup"], whole, sub, plain.get("name", ""), plain.get("namespace", ""))


@pytest.mark.parametrize("way", WAYS)
def test_a_way_is_open_with_all_its_premises_and_with_no_fewer(way) -> None:
    rules = exactly(way)
    (found,) = [d for d in derivations(rules) if d.way == way]
    assert [met.rule for met in found.met] == rules
    for met, rule in zip(found.met, rules, strict=True):
        assert rule_allows(rule, request(met.request)), "the witness is a request that the rule allows"
        assert (met.request["apiGroup"], met.request["resource"]) in kubernetes.api()
    for left_out in rules:
        assert way not in [d.way for d in derivations([r for r in rules if r is not left_out])]


@pytest.mark.parametrize("way", WAYS)
def test_names_close_a_way(way) -> None:
    assert way not in [d.way for d in derivations([replace(r, names=("only-this",)) for r in exactly(way)])]


@pytest.mark.parametrize("way", WAYS)
def test_what_belongs_to_no_namespace_is_not_given_in_one(way) -> None:
    named_in = {(RBAC, "clusterroles"): {"bind"}, ("", "namespaces"): {"update", "patch"}}
    """To bind a cluster role in a namespace, and to change a namespace, is asked about in that namespace."""
    beyond = any(
        kubernetes.api()[p.group, p.resources[0]].scope == "cluster"
        and p.verbs[0] not in named_in.get((p.group, p.resources[0]), ())
        for p in way.premises
    )
    assert (way in [d.way for d in derivations(exactly(way), "shop")]) is not beyond


def test_the_place_is_said() -> None:
    rules = [Rule(("list",), ("",), ("secrets",))]
    assert [d.gives for d in derivations(rules)] == ["read all secrets of the cluster"]
    (found,) = derivations(rules, "shop")
    assert found.gives == "read all secrets of namespace `shop`"
    assert found.plain() == {
        "id": "TOKEN_LIST",
        "technique": "T1552.007",
        "namespace": "shop",
        "gives": "read all secrets of namespace `shop`",
        "reach": "secrets",
        "premises": [
            {"rule": 0, "request": {"verb": "list", "apiGroup": "", "resource": "secrets", "namespace": "shop"}}
        ],
    }


def test_everything_opens_every_way() -> None:
    assert {d.way for d in derivations([Rule(("*",), ("*",), ("*",))])} == set(catalogue())


def known(*bindings: Binding) -> Scanned:
    every = built_in_cluster()
    return Scanned(
        Cluster((*(b.role for b in bindings if b.role), *every.roles), (*bindings, *every.bindings)),
        kubernetes.api(),
        {},
    )


@pytest.mark.parametrize(
    ("name", "namespace", "gained"),
    [("view", "", True), ("cluster-admin", "", True), ("cluster-admin", "shop", True), ("nobody-knows", "", False)],
)
def test_a_role_that_may_be_bound_by_name(name, namespace, gained) -> None:
    bind = Rule(("bind",), (RBAC,), ("clusterroles",), (name,))
    write = Rule(("create",), (RBAC,), ("rolebindings", "clusterrolebindings"))
    found = list(named(known(), [bind, write], namespace))
    assert bool(found) is gained
    assert not list(named(known(), [bind], namespace)), "without bindings to write it is nothing"
    everything = Rule(("*",), ("*",), ("*",))
    more = list(named(known(), [bind, write, everything], namespace))
    assert [g.request.get("nonResourceURL") for g in more] == (
        ["/metrics"] if (name, namespace) == ("cluster-admin", "") else []
    )


def test_somebody_who_may_be_impersonated_by_name() -> None:
    strong = Binding(
        "b",
        Role("reads", rules=(Rule(("get",), ("",), ("secrets",)),)),
        "shop",
        (Subject("ServiceAccount", "strong", "shop"),),
    )

    def gains(resource: str, name: str, namespace: str = "", verb: str = "impersonate") -> list[str]:
        return [g.target for g in named(known(strong), [Rule((verb,), ("",), (resource,), (name,))], namespace)]

    assert gains("groups", "system:masters") == ["group `system:masters`"]
    assert gains("users", "jane") == []
    assert gains("serviceaccounts", "strong", "shop") == ["service account `shop/strong`"]
    assert gains("serviceaccounts", "weak", "shop") == []
    assert gains("serviceaccounts", "strong", "other") == []
    assert gains("serviceaccounts/token", "strong", "shop", "create") == ["service account `shop/strong`"]


def test_what_the_holder_may_have_already_is_no_gain() -> None:
    strong = Role("reads", rules=(Rule(("get",), ("",), ("secrets",)),))
    bound = Binding("b", strong, "shop", (Subject("ServiceAccount", "strong", "shop"),))
    acts = Rule(("impersonate",), ("",), ("serviceaccounts",), ("strong",))
    perhaps = Rule((), ("",), ("secrets",), unknown="it is not known", open=("verbs",))
    assert list(named(known(bound), [acts], "shop"))
    assert not list(named(known(bound), [acts, perhaps], "shop"))

"""Laws of Kubernetes RBAC, of the point evaluator and of the symbolic engine."""

from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from fourfold.engines.rbac.objects import Binding, Cluster, Role, Subject
from fourfold.engines.rbac.spec import decide
from fourfold.engines.rbac.symbolic import Placed, disjoint, equivalent, is_empty, minimal, no_new_access
from tests.engines.rbac.test_differential import NAMESPACES, WORLD, lists, resource_rules, rules, url_rules

SOME = settings(deadline=None, max_examples=40)
USER = Subject("User", "jane")
requests = st.sampled_from(WORLD).map(lambda request: replace(request, user="jane"))
role_rules = st.lists(st.one_of(resource_rules, url_rules), max_size=3).map(tuple)


def bound(given_rules, namespace: str = "", *subjects: Subject) -> Cluster:
    role = Role("r", rules=given_rules)
    return Cluster((role,), (Binding("b", role, namespace, subjects or (USER,)),))


@SOME
@given(requests)
def test_default_deny(request) -> None:
    assert not decide(request, Cluster()).allowed


@SOME
@given(role_rules, role_rules, requests)
def test_permissions_only_add_up(a, b, request) -> None:
    assert decide(request, bound(a + b)).allowed == (
        decide(request, bound(a)).allowed or decide(request, bound(b)).allowed
    )


@SOME
@given(role_rules, st.sampled_from(NAMESPACES[1:]), requests)
def test_a_role_binding_gives_no_more_than_a_cluster_role_binding(given_rules, namespace, request) -> None:
    if decide(request, bound(given_rules, namespace)).allowed:
        assert decide(request, bound(given_rules)).allowed
        assert request.namespace == namespace


@SOME
@given(role_rules, requests)
def test_names_only_narrow(given_rules, request) -> None:
    named = tuple(replace(rule, names=rule.names or ("a",)) for rule in given_rules)
    if decide(request, bound(named)).allowed:
        assert decide(request, bound(given_rules)).allowed


@SOME
@given(role_rules, requests)
def test_who_is_not_named_has_nothing(given_rules, request) -> None:
    assert not decide(request, bound(given_rules, "", Subject("User", "joe"), Subject("Group", "others"))).allowed


@SOME
@given(requests)
def test_masters_are_allowed_everything(request) -> None:
    assert decide(replace(request, groups=frozenset({"system:masters"})), Cluster()).allowed


@SOME
@given(lists, lists)
def test_equivalence_is_no_new_access_both_ways(a, b) -> None:
    both = no_new_access(a, b).verdict == no_new_access(b, a).verdict == "proved"
    assert (equivalent(a, b).verdict == "proved") == both


@SOME
@given(lists, lists, lists)
def test_no_new_access_is_transitive(a, b, c) -> None:
    if no_new_access(a, b).verdict == no_new_access(b, c).verdict == "proved":
        assert no_new_access(a, c).verdict == "proved"


@SOME
@given(lists, lists)
def test_more_rules_never_take_away(a, b) -> None:
    assert no_new_access([*a, *b], a).verdict == "proved"


@SOME
@given(lists)
def test_what_meets_itself_nowhere_is_empty(a) -> None:
    assert disjoint(a, a).verdict == is_empty(a).verdict


@SOME
@given(rules, st.sampled_from(NAMESPACES[1:]))
def test_a_namespace_only_narrows(one, namespace) -> None:
    assert no_new_access([Placed(one.rule)], [Placed(one.rule, namespace)]).verdict == "proved"


@SOME
@given(lists)
def test_to_reduce_twice_is_to_reduce_once(a) -> None:
    once = minimal(a)
    assert minimal(once) == once


@SOME
@given(lists, st.randoms())
def test_the_order_of_rules_does_not_matter(a, random) -> None:
    shuffled = list(a)
    random.shuffle(shuffled)
    assert equivalent(a, shuffled).verdict == "proved"

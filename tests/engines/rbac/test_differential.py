"""The symbolic engine against the point evaluator, over every request of a small world."""

from __future__ import annotations

from itertools import product

from hypothesis import given, settings
from hypothesis import strategies as st

from fourfold.engines.rbac.objects import Request, Rule
from fourfold.engines.rbac.spec import covers
from fourfold.engines.rbac.symbolic import (
    DISAGREE,
    Placed,
    allows,
    disjoint,
    equivalent,
    is_empty,
    minimal,
    no_new_access,
    redundant,
)

VERBS = ("get", "create", "odd")
GROUPS = ("", "apps", "other.example")
RESOURCES = (
    "pods",
    "pods/log",
    "pods/scale",
    "deployments/scale",
    "deployments",
    "gadgets/log",
    "gadgets/odd",
    "gadgets",
)
NAMES = ("", "a", "b", "c")
NAMESPACES = ("", "x", "y", "z")
URLS = ("/", "/foo", "/foo/", "/foo/bar", "/foobar", "/zzz")
WORLD = [
    Request(verb, group, resource.partition("/")[0], resource.partition("/")[2], name, namespace)
    for verb, group, resource, name, namespace in product(VERBS, GROUPS, RESOURCES, NAMES, NAMESPACES)
] + [Request(verb, url=url) for verb in VERBS for url in URLS]
"""Each atom that the rules below can make has a member here."""


def some(*words: str, least: int = 0) -> st.SearchStrategy[tuple[str, ...]]:
    return st.lists(st.sampled_from(words), min_size=least, max_size=3, unique=True).map(tuple)


resource_rules = st.builds(
    Rule,
    some("get", "create", "*"),
    some("", "apps", "*"),
    some("pods", "pods/log", "deployments", "deployments/scale", "*/scale", "*/log", "pods/*", "*"),
    st.one_of(st.just(()), some("a", "b")),
)
url_rules = st.builds(
    lambda verbs, urls: Rule(verbs, urls=urls), some("get", "*"), some("/foo", "/foo*", "/foo/*", "/", "*")
)
rules = st.builds(Placed, st.one_of(resource_rules, resource_rules, url_rules), st.sampled_from(("", "", "x", "y")))
lists = st.lists(rules, max_size=4)


def compare(answer, refutes) -> None:
    """`refutes` says of a request whether it refutes the property: there is a witness where one does, and it does."""
    assert DISAGREE not in answer.reason
    if answer.verdict == "witness":
        said = answer.request
        whole, _, subresource = said.get("resource", "").partition("/")
        assert refutes(
            Request(
                said["verb"],
                said.get("apiGroup", ""),
                whole,
                subresource,
                said.get("name", ""),
                said.get("namespace", ""),
                said.get("nonResourceURL", ""),
            )
        )
    else:
        assert answer.verdict == "proved"
        assert not [request for request in WORLD if refutes(request)]


@settings(deadline=None)
@given(lists, lists)
def test_no_new_access(a, b) -> None:
    compare(no_new_access(a, b), lambda r: allows(b, r) and not allows(a, r))


@settings(deadline=None, max_examples=50)
@given(lists, lists)
def test_equivalent(a, b) -> None:
    compare(equivalent(a, b), lambda r: allows(a, r) != allows(b, r))


@settings(deadline=None, max_examples=50)
@given(lists, lists)
def test_disjoint(a, b) -> None:
    compare(disjoint(a, b), lambda r: allows(a, r) and allows(b, r))


@settings(deadline=None, max_examples=50)
@given(lists)
def test_is_empty(a) -> None:
    compare(is_empty(a), lambda r: allows(a, r))


@settings(deadline=None, max_examples=50)
@given(st.lists(rules, min_size=1, max_size=4), st.data())
def test_redundant(a, data) -> None:
    index = data.draw(st.integers(0, len(a) - 1))
    rest = [r for i, r in enumerate(a) if i != index]
    compare(redundant(a, index), lambda r: allows([a[index]], r) and not allows(rest, r))


@settings(deadline=None, max_examples=50)
@given(lists)
def test_minimal_allows_the_same(a) -> None:
    few = minimal(a)
    assert not [request for request in WORLD if allows(a, request) != allows(few, request)]
    assert all(redundant(few, i).verdict == "witness" for i in range(len(few)))


@settings(deadline=None)
@given(st.lists(st.one_of(resource_rules, url_rules), max_size=3), st.one_of(resource_rules, url_rules))
def test_the_api_servers_comparison_is_no_new_access(owned, wanted) -> None:
    """It compares rule by rule, and the symbolic engine compares sets: both must say the same."""
    if any("pods/*" in rule.resources for rule in (*owned, wanted)):
        return  # to the server this is a subresource that is called `*`; no request has it
    assert covers(owned, wanted) == (no_new_access(owned, [wanted]).verdict == "proved")

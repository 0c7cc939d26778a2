"""The point evaluator, by the documentation's statements and the cases that Kubernetes tests its own authorizer with.

The cases follow kubernetes/kubernetes, plugin/pkg/auth/authorizer/rbac/rbac_test.go and
pkg/registry/rbac/validation/policy_comparator_test.go (Apache-2.0): their facts, in our words.
"""

from __future__ import annotations

import pytest

from fourfold.engines.rbac.objects import (
    Binding,
    Cluster,
    Request,
    Role,
    Rule,
    Selector,
    Subject,
    built_in_cluster,
    caller,
)
from fourfold.engines.rbac.spec import (
    covers,
    decide,
    may_bind,
    may_impersonate,
    may_write_role,
    rule_allows,
    rules_of,
)

RBAC = "rbac.authorization.k8s.io"


def rule(verbs: str, groups: str = "", resources: str = "", names: str = "", urls: str = "") -> Rule:
    """`core` is the group without a name."""
    listed = [tuple(text.split()) for text in (verbs, groups, resources, names, urls)]
    return Rule(listed[0], tuple("" if g == "core" else g for g in listed[1]), *listed[2:])


def asked(verb: str, resource: str = "", group: str = "", **more: str) -> Request:
    whole, _, sub = resource.partition("/")
    return Request(verb, group, whole, sub, **more)


def user(name: str) -> Subject:
    return Subject("User", name)


def bound(role: Role, *subjects: Subject, namespace: str = "") -> Cluster:
    return Cluster((role,), (Binding("b", role, namespace, subjects),))


@pytest.mark.parametrize(
    ("one", "request_", "expected"),
    [
        (rule("*", "group1", "resource1"), asked("verb1", "resource1", "group1"), True),
        (rule("*", "group1", "resource1"), asked("verb1", "resource1", "group2"), False),
        (rule("*", "group1", "resource1"), asked("verb1", "resource2", "group1"), False),
        (rule("verb1", "*", "resource1"), asked("verb1", "resource1", "group2"), True),
        (rule("verb1", "*", "resource1"), asked("verb2", "resource1", "group2"), False),
        (rule("verb1", "group1", "*"), asked("verb1", "resource2", "group1"), True),
        (rule("verb1", "group1", "*"), asked("verb1", "resource2/status", "group1"), True),
        (rule("verb1 verb2", "group1 group2", "resource1 resource2"), asked("verb2", "resource1", "group2"), True),
        (rule("*", "*", "resource1/subresource1"), asked("verb1", "resource1/subresource1", "group1"), True),
        (rule("*", "*", "resource1/subresource1"), asked("verb1", "resource1/subresource2", "group2"), False),
        (rule("*", "*", "resource1/subresource1"), asked("verb1", "resource1", "group2"), False),
        (rule("*", "*", "*/scale"), asked("update", "deployments/scale", "apps"), True),
        (rule("*", "*", "*/scale"), asked("update", "deployments/status", "apps"), False),
        (rule("*", "*", "*/scale"), asked("update", "deployments", "apps"), False),
        (rule("*", "*", "*/scale"), asked("update", "deployments/autoscale", "apps"), False),
        (rule("get", "core", "pods/*"), asked("get", "pods/log"), False),
        (rule("get", "core", "*/*"), asked("get", "pods/log"), False),
        (rule("get", "core", "pods"), asked("get", "pods/log"), False),
        (rule("get", "core", "pods", "a b"), asked("get", "pods", name="b"), True),
        (rule("get", "core", "pods", "a b"), asked("get", "pods", name="c"), False),
        (rule("create list", "core", "pods", "a"), asked("create", "pods"), False),
        (rule("create list", "core", "pods", "a"), asked("list", "pods"), False),
        (rule("create list", "core", "pods", "a"), asked("list", "pods", name="a"), True),
        (rule("create", "core", "pods/exec", "a"), asked("create", "pods/exec", name="a"), True),
        (rule("get", "core", "pods"), asked("GET", "pods"), False),
        (rule("get", "core", "*"), Request("get", url="/api"), False),
        (rule("get", urls="*"), asked("get", "pods"), False),
        (rule("verb1", urls="*"), Request("verb1", url="/foo/baz/one"), True),
        (rule("verb1", urls="*"), Request("verb2", url="/foo/baz/one"), False),
        (rule("verb1", urls="/foo/*"), Request("verb1", url="/foo"), False),
        (rule("verb1", urls="/foo/*"), Request("verb1", url="/foo/bar/one"), True),
        (rule("verb1", urls="/foo/*"), Request("verb1", url="/notfoo/bar"), False),
        (rule("verb1", urls="/foo/*/one"), Request("verb1", url="/foo/bar/one"), False),
        (rule("", "core", "pods"), asked("get", "pods"), False),
    ],
)
def test_one_rule(one, request_, expected) -> None:
    assert rule_allows(one, request_) is expected


def test_a_role_binding_to_a_cluster_role_gives_it_in_its_namespace() -> None:
    role = Role("admin", rules=(rule("*", "*", "*"), rule("*", urls="*")))
    cluster = bound(role, user("admin"), Subject("Group", "admins"), namespace="ns1")
    for who, groups, namespace, expected in [
        ("admin", (), "ns1", True),
        ("joe", ("group1", "admins"), "ns1", True),
        ("admin", (), "ns2", False),
        ("admin", (), "", False),
        ("joe", (), "ns1", False),
    ]:
        request = asked("watch", "foobar", namespace=namespace, user=who, groups=frozenset(groups))
        assert decide(request, cluster).allowed is expected
    assert not decide(Request("get", url="/apis", user="admin"), cluster).allowed


def test_a_role_is_given_in_its_own_namespace_only() -> None:
    role = Role("reader", "a", (rule("get", "core", "pods"),))
    assert decide(asked("get", "pods", namespace="a", user="u"), bound(role, user("u"), namespace="a")).allowed
    assert not decide(asked("get", "pods", namespace="b", user="u"), bound(role, user("u"), namespace="b")).allowed
    assert not decide(asked("get", "pods", namespace="a", user="u"), bound(role, user("u"))).allowed


def test_urls_are_given_by_cluster_role_bindings() -> None:
    role = Role("urls", rules=(rule("get", urls="/apis/*"),))
    assert decide(Request("get", url="/apis/v1", user="u"), bound(role, user("u"))).allowed
    assert not decide(Request("get", url="/apis", user="u"), bound(role, user("u"))).allowed


@pytest.mark.parametrize(
    ("subject", "expected"),
    [
        (Subject("ServiceAccount", "app", "shop"), True),
        (Subject("ServiceAccount", "app", "other"), False),
        (Subject("Group", "system:serviceaccounts"), True),
        (Subject("Group", "system:serviceaccounts:shop"), True),
        (Subject("Group", "system:serviceaccounts:other"), False),
        (Subject("Group", "system:authenticated"), True),
        (Subject("Group", "system:unauthenticated"), False),
        (Subject("User", "system:serviceaccount:shop:app"), True),
        (Subject("User", "app"), False),
        (Subject("Nobody", "system:serviceaccount:shop:app"), False),
    ],
)
def test_who_a_service_account_is(subject, expected) -> None:
    role = Role("r", rules=(rule("get", "core", "pods"),))
    request = asked("get", "pods", namespace="x", user="system:serviceaccount:shop:app")
    decision = decide(request, bound(role, subject))
    assert decision.allowed is expected
    assert [g.subject for g in decision.grants] == ([subject] if expected else [])


def test_callers_without_a_name() -> None:
    assert caller("system:anonymous")[1] == {"system:unauthenticated"}
    every = built_in_cluster()
    assert decide(Request("get", url="/healthz", user="system:anonymous"), every).allowed
    assert not decide(Request("get", url="/api", user="system:anonymous"), every).allowed
    assert decide(Request("get", url="/api", user="jane"), every).allowed


def test_masters_bypass_authorization() -> None:
    decision = decide(asked("anything", user="u", groups=frozenset({"system:masters"})), Cluster())
    assert decision.allowed
    assert decision.bypass


def test_aggregated_roles_collect_what_their_selectors_select() -> None:
    one = rule("get", "core", "pods")
    a = Role("a", rules=(one,), labels={"to": "view"})
    view = Role(
        "view", labels={"to-edit": "true"}, selectors=(Selector((("to", "view"),)),), rules=(rule("*", "*", "*"),)
    )
    edit = Role("edit", selectors=(Selector(expressions=(("to-edit", "Exists", ()),)),))
    loop = Role("loop", labels={"to-edit": "true"}, selectors=(Selector((("to-edit", "true"),)),))
    cluster = Cluster((a, view, edit, loop))
    assert rules_of(cluster, view) == (one,), "what is written in an aggregated role is overwritten"
    assert rules_of(cluster, edit) == (one,)
    assert rules_of(cluster, loop) == (one,)


def test_selectors() -> None:
    labels = {"a": "1"}
    for expression, expected in [
        (("a", "In", ("1", "2")), True),
        (("a", "NotIn", ("1",)), False),
        (("b", "NotIn", ("1",)), True),
        (("b", "DoesNotExist", ()), True),
        (("b", "Exists", ()), False),
        (("a", "Unheard", ()), False),
    ]:
        assert Selector(expressions=(expression,)).selects(labels) is expected
    assert Selector().selects(labels)


@pytest.mark.parametrize(
    ("role", "verb", "resource", "expected"),
    [
        ("view", "get", "pods", True),
        ("view", "get", "secrets", False),
        ("view", "create", "pods", False),
        ("edit", "get", "secrets", True),
        ("edit", "create", "serviceaccounts/token", True),
        ("edit", "impersonate", "serviceaccounts", True),
        ("edit", "create", "nodes", False),
        ("admin", "create", "pods/exec", True),
        ("admin", "get", "nodes", False),
        ("cluster-admin", "frobnicate", "anything/at-all", True),
    ],
)
def test_the_roles_of_every_cluster(role, verb, resource, expected) -> None:
    """As "User-facing roles" says of them."""
    every = built_in_cluster()
    found = next(r for r in every.roles if r.name == role)
    assert any(rule_allows(r, asked(verb, resource)) for r in rules_of(every, found)) is expected


@pytest.mark.parametrize(
    ("owned", "wanted", "expected"),
    [
        ([rule("get list", "core", "pods")], rule("get", "core", "pods"), True),
        ([rule("get", "core", "pods"), rule("list", "core", "pods")], rule("get list", "core", "pods"), True),
        ([rule("get", "core", "pods")], rule("get", "core", "pods pods/log"), False),
        ([rule("*", "*", "*")], rule("*", "apps", "*/scale", "x"), True),
        ([rule("get", "core", "pods")], rule("*", "core", "pods"), False),
        ([rule("get", "core", "*/log")], rule("get", "core", "pods/log"), True),
        ([rule("get", "core", "*/log")], rule("get", "core", "pods"), False),
        ([rule("get", "core", "pods", "a")], rule("get", "core", "pods"), False),
        ([rule("get", "core", "pods", "a b")], rule("get", "core", "pods", "b"), True),
        (
            [rule("get", "core", "pods", "a"), rule("get", "core", "pods", "b")],
            rule("get", "core", "pods", "a b"),
            True,
        ),
        ([rule("get", urls="/foo/*")], rule("get", urls="/foo/bar"), True),
        ([rule("get", urls="/foo/*")], rule("get", urls="/foo/bar/*"), True),
        ([rule("get", urls="/foo/*")], rule("get", urls="/foo"), False),
        ([rule("get", urls="/foo/bar")], rule("get", urls="/foo/*"), False),
        ([rule("get", urls="*")], rule("get", urls="/foo/*"), True),
    ],
)
def test_what_covers_what(owned, wanted, expected) -> None:
    assert covers(owned, wanted) is expected


def test_nobody_grants_what_it_does_not_have() -> None:
    wanted = Role("wanted", "ns", (rule("get", "core", "secrets"),))
    writer = Role("writer", "ns", (rule("create update", RBAC, "roles rolebindings"),))
    cluster = bound(writer, user("u"), namespace="ns")
    assert not may_write_role(cluster, "u", (), wanted)
    assert not may_bind(cluster, "u", (), wanted, "ns")
    for verb, may in (("escalate", may_write_role), ("bind", lambda c, u, g, r: may_bind(c, u, g, r, "ns"))):
        given = Role("given", "ns", (rule(verb, RBAC, "roles", "wanted"),))
        assert may(bound(given, user("u"), namespace="ns"), "u", (), wanted)
        other = Role("given", "ns", (rule(verb, RBAC, "roles", "other"),))
        assert not may(bound(other, user("u"), namespace="ns"), "u", (), wanted)
    has = Role("has", "ns", (rule("get list", "core", "secrets"),))
    assert may_write_role(bound(has, user("u"), namespace="ns"), "u", (), wanted)
    assert may_bind(bound(has, user("u"), namespace="ns"), "u", (), wanted, "ns")
    assert not may_bind(bound(has, user("u"), namespace="ns"), "u", (), wanted, "")
    assert may_bind(Cluster(), "u", ("system:masters",), wanted, "")


def test_who_may_act_as_whom() -> None:
    role = Role(
        "r", rules=(rule("impersonate", "core", "users", "jane"), rule("impersonate", "core", "serviceaccounts"))
    )
    inside, everywhere = bound(role, user("u"), namespace="ns"), bound(role, user("u"))
    assert may_impersonate(everywhere, "u", (), user("jane"))
    assert not may_impersonate(everywhere, "u", (), user("joe"))
    assert not may_impersonate(inside, "u", (), user("jane")), "users belong to no namespace"
    assert may_impersonate(inside, "u", (), Subject("ServiceAccount", "app", "ns"))
    assert not may_impersonate(inside, "u", (), Subject("ServiceAccount", "app", "other"))

"""Ways by which somebody's rules become more than they say: derivations with premises, each met by a request.

The catalogue is `knowledge/kubernetes_escalation.toml`. A way holds in a place (a namespace, or everywhere) if every one of
its premises is met there by a rule that does not name single objects; the request that meets it is one that the API has
and that the point evaluator allows. What a rule gives by name (`bind` of one role, `impersonate` of one user) is followed
to that role or subject: `named` says what is gained there, with a request that the holder could not make before.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import cache, lru_cache
from typing import Any, Literal

import msgspec

from fourfold.engines.exact.answer import Witness
from fourfold.engines.rbac.objects import MASTERS, Cluster, Request, Role, Rule, Subject
from fourfold.engines.rbac.requests import existing
from fourfold.engines.rbac.scan import Scanned, held
from fourfold.engines.rbac.spec import covers, rule_allows, rules_of
from fourfold.engines.rbac.symbolic import Placed, no_new_access
from fourfold.knowledge import kubernetes

Reach = Literal["anything", "accounts", "secrets", "pods"]


class Premise(msgspec.Struct, frozen=True):
    """One thing that must be allowed: some of `verbs` on some of `resources`."""

    verbs: tuple[str, ...]
    group: str
    resources: tuple[str, ...]
    names: tuple[str, ...] = ()
    """Names that are as good as no restriction: a rule that gives one of them meets the premise."""


class Way(msgspec.Struct, frozen=True):
    """One entry of the catalogue."""

    id: str
    cause: str
    technique: str
    premises: tuple[Premise, ...]
    gives: str
    reach: Reach
    until: str = ""
    """The version of Kubernetes from which it is closed."""


class Met(msgspec.Struct, frozen=True):
    """A premise, and what meets it."""

    premise: Premise
    rule: Rule
    request: dict[str, Any]


class Derivation(msgspec.Struct, frozen=True):
    """A way that is open to a holder of rules, in one place."""

    way: Way
    namespace: str
    """Where; empty: in all namespaces, and beyond."""
    met: tuple[Met, ...]

    @property
    def gives(self) -> str:
        """What the holder may do then, to be read after "may"."""
        place = f"of namespace `{self.namespace}`" if self.namespace else "of the cluster"
        return self.way.gives.replace("{place}", place)

    def plain(self) -> dict[str, Any]:
        """The derivation as data."""
        return {
            "id": self.way.id,
            "technique": self.way.technique,
            "namespace": self.namespace,
            "gives": self.gives,
            "reach": self.way.reach,
            "premises": [{"rule": m.rule.index, "request": m.request} for m in self.met],
        }


class Gain(msgspec.Struct, frozen=True):
    """What somebody has by a role or subject that its rules name."""

    cause: Literal["bind", "impersonate", "token"]
    target: str
    rule: Rule
    request: dict[str, Any]
    """A request it may make then, and not before."""


@cache
def catalogue() -> tuple[Way, ...]:
    """All ways."""
    import tomllib
    from pathlib import Path

    text = (Path(kubernetes.__file__).parent / "kubernetes_escalation.toml").read_text()
    return tuple(
        Way(
            w["id"],
            w["cause"],
            w["technique"],
            tuple(map(_premise, w["premises"])),
            w["gives"],
            w["reach"],
            w.get("until", ""),
        )
        for w in tomllib.loads(text)["way"]
    )


def _premise(text: str) -> Premise:
    verbs, (group,), resources, *names = (tuple(field.split()) for field in text.split("|"))
    return Premise(verbs, "" if group == "core" else group, resources, names[0] if names else ())


def derivations(rules: Sequence[Rule], namespace: str = "", *, first: Rule | None = None) -> Iterator[Derivation]:
    """The ways that are open to whoever has these rules in a place.

    `rules` are those that hold there: for a namespace also the ones that hold everywhere. `first` asks only for the ways
    whose first premise (what the way is named after) this rule meets.
    """
    for way in catalogue():
        found: list[Met] = []
        for premise in way.premises:
            met = _met(premise, rules if found or first is None else (first,), namespace)
            if met is None:
                break
            found.append(met)
        else:
            yield Derivation(way, namespace, tuple(found))


def _met(premise: Premise, rules: Sequence[Rule], namespace: str) -> Met | None:
    for rule in rules:
        if rule.unknown or (rule.names and not set(rule.names) & set(premise.names)):
            continue
        if premise.group not in rule.groups and "*" not in rule.groups:
            continue
        for request in _requests(premise, namespace):
            if rule_allows(rule, request):
                return Met(premise, rule, request.plain())
    return None


@lru_cache(1024)
def _requests(premise: Premise, namespace: str) -> tuple[Request, ...]:
    """What meets a premise in a place. All that premises name is served by Kubernetes itself."""
    asked = Rule(premise.verbs, (premise.group,), premise.resources, premise.names)
    return tuple(existing(asked, kubernetes.api(), namespace))


def named(known: Scanned, rules: Sequence[Rule], namespace: str = "") -> Iterator[Gain]:
    """What a holder gains by roles, users and accounts that its rules name."""
    for rule in rules:
        if not rule.names or rule.unknown:
            continue
        for name in rule.names:
            yield from _bound(known, rules, rule, name, namespace)
            yield from _impersonated(known, rules, rule, name, namespace)


def _bound(known: Scanned, rules: Sequence[Rule], rule: Rule, name: str, namespace: str) -> Iterator[Gain]:
    """A role that may be bound by name, where bindings may be written, too."""
    for resource, of_bindings in (
        ("clusterroles", "rolebindings" if namespace else "clusterrolebindings"),
        ("roles", "rolebindings"),
    ):
        if not _gives(rule, "bind", kubernetes.RBAC, resource):
            continue
        writes = Premise(("create", "update", "patch"), kubernetes.RBAC, (of_bindings,))
        role = _role(known.cluster, resource, name, namespace)
        if role is None or _met(writes, rules, namespace) is None:
            continue
        got = [Placed(r.lower, namespace) for r in rules_of(known.cluster, role)]
        gained = gain([Placed(r.upper, namespace) for r in rules], got)
        if gained is not None:
            yield Gain("bind", str(role), rule, gained)


def _gives(rule: Rule, verb: str, group: str, resource: str) -> bool:
    return (
        bool({"*", verb} & set(rule.verbs))
        and bool({"*", group} & set(rule.groups))
        and bool({"*", resource} & set(rule.resources))
    )


def _role(cluster: Cluster, resource: str, name: str, namespace: str) -> Role | None:
    inside = namespace if resource == "roles" else ""
    return next((r for r in cluster.roles if r.name == name and r.namespace == inside), None)


def _impersonated(known: Scanned, rules: Sequence[Rule], rule: Rule, name: str, namespace: str) -> Iterator[Gain]:
    """A user, group or account that the holder may act as, or make tokens of, by name."""
    for kind, resource in (("User", "users"), ("Group", "groups"), ("ServiceAccount", "serviceaccounts")):
        inside = namespace if kind == "ServiceAccount" else ""
        if (kind != "ServiceAccount" and namespace) or not _gives(rule, "impersonate", "", resource):
            continue
        if kind == "Group" and name == MASTERS:
            yield Gain("impersonate", f"group `{name}`", rule, {"verb": "*", "apiGroup": "*", "resource": "*"})
        elif kind != "ServiceAccount" or inside:
            yield from _as(known, rules, rule, Subject(kind, name, inside), "impersonate", namespace)
    if namespace and _gives(rule, "create", "", "serviceaccounts/token"):
        yield from _as(known, rules, rule, Subject("ServiceAccount", name, namespace), "token", namespace)


def _as(
    known: Scanned,
    rules: Sequence[Rule],
    rule: Rule,
    who: Subject,
    cause: Literal["impersonate", "token"],
    namespace: str,
) -> Iterator[Gain]:
    gained = gain([Placed(r.upper, namespace) for r in rules], held(known, who))
    if gained is not None:
        yield Gain(cause, str(who), rule, gained)


def gain(have: Sequence[Placed], got: Sequence[Placed]) -> dict[str, Any] | None:
    """A request that `got` allows and `have` does not; None where there is none.

    Rules of the holder that are not wholly known are given as all that they may be, so that what is gained is sure.
    """
    for one in got:
        there = [h for h in have if h.namespace in ("", one.namespace) and _touch(h.rule, one.rule)]
        if covers([h.rule for h in there], one.rule):
            continue
        found = no_new_access(there, [one])
        if isinstance(found, Witness):
            return found.request
    return None


def _touch(a: Rule, b: Rule) -> bool:
    """Whether two rules may have a request in common, at a quick look: rules that have none do not matter to each other."""

    def meet(x: tuple[str, ...], y: tuple[str, ...]) -> bool:
        return "*" in x or "*" in y or not set(x).isdisjoint(y)

    return meet(a.verbs, b.verbs) and ((bool(a.urls) and bool(b.urls)) or meet(a.groups, b.groups))

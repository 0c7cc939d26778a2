from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from fourfold.findings.check import Findings, check
from fourfold.findings.finding import finding
from fourfold.findings.severity import HIGH, LOW, MEDIUM, Severity
from fourfold.model.graph import Graph
from fourfold.model.nodes import Statement
from fourfold.principles.least_privilege._rbac import (
    Place,
    is_built_in,
    known,
    others,
    places,
    role_of,
    rule_of,
    used_by,
)

if TYPE_CHECKING:
    from fourfold.engines.rbac.escalation import Derivation
    from fourfold.engines.rbac.objects import Rule

_ANYWHERE = {"escalate": HIGH, "bind": HIGH, "impersonate": HIGH, "token": HIGH}
"""Reported wherever they hold: the cause with its severity in all namespaces."""
_EVERYWHERE = {
    "nodes/proxy": HIGH,
    "certificates": HIGH,
    "secrets": MEDIUM,
    "shell": MEDIUM,
    "webhooks": MEDIUM,
    "volumes": MEDIUM,
}
"""Reported where they hold in all namespaces: in one of them they are what many programs are for."""


@check(
    HIGH,
    code="FF2016",
    since="0.1",
    no_fix="whether the program needs it is not known",
    refs=["cis-k8s:5.1.2", "cis-k8s:5.1.8", "cis-k8s:5.1.13", "cwe:269"],
)
def rbac_escalation_verbs(statement: Statement, graph: Graph) -> Findings:
    """
    Role lets its holder become more than it is

    `escalate` and `bind` lift the rule that nobody can grant what they do not have, `impersonate` is to act as anybody;
    a token of another account, a certificate in another name, the kubelet's API behind `nodes/proxy`, a webhook that sees
    every object, a shell in every pod, or all secrets of the cluster lead to the same.
    Take the verb away, or bind the role in the one namespace that needs it.

    Each way is a derivation: all it takes must be allowed, by this rule and what else the holder has, in one place.
    `escalate` without the right to change roles is none, nor is `bind` without the right to write bindings.
    The evidence has a request for each premise.

    A rule that names its objects is followed to them: to bind the role `view` is no way up for who may read anyway, to
    impersonate the group `system:masters` is one.
    Secrets, shells, webhooks and volumes count where they are given in all namespaces, not where the scan shows the role
    bound in one.
    Source: "Role Based Access Control Good Practices" in the Kubernetes documentation.

    ```diff rbac.yaml
      apiVersion: rbac.authorization.k8s.io/v1
      kind: ClusterRole
      metadata:
        name: support
      rules:
        - apiGroups: [""]
          resources: ["users"]
    -     verbs: ["get", "impersonate"]
    +     verbs: ["get"]
    ```
    """
    if statement.policy_kind != "rbac" or is_built_in(statement.resource) or statement.resources.absent:
        return
    rule = rule_of(statement)
    if "*" in rule.resources:
        return  # `rbac_wildcard` says it.
    said: set[str] = set()
    for place in places(statement.resource, graph):
        for cause, severity, words, evidence in _ways(rule, statement, place, graph):
            if cause in said:
                continue
            said.add(cause)
            yield finding(
                f"{role_of(statement)} may {words}",
                at=statement.actions.settle(),
                cause=cause,
                severity=severity,
                evidence={**evidence, **used_by(place, graph)},
            )


def _ways(
    rule: Rule, statement: Statement, place: Place, graph: Graph
) -> Iterator[tuple[str, Severity, str, dict[str, object]]]:
    """(cause, severity, what it may do, evidence) of each way up that a rule opens in a place."""
    from fourfold.engines.rbac.escalation import derivations, named

    rules = [rule, *others(statement, place, graph)]
    for derivation in derivations(rules, place.namespace, first=rule):
        cause = derivation.way.cause
        severity = _severity(cause, place)
        if severity is None:
            continue
        if derivation.way.until:
            severity = LOW
        elif cause == "secrets" and (more := _tokens(rules, place)) is not None:
            yield (
                cause,
                severity,
                f"{derivation.gives}, and {more.gives}",
                {"derivations": [derivation.plain(), more.plain()]},
            )
            continue
        yield cause, severity, derivation.gives, {"derivations": [derivation.plain()]}
    for gain in named(known(graph), rules, place.namespace):
        if gain.rule is rule:
            does = {"bind": "bind", "impersonate": "act as", "token": "make tokens of"}[gain.cause]
            request: dict[str, object] = {"target": gain.target, "request": gain.request}
            yield gain.cause, MEDIUM if place.namespace else HIGH, f"{does} {gain.target}, which may do more", request


def _severity(cause: str, place: Place) -> Severity | None:
    if cause in _ANYWHERE:
        return MEDIUM if place.namespace else _ANYWHERE[cause]
    return None if place.namespace else _EVERYWHERE.get(cause)


def _tokens(rules: list[Rule], place: Place) -> Derivation | None:
    """To create secrets as well is to have tokens of every account written into them."""
    from fourfold.engines.rbac.escalation import derivations

    return next((d for d in derivations(rules, place.namespace) if d.way.id == "TOKEN_SECRET"), None)

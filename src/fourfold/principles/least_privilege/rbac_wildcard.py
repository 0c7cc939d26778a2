from __future__ import annotations

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
    from fourfold.engines.rbac.objects import Rule
    from fourfold.engines.rbac.requests import Served

_IDENTITIES = "authentication.k8s.io"
"""To impersonate whatever extra fields a user has takes a wildcard: their keys are subresources that nobody can list."""
_READS = frozenset({"get", "list", "watch"})


@check(
    MEDIUM, code="FF2015", since="0.1", no_fix="what the program needs is not known", refs=["cis-k8s:5.1.3", "cwe:250"]
)
def rbac_wildcard(statement: Statement, graph: Graph) -> Findings:
    """
    Role allows every verb, or every resource

    A wildcard takes in what is added later, and what nobody thought of: `*` on resources is secrets too, `*` on verbs is
    `delete`, `escalate` and `impersonate`, too.
    Name the verbs and the resources; the evidence lists what the API has today, and a request that the wildcard allows.

    `*/*` and `pods/*` are no wildcards: they match nothing (see `dead_role_rule`).
    All resources of a program's own API group are not reported: an operator has to look after them.
    Every verb is not reported where the API has one only.

    ```diff rbac.yaml
      apiVersion: rbac.authorization.k8s.io/v1
      kind: ClusterRole
      metadata:
        name: reader
      rules:
        - apiGroups: [""]
    -     resources: ["*"]
    +     resources: ["pods"]
          verbs: ["get", "list"]
    ```
    """
    if statement.policy_kind != "rbac" or is_built_in(statement.resource) or statement.resources.absent:
        return
    from fourfold.engines.rbac.escalation import derivations
    from fourfold.engines.rbac.requests import existing
    from fourfold.knowledge import kubernetes

    rule, served = rule_of(statement), known(graph).served
    groups = [g for g in rule.groups if g == "*" or g in kubernetes.groups()]
    if not groups or (groups == [_IDENTITIES] and set(rule.verbs) == {"impersonate"}):
        return
    place = places(statement.resource, graph)[0]
    asked = next(existing(rule, served, place.namespace), None)
    if asked is None:
        return
    evidence = {"request": asked.plain(), **used_by(place, graph)}
    if "*" in rule.resources:
        what = "do everything with" if "*" in rule.verbs else f"{', '.join(sorted(set(rule.verbs)))}"
        of = "" if groups[0] == "*" else f" of the group `{groups[0] or 'core'}`"
        opened = derivations([rule, *others(statement, place, graph)], place.namespace)
        ways = sorted({d.way.id for d in opened if any(m.rule is rule for m in d.met)})
        yield finding(
            f"{role_of(statement)} may {what} every resource{of}",
            at=next(i for i in statement.resources.items() if i.text().endswith("/*")),
            cause="resources",
            severity=_severity(rule, place),
            evidence={"verbs": sorted(set(rule.verbs)), "resources": [f"{g or 'core'}/*" for g in groups], **evidence}
            | ({"ways up": ways} if ways else {}),
        )
    elif "*" in rule.verbs:
        found = {r: _verbs(g, r, served) for g in groups for r in rule.resources}
        wide = {r: allowed for r, allowed in found.items() if len(allowed) > 1}
        if wide:
            named = [f"{g or 'core'}/{r}" for g in groups for r in wide]
            yield finding(
                f"{role_of(statement)} may do everything with `{named[0]}`"
                + (f" and {len(named) - 1} more" if len(named) > 1 else ""),
                at=next(i for i in statement.actions.items() if i.is_("*")),
                cause="verbs",
                severity=LOW,
                evidence={"verbs": ["*"], "resources": named, "verbs of the API": wide, **evidence},
            )


def _verbs(group: str, resource: str, served: Served) -> list[str]:
    """The verbs that the API has for what `*` is given for."""
    found = [
        api
        for (g, r), api in served.items()
        if g == group or group == "*"
        if r == resource or (resource.startswith("*/") and r.endswith(resource[1:]))
    ]
    return sorted({verb for api in found for verb in api.verbs})


def _severity(rule: Rule, place: Place) -> Severity:
    if "*" in rule.verbs and "*" in rule.groups:
        return MEDIUM if place.namespace else HIGH
    if set(rule.verbs) <= _READS and not {"*", ""} & set(rule.groups):
        return LOW
    return MEDIUM

from fourfold.findings.check import Findings, check
from fourfold.findings.finding import finding
from fourfold.findings.severity import HIGH, LOW, MEDIUM, Severity
from fourfold.model.nodes import Statement
from fourfold.principles.least_privilege._rbac import is_built_in, objects, role_of, verbs

_BUILT_IN_GROUPS = ("core", "apps", "batch", "rbac.authorization.k8s.io", "networking.k8s.io", "policy")
_READS = frozenset({"get", "list", "watch"})


@check(
    MEDIUM, code="FF2015", since="0.1", no_fix="what the program needs is not known", refs=["cis-k8s:5.1.3", "cwe:250"]
)
def rbac_wildcard(statement: Statement) -> Findings:
    """
    Role allows every verb, or every resource

    A wildcard takes in what is added later, and what nobody thought of: `*` on resources is secrets too, `*` on verbs is
    `delete`, `escalate` and `impersonate`, too.
    Name the verbs and the resources.

    All resources of a program's own API group are not reported: an operator has to look after them.

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
    if statement.policy_kind != "rbac" or is_built_in(statement.resource):
        return
    allowed, pairs = verbs(statement), objects(statement)
    wide = [(g, r) for g, r in pairs if r in ("*", "*/*") and (g == "*" or g in _BUILT_IN_GROUPS)]
    if wide:
        severity = _severity(statement, allowed, wide)
        group = "" if wide[0][0] == "*" else f" of the group `{wide[0][0]}`"
        what = "do everything with" if "*" in allowed else f"{', '.join(sorted(allowed))}"
        yield finding(
            f"{role_of(statement)} may {what} every resource{group}",
            at=next(i for i in statement.resources.items() if i.text().endswith("/*")),
            cause="resources",
            severity=severity,
            evidence={"verbs": sorted(allowed), "resources": [f"{g}/{r}" for g, r in wide]},
        )
    elif "*" in allowed:
        named = [f"{g}/{r}" for g, r in pairs if g in _BUILT_IN_GROUPS or g == "*"]
        if named:
            yield finding(
                f"{role_of(statement)} may do everything with `{named[0]}`"
                + (f" and {len(named) - 1} more" if len(named) > 1 else ""),
                at=next(i for i in statement.actions.items() if i.is_("*")),
                cause="verbs",
                severity=LOW,
                evidence={"verbs": ["*"], "resources": named},
            )


def _severity(statement: Statement, allowed: set[str], wide: list[tuple[str, str]]) -> Severity:
    everywhere = statement.resource.type.endswith("/ClusterRole")
    if "*" in allowed and any(g == "*" for g, _ in wide):
        return HIGH if everywhere else MEDIUM
    if allowed <= _READS and not any(g in ("*", "core") for g, _ in wide):
        return LOW
    return MEDIUM

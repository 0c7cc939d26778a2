from fourfold.findings.check import Findings, check
from fourfold.findings.finding import finding
from fourfold.findings.severity import LOW
from fourfold.model.graph import Graph
from fourfold.model.nodes import Statement
from fourfold.principles.least_privilege._rbac import is_built_in, known, places, role_of, rule_of


@check(LOW, code="FF2030", since="0.1", no_fix="what the rule was meant to allow is not known", refs=["cwe:1164"])
def dead_role_rule(statement: Statement, graph: Graph) -> Findings:
    """
    Rule of a role allows nothing

    The rule names a resource that its group does not have, or takes for a pattern what is none, or gives by a namespace
    what belongs to none, or restricts by name requests that never have one.
    It reads as if something were allowed, and whoever misses it will widen the role somewhere else.
    Correct the group or the resource, or take it out.

    `*` is all resources with their subresources and `*/scale` is that subresource of all; `pods/*` matches nothing.
    Asked of resources in groups that Kubernetes serves itself, as of 1.37; what other groups have is only known where the
    scan holds their CustomResourceDefinition.
    What older versions had (the group `extensions`, `podsecuritypolicies`) is not reported: roles that also work on old
    clusters name it.

    ```diff rbac.yaml
      apiVersion: rbac.authorization.k8s.io/v1
      kind: Role
      metadata:
        name: debugger
      rules:
        - apiGroups: [""]
    -     resources: ["pods", "pods/*"]
    +     resources: ["pods", "pods/log"]
          verbs: ["get"]
    ```
    """
    if statement.policy_kind != "rbac" or is_built_in(statement.resource) or statement.resources.absent:
        return
    from msgspec.structs import replace

    from fourfold.engines.exact.answer import Proved
    from fourfold.engines.rbac.requests import effect
    from fourfold.knowledge.kubernetes import removed

    rule = rule_of(statement)
    if not rule.verbs or not rule.groups:
        return
    served = known(graph).served
    bound = [place.namespace for place in places(statement.resource, graph)]
    written = statement.at.get("resources").items()
    for at, resource in zip(written, rule.resources, strict=True):
        if any(removed(group, resource) for group in rule.groups):
            continue
        answers = [effect(replace(rule, resources=(resource,)), served, namespace) for namespace in bound]
        if all(isinstance(answer, Proved) for answer in answers):
            yield finding(
                f"{role_of(statement)} allows nothing with `{resource}`: {answers[0].trace[0]}",
                at=at,
                cause=resource,
                evidence={"decided by": list(answers[0].trace)},
            )

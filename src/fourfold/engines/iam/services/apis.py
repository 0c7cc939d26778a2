"""Invoking REST APIs of API Gateway: by what a method is authorized, and the API's own policy.

Source: https://docs.aws.amazon.com/apigateway/latest/developerguide/apigateway-authorization-flow.html (with its tables A and
B), apigateway-private-apis.html there (a private API needs a policy).
"""

from __future__ import annotations

from collections.abc import Iterator

from fourfold.engines.iam import document
from fourfold.engines.iam.decision import Decision, Layers, Outcome, Said, UndecidedError, say
from fourfold.engines.iam.facts import Api, Facts
from fourfold.engines.iam.request import Request
from fourfold.engines.iam.services.anonymous import anonymous


def _ours(request: Request) -> bool:
    return request.action.lower() == "execute-api:invoke"


def fixed(request: Request, layers: Layers, facts: Facts) -> Decision | None:
    """The decision where the method is not authorized by IAM, whose rules are the general ones."""
    api = facts.api
    if not _ours(request) or api is None:
        return None
    if api.private and not any(layers.get("resource", ())):
        return Decision("implicit_deny", "a private API that has no policy takes no requests")
    if api.authorization == "AWS_IAM":
        if request.principal.type == "AWS":
            return None
        return Decision("implicit_deny", "the method takes signed requests only")
    if api.authorization == "COGNITO_USER_POOLS" and not api.authenticated:
        return Decision("implicit_deny", "the user pool does not accept the caller's token")
    return _by_policies(api, anonymous(request), layers)


def _by_policies(api: Api, request: Request, layers: Layers) -> Decision:
    said = {
        kind: say([p for level in layers[kind] for p in level], request, kind)
        for kind in ("resource", "endpoint")
        if any(layers.get(kind, ()))
    }
    if api.authorization == "CUSTOM":
        said["authorizer"] = _authorizer(api, request)
    outcome, reason = _outcome(api, said)
    return Decision(outcome, reason, tuple(s.verdict for s in said.values()))


def _outcome(api: Api, said: dict[str, Said]) -> tuple[Outcome, str]:
    for one in said.values():
        if one.outcome == "explicit_deny":
            return "explicit_deny", f"denied by {', '.join(one.names)}"
    allowed = {kind for kind, one in said.items() if one.outcome == "allowed"}
    if "endpoint" in said and "endpoint" not in allowed:
        return "implicit_deny", "`endpoint` does not allow it"
    if api.authorization == "CUSTOM":
        if allowed & {"authorizer", "resource"}:
            return "allowed", "nothing denies it, and the authorizer or the API's policy allows it"
        return "implicit_deny", "neither the authorizer nor the API's policy allows it"
    if "resource" in said and "resource" not in allowed:
        return "implicit_deny", "the API's policy does not allow it"
    return "allowed", "nothing denies it, and each that must allow it does"


def _authorizer(api: Api, request: Request) -> Said:
    """What the policy of the Lambda authorizer says; it has no principal."""
    if api.authorizer_policy is None:
        raise UndecidedError("the authorizer decides: give what it returned as `facts['api']['authorizer_policy']`")
    policy = document.parse(api.authorizer_policy, "identity")
    if policy.problems:
        raise ValueError(f"API Gateway rejects the authorizer's policy: {policy.problems[0]}")
    return say([policy], request, "authorizer")


def assumed(request: Request, facts: Facts) -> Iterator[str]:
    """What the answer takes for granted."""
    if _ours(request) and facts.api is None:
        yield "the method is authorized by IAM (`facts['api']['authorization']`)"

"""URLs of Lambda functions.

Source: https://docs.aws.amazon.com/lambda/latest/dg/urls-auth.html (authentication types; both permissions since October
2025). Versions and aliases need no rule: their ARNs have a qualifier, which the `Resource` of a statement matches or not.
"""

from __future__ import annotations

from collections.abc import Iterator

from msgspec.structs import replace

from fourfold.engines.iam.decision import Decision, UndecidedError
from fourfold.engines.iam.facts import Facts
from fourfold.engines.iam.request import Request
from fourfold.engines.iam.services.anonymous import anonymous

_AUTH, _VIA = "lambda:functionurlauthtype", "lambda:invokedviafunctionurl"


def by_url(request: Request, facts: Facts) -> list[tuple[str, Request]]:
    """The permissions that a request to a function's URL needs; empty for other requests."""
    if request.action.lower() != "lambda:invokefunctionurl":
        return []
    url = facts.function_url
    auth = request.context.get(_AUTH, ("",))[0] or (url.auth_type if url else "")
    if not auth:
        raise UndecidedError(
            "how the URL authenticates decides: give `facts['function_url']['auth_type']`, `NONE` or `AWS_IAM`"
        )
    if url and auth != url.auth_type:
        raise ValueError(
            f"the facts say that `lambda:FunctionUrlAuthType` is {url.auth_type}, the request that it is {auth}"
        )
    if auth == "NONE":
        request = anonymous(request)
    context = {k: v for k, v in request.context.items() if k != _AUTH}
    out = [("", replace(request, context={**context, _AUTH: (auth,)}))]
    if url is None or url.needs_invoke_function:
        called = replace(request, action="lambda:InvokeFunction", context={**context, _VIA: ("true",)})
        out.append(("lambda:InvokeFunction", called))
    return out


def fixed(request: Request) -> Decision | None:
    """Requests without signature where the URL asks for one."""
    if request.action.lower() != "lambda:invokefunctionurl" or request.principal.type == "AWS":
        return None
    if request.context.get(_AUTH, ("",))[0] != "AWS_IAM":
        return None
    return Decision("implicit_deny", "the URL takes signed requests only")


def assumed(request: Request, facts: Facts) -> Iterator[str]:
    """What a refusal takes for granted."""
    if request.action == "lambda:InvokeFunction" and _VIA in request.context and facts.function_url is None:
        yield "the URL was made since October 2025 (`facts['function_url']['needs_invoke_function']`)"

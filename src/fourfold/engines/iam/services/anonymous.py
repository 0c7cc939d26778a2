"""The same request from nobody in particular: how a service sees it that does not ask for a signature."""

from __future__ import annotations

from fourfold.engines.iam.request import Principal, Request, complete, implied

_OF_CALLER = ("aws:principal", "aws:userid", "aws:username", "aws:multifactorauth", "aws:tokenissuetime")


def anonymous(request: Request) -> Request:
    """The request without its principal, and without the context keys that tell of one."""
    gone = implied(request.principal, "*").keys()
    context = {k: v for k, v in request.context.items() if k not in gone and not k.startswith(_OF_CALLER)}
    return complete(Request(Principal("Anonymous"), request.action, request.resource, context))

"""The rules that hold for one service only, gathered for `spec`.

Each module says what is fixed whatever the policies say, which further permissions a request needs, what its owner grants
or refuses by other means than policies, and what an answer takes for granted. Services that only have policies of their
resources (SNS, SQS, ECR, Secrets Manager, EventBridge, OpenSearch, S3 Glacier, Backup, ...) follow the general rules and
need none.
"""

from __future__ import annotations

from msgspec.structs import replace

from fourfold.engines.iam.decision import Decision, Extra, Layers, Outcome, Said
from fourfold.engines.iam.facts import Facts
from fourfold.engines.iam.organizations import service_linked
from fourfold.engines.iam.request import Request, complete
from fourfold.engines.iam.services import iam, kms, sts, untold


def parts(request: Request, layers: Layers, facts: Facts) -> list[tuple[str, Request, Layers]]:
    """The permissions that a request needs, each with a name (the first has none) and the layers that decide it."""
    key = kms.key_of(request, facts)
    if key:
        request = _about(request, key)
    return [("", request, layers), *((name, one, layers) for name, one in sts.further(request))]


def _about(request: Request, resource: str) -> Request:
    """The same request for another resource."""
    context = {k: v for k, v in request.context.items() if k != "aws:resourceaccount"}
    return complete(replace(request, resource=resource, context=context))


def fixed(request: Request, layers: Layers, facts: Facts) -> Decision | None:
    """The decision where no policy matters; None where policies decide."""
    by_service = request.principal.type == "Service" or service_linked(request)
    return sts.fixed(request) or iam.fixed(request, by_service=by_service) or kms.fixed(request, facts)


def grants(request: Request, facts: Facts) -> tuple[Extra, ...]:
    """What the owner of the resource grants by other means than policies."""
    return tuple(kms.grants(request, facts))


def owner_decides(request: Request, resource: Said | None) -> str:
    """Why identity policies do not count unless the resource's policy says so; empty where they do.

    Raises `UndecidedError` where that policy is not given.
    """
    return sts.owner_decides(request, resource) or kms.owner_decides(request, resource)


def assumed(request: Request, layers: Layers, facts: Facts, outcome: Outcome) -> tuple[str, ...]:
    """What the answer takes for granted."""
    out = list(untold.keys(request, layers))
    if outcome == "implicit_deny":
        out += kms.assumed(request, facts)
    return tuple(out)

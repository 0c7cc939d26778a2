"""The rules that hold for one service only, gathered for `spec`.

Each module says what is fixed whatever the policies say, which further permissions a request needs, what its owner grants
or refuses by other means than policies, and what an answer takes for granted. Services that only have policies of their
resources (SNS, SQS, ECR, Secrets Manager, EventBridge, OpenSearch, S3 Glacier, Backup, ...) follow the general rules and
need none.
"""

from __future__ import annotations

from collections.abc import Iterator

from fourfold.engines.iam.decision import Decision, Extra, Layers, Outcome, Said
from fourfold.engines.iam.facts import Facts
from fourfold.engines.iam.organizations import moved, service_linked
from fourfold.engines.iam.request import Request
from fourfold.engines.iam.services import apis, files, functions, iam, kms, s3, sts, untold

Part = tuple[str, Request, Layers]
"""Name (empty for the request itself), what must be allowed, and by which layers."""


def parts(request: Request, layers: Layers, facts: Facts) -> list[Part]:
    """The permissions that a request needs."""
    return list(_parts(request, layers, facts))


def _parts(request: Request, layers: Layers, facts: Facts) -> Iterator[Part]:
    key = kms.key_of(request, facts)
    point = s3.point_of(request, facts)
    by_url = functions.by_url(request, facts)
    if key:
        yield "", moved(request, key, facts), layers
    elif point is not None:
        by_point, by_bucket, of_point = s3.through(point, request, layers, facts)
        yield "access point", by_point, of_point
        yield "", by_bucket, layers
    elif by_url:
        for name, one in by_url:
            yield name, one, layers
    else:
        yield "", request, layers
        for name, one in sts.further(request):
            yield name, one, layers


def fixed(request: Request, layers: Layers, facts: Facts) -> Decision | None:
    """The decision where the general rules do not matter; None where they do."""
    by_service = request.principal.type == "Service" or service_linked(request)
    return (
        sts.fixed(request)
        or iam.fixed(request, by_service=by_service)
        or kms.fixed(request, facts)
        or s3.fixed(request, facts)
        or functions.fixed(request)
        or apis.fixed(request, layers, facts)
    )


def grants(request: Request, layers: Layers, facts: Facts) -> tuple[Extra, ...]:
    """What the owner of the resource grants by other means than policies."""
    return (*kms.grants(request, facts), *s3.grants(request, facts), *files.grants(request, layers))


def owner_decides(request: Request, resource: Said | None) -> str:
    """Why identity policies do not count unless the resource's policy says so; empty where they do.

    Raises `UndecidedError` where that policy is not given.
    """
    return sts.owner_decides(request, resource) or kms.owner_decides(request, resource)


def assumed(request: Request, layers: Layers, facts: Facts, outcome: Outcome) -> tuple[str, ...]:
    """What the answer takes for granted."""
    out = [
        *untold.keys(request, layers),
        *untold.variables(request, layers),
        *s3.assumed(request, layers, facts, outcome),
    ]
    if outcome != "explicit_deny":
        out += apis.assumed(request, facts)
    if outcome == "implicit_deny":
        out += [*kms.assumed(request, facts), *functions.assumed(request, facts)]
    return tuple(out)

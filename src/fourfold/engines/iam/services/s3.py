"""Amazon S3: owners of objects, access control lists, Block Public Access, access points.

Sources, in https://docs.aws.amazon.com/AmazonS3/latest/userguide/: how-s3-evaluates-access-control.html and its pages on
bucket and object operations, about-object-ownership.html, access-control-block-public-access.html,
access-points-policies.html, access-points-vpc.html; and API_PutBucketPolicy.html of the S3 API (what the root user of a
bucket's account always can).
"""

from __future__ import annotations

from collections.abc import Iterator

from msgspec.structs import replace

from fourfold.engines.iam import document
from fourfold.engines.iam.decision import Decision, Extra, Layers, Outcome, UndecidedError
from fourfold.engines.iam.document import Policy
from fourfold.engines.iam.facts import AccessPoint, Facts
from fourfold.engines.iam.organizations import moved
from fourfold.engines.iam.organizations import owner as account_of
from fourfold.engines.iam.request import Request
from fourfold.engines.iam.services import acl
from fourfold.engines.iam.services.public import by_sessions, is_public

_BUCKET_POLICY = frozenset({"s3:getbucketpolicy", "s3:putbucketpolicy", "s3:deletebucketpolicy"})
_PUTS_ACL = frozenset({"s3:putbucketacl", "s3:putobjectacl", "s3:putobjectversionacl"})
_PUTS_POLICY = frozenset({"s3:putbucketpolicy", "s3:putaccesspointpolicy"})
_OF_BUCKET_OWNER = frozenset({
    "s3:putobject", "s3:deleteobject", "s3:deleteobjectversion", "s3:abortmultipartupload", "s3:listmultipartuploadparts",
})  # fmt: skip
"""Actions on objects that are the bucket owner's to allow, whoever owns the object that is there."""


def _ours(request: Request) -> bool:
    return request.action.lower().startswith("s3:")


def _blocks(facts: Facts, setting: str) -> bool:
    """Whether the setting is on at one level: the most restrictive combination counts."""
    levels = facts.s3.public_access_block if facts.s3 else None
    return any(getattr(block, setting) for block in (levels or {}).values())


def owner(request: Request, facts: Facts) -> str:
    """The account whose identity policies and lists decide, where it is not the bucket's; else empty."""
    found = facts.s3.object_owner if facts.s3 else ""
    if not found or not _ours(request) or "/" not in request.resource or request.action.lower() in _OF_BUCKET_OWNER:
        return ""
    assert facts.s3 is not None
    if facts.s3.ownership == "BucketOwnerEnforced" and found != account_of(request):
        raise ValueError("with `BucketOwnerEnforced` the bucket's account owns every object: `object_owner` is another")
    return found


def foreign(request: Request, facts: Facts) -> bool:
    """Whether the object is not the bucket owner's: then the bucket's policy can deny, and not allow."""
    found = owner(request, facts)
    return found not in ("", account_of(request))


def spared(request: Request, layer: str) -> bool:
    """Whether a deny of the bucket's policy does not count: the root user can always mend the policy."""
    who = request.principal
    same = who.kind == "root" and account_of(request) in ("", who.account)
    return layer == "resource" and same and request.action.lower() in _BUCKET_POLICY


def grants(request: Request, facts: Facts) -> Iterator[Extra]:
    """What access control lists allow."""
    if facts.s3 is None or not _ours(request) or ":accesspoint/" in request.resource:
        return
    found = [g for g in acl.listed(request, facts) if _counts(g, request, facts)]
    if found and facts.s3.ownership is None:
        raise UndecidedError("access control lists count only by Object Ownership: give `facts['s3']['ownership']`")
    if facts.s3.ownership == "BucketOwnerEnforced":
        return
    for grant in found:
        way = acl.way(grant.grantee, request.principal, account_of(request))
        yield Extra("acl", frozenset({way}), (grant.name,))


def _counts(grant: acl.Listed, request: Request, facts: Facts) -> bool:
    if grant.public and _blocks(facts, "IgnorePublicAcls"):
        return False
    if request.action.lower() in ("s3:deleteobject", "s3:deleteobjectversion"):
        # Writing to a bucket is deleting only for who owns the object.
        assert facts.s3 is not None
        if facts.s3.object_owner != request.principal.account or not facts.s3.object_owner:
            return False
    return acl.way(grant.grantee, request.principal, account_of(request)) != ""


def refused(request: Request, layers: Layers, facts: Facts, *, same: bool) -> str:
    """Why it is refused whatever the policies and lists say; empty where it is not."""
    if not _ours(request) or facts.s3 is None:
        return ""
    action = request.action.lower()
    if facts.s3.ownership == "BucketOwnerEnforced" and (
        action in _PUTS_ACL or (action == "s3:putobject" and _other_list(request))
    ):
        return "Object Ownership (`BucketOwnerEnforced`) takes no access control lists"
    if _blocks(facts, "BlockPublicAcls") and acl.sets_public(request) and action in (*_PUTS_ACL, "s3:putobject"):
        return "Block Public Access (`BlockPublicAcls`) takes no public access control lists"
    bucket = account_of(request) or (request.principal.account if same else "")
    inside = request.principal.type == "Service" or (bucket != "" and request.principal.account == bucket)
    if not inside and _blocks(facts, "RestrictPublicBuckets") and _public(request, layers, facts):
        return "Block Public Access (`RestrictPublicBuckets`) shuts a public policy to other accounts and anybody"
    return ""


def _other_list(request: Request) -> bool:
    """Whether an upload has a list other than that which gives the bucket's owner full control."""
    canned = request.context.get("s3:x-amz-acl", ("bucket-owner-full-control",))[0]
    return canned != "bucket-owner-full-control" or any(k.startswith("s3:x-amz-grant-") for k in request.context)


def _public(request: Request, layers: Layers, facts: Facts) -> bool:
    through = ":accesspoint/" in request.resource
    point = facts.s3.access_point if facts.s3 else None
    if through and point is not None and point.vpc:
        return False
    return is_public(_policies(layers), access_point=through)


def _policies(layers: Layers) -> list[Policy]:
    return [p for level in layers.get("resource", ()) for p in level]


def point_of(request: Request, facts: Facts) -> AccessPoint | None:
    """The access point that the request goes through."""
    if not _ours(request) or "accesspoint" in request.action.lower():
        return None
    point = facts.s3.access_point if facts.s3 else None
    if ":accesspoint/" in request.resource:
        raise UndecidedError(
            "through an access point both its policy and the bucket's decide: ask for the bucket or its object, "
            "and give `facts['s3']['access_point']`"
        )
    return point if request.resource.startswith("arn:") else None


def through(point: AccessPoint, request: Request, layers: Layers, facts: Facts) -> tuple[Request, Request, Layers]:
    """The two permissions that a request through an access point needs: by the point, with its policy, and by the bucket.

    An access point's policy is effective only if the bucket allows the same, which its policy can do for all of an
    account's access points by `s3:DataAccessPointAccount`.
    """
    if point.arn.split(":")[2:3] != ["s3"] or ":accesspoint/" not in point.arn or point.arn.count(":") < 5:
        raise ValueError(f"no access point: `{point.arn}`; give its ARN")
    more = {
        "s3:dataaccesspointarn": (point.arn,),
        "s3:dataaccesspointaccount": (point.arn.split(":")[4],),
        "s3:accesspointnetworkorigin": ("VPC" if point.vpc else "Internet",),
    }
    _, slash, key = request.resource.partition("/")
    by_point = moved(request, f"{point.arn}/object/{key}" if slash else point.arn, facts)
    by_point = replace(by_point, context={**by_point.context, **more})
    policies: tuple[Policy, ...] = ()
    if point.policy is not None:
        policy = document.parse(point.policy, "resource")
        if policy.problems:
            raise ValueError(f"S3 rejects the access point's policy: {policy.problems[0]}")
        policies = (policy,)
    rest = {kind: levels for kind, levels in layers.items() if kind != "resource"}
    return (
        by_point,
        replace(request, context={**request.context, **more}),
        {**rest, **({"resource": (policies,)} if policies else {})},
    )


def fixed(request: Request, facts: Facts) -> Decision | None:
    """A request to an access point of a VPC from elsewhere."""
    point = facts.s3.access_point if facts.s3 else None
    if point is None or not point.vpc or ":accesspoint/" not in request.resource:
        return None
    if request.context.get("aws:sourcevpc", ("",))[0] == point.vpc:
        return None
    return Decision("implicit_deny", f"the access point takes requests from {point.vpc} only")


def assumed(request: Request, layers: Layers, facts: Facts, outcome: Outcome) -> Iterator[str]:
    """What the answer takes for granted."""
    action, who = request.action.lower(), request.principal
    if not _ours(request) or request.resource == "*":
        return
    told, known = facts.s3, account_of(request)
    if outcome == "implicit_deny" and action in {**acl.ON_BUCKET, **acl.ON_OBJECT}:
        lists = [a for a, on in (("bucket_acl", acl.ON_BUCKET), ("object_acl", acl.ON_OBJECT)) if action in on]
        enabled = told is None or told.ownership != "BucketOwnerEnforced"
        if enabled and (told is None or any(getattr(told, name) is None for name in lists)):
            yield f"no access control list allows it (`facts['s3']`: `ownership`, `{lists[0]}`)"
        if told is not None and enabled and who.type == "AWS" and not who.canonical:
            ids = [g.grantee for g in acl.listed(request, facts) if g.grantee.isalnum()]
            if ids:
                yield f"{ids[0]} is not the account {who.account} (`facts['canonical_ids']`)"
    if outcome != "allowed" or who.type == "Service":
        return
    settings = told.public_access_block if told else None
    puts = action in (*_PUTS_ACL, "s3:putobject")
    outside = who.type != "AWS" or known not in ("", who.account)
    public = outside and (_public(request, layers, facts) or any(g.public for g in acl.listed(request, facts)))
    if settings is None and (public or (puts and acl.sets_public(request))):
        yield "public access is not blocked (`facts['s3']['public_access_block']`)"
    if outside and _blocks(facts, "RestrictPublicBuckets") and by_sessions(_policies(layers)):
        yield "a policy for the sessions of one role (`aws:userid`) is not public"
    if _blocks(facts, "BlockPublicPolicy") and action in _PUTS_POLICY:
        yield "the policy that is put is not public: `BlockPublicPolicy` would refuse it"
    if _blocks(facts, "BlockPublicAcls") and action in _PUTS_ACL and not acl.sets_any(request):
        yield "the access control list that is put is not public: `BlockPublicAcls` would refuse it"

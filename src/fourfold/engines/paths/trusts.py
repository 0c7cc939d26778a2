"""Roles whose trust lets strangers in: any account of AWS, any user of a public identity provider, guests of an identity
pool.

Sources: https://docs.aws.amazon.com/IAM/latest/UserGuide/id_roles_create_for-idp_oidc.html (what a trust must ask for);
https://docs.github.com/en/actions/reference/security/oidc, https://docs.gitlab.com/ci/secrets/id_token_authentication/ and
https://developer.hashicorp.com/terraform/cloud-docs/workspaces/dynamic-provider-credentials/workload-identity-tokens (what a
token's `sub` says); https://docs.aws.amazon.com/cognito/latest/developerguide/iam-roles.html (guests).
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache

from msgspec.structs import replace

from fourfold.engines.iam.ask import Access, can
from fourfold.engines.iam.estate import Principal, Target
from fourfold.engines.iam.ground import Document, plain
from fourfold.engines.paths.moves import Fact, Move
from fourfold.engines.paths.world import World
from fourfold.model.place import Span

PROVIDERS = {
    "token.actions.githubusercontent.com": ("repo:stranger/of-theirs:ref:refs/heads/main", "a repository on GitHub"),
    "gitlab.com": ("project_path:stranger/of-theirs:ref_type:branch:ref:main", "a project on GitLab.com"),
    "app.terraform.io": (
        "organization:stranger:project:of-theirs:workspace:main:run_phase:apply", "a workspace of HCP Terraform",
    ),
}  # fmt: skip
"""Issuer: the subject of a token that a stranger can have, and what they need for it."""
_WEB = "sts:AssumeRoleWithWebIdentity"
_COGNITO = "cognito-identity.amazonaws.com"


def from_internet(world: World, fact: Fact) -> Iterator[Move]:
    """Roles that somebody outside of the account may become."""
    guests = _guests(world)
    for principal in world.by_arn.values():
        if principal.kind != "role" or principal.node is None:
            continue
        target = world.targets.get(principal.node.resource.key)
        if target is None or not target.policies:
            continue
        for found in world.strangers("sts:AssumeRole", target):
            if found.verdict != "unknown":
                yield _move(fact, principal, found, "public-trust", "an account of AWS")
                break
        for issuer, (subject, what) in PROVIDERS.items():
            yield from (
                _move(fact, principal, one, "oidc-trust", what) for one in _federated(world, target, issuer, subject)
            )
        pool = guests.get(principal.node.resource.key)
        if pool is not None and _trusts_guests(world, target):
            yield Move(
                id="guest-role", technique="T1078.004", premises=(fact,), conclusion=_held(principal), spans=(pool,),
                text=f"Guests of the identity pool, who do not sign in, get credentials of role `{principal.name}`",
                assumes="the identifier of the pool is known (every client of the application has it)", log="CloudTrail", effort=2,
            )  # fmt: skip


def _held(principal: Principal) -> Fact:
    return Fact("hold", principal.arn, f"{principal.kind} `{principal.name}`")


def _move(fact: Fact, principal: Principal, found: Access, id_: str, what: str) -> Move:
    spans = [s.span for d in found.target.policies for s in d.statements if s.effect == "Allow" and s.span is not None]
    needs = {k: v for k, v in found.needs.items() if v and not k.endswith((":sub", ":aud"))}
    return Move(
        id=id_, technique="T1199", premises=(fact,), conclusion=_held(principal), spans=tuple(s for s in spans if s.file),
        text=f"Whoever has {what} may become role `{principal.name}` (`{found.action}`)", witness=found.request,
        assumes=", ".join(f"{k} is {v}" for k, v in needs.items()), log="CloudTrail", effort=1 + bool(needs),
    )  # fmt: skip


def _federated(world: World, target: Target, issuer: str, subject: str) -> Iterator[Access]:
    """Whether a token with a stranger's subject is taken."""
    named = {v for d in target.policies for s in d.statements for _, v in s.upper.principals or () if issuer in v}
    for provider in sorted(named):
        who = Principal(kind="federated", name=provider, asks={"Federated": provider})
        asked = replace(target, policies=(*target.policies, _only(issuer, subject)))
        yield from (one for one in can(world.estate, [who], _WEB, asked) if one.verdict != "unknown")


@cache
def _only(issuer: str, subject: str) -> Document:
    """Denies every token but the stranger's own."""
    condition = {"StringNotEquals": {f"{issuer}:sub": subject}}
    row = {"Effect": "Deny", "Principal": "*", "Action": "*", "Condition": condition}
    return plain({"Statement": [row]}, "trust", "tokens that no stranger has", lambda _: None)


def _guests(world: World) -> dict[str, Span]:
    """Key of a role: where an identity pool gives it to guests."""
    graph = world.graph
    out: dict[str, Span] = {}
    for row in graph.of_type("AWS::Cognito::IdentityPoolRoleAttachment"):
        pool = graph.target(row.get("IdentityPoolId"))
        value = row.get("Roles", "unauthenticated")
        role = graph.target(value)
        if role is not None and pool is not None and pool.get("AllowUnauthenticatedIdentities").surely(expected=True):
            out[role.key] = value.span
    return out


def _trusts_guests(world: World, target: Target) -> bool:
    who = Principal(kind="federated", name=_COGNITO, asks={"Federated": _COGNITO})
    rows = [
        {
            "Effect": "Deny",
            "Principal": "*",
            "Action": "*",
            "Condition": {f"{some}:StringNotEquals": {f"{_COGNITO}:amr": "unauthenticated"}},
        }
        for some in ("ForAllValues", "ForAnyValue")  # guests have this method and no other
    ]
    guests = plain({"Statement": rows}, "trust", "who signs in", lambda _: None)
    return bool(can(world.estate, [who], _WEB, replace(target, policies=(*target.policies, guests))))

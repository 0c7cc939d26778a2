"""Who may use a KMS key: its key policy, what it delegates to IAM, grants.

Sources, in https://docs.aws.amazon.com/kms/latest/developerguide/: key-policy-default.html (delegation to the account),
policy-evaluation.html, key-policy-modifying-external-accounts.html (what works across accounts), grants.html,
create-grant-overview.html (constraints), grant-delete.html (who retires a grant), alias-access.html, concepts.html (keys
that AWS manages).
"""

from __future__ import annotations

from collections.abc import Iterator

from fourfold.engines.iam.decision import Decision, Extra, Said, UndecidedError
from fourfold.engines.iam.facts import Facts, Grant
from fourfold.engines.iam.points import how
from fourfold.engines.iam.request import Request

_OPERATIONS = frozenset({
    "creategrant", "decrypt", "derivesharedsecret", "describekey", "encrypt", "generatedatakey", "generatedatakeypair",
    "generatedatakeypairwithoutplaintext", "generatedatakeywithoutplaintext", "generatemac", "getpublickey",
    "reencryptfrom", "reencryptto", "retiregrant", "sign", "verify", "verifymac",
})  # fmt: skip
"""What a grant can allow."""
_ACROSS_ACCOUNTS = _OPERATIONS | {"getkeyrotationstatus", "listgrants", "revokegrant"}
_OF_ALIASES = frozenset({"createalias", "deletealias", "updatealias"})
_WITHOUT_CONTEXT = frozenset({"creategrant", "describekey", "retiregrant"})
"""Operations for which the constraints of a grant do not count."""
_BY_AWS_ONLY = frozenset({
    "cancelkeydeletion", "createalias", "deletealias", "disablekey", "disablekeyrotation", "enablekey",
    "enablekeyrotation", "putkeypolicy", "schedulekeydeletion", "tagresource", "untagresource", "updatealias",
    "updatekeydescription",
})  # fmt: skip
_CONTEXT = "kms:encryptioncontext:"


def fixed(request: Request, facts: Facts) -> Decision | None:
    """What no permission makes possible."""
    prefix, _, name = request.action.lower().partition(":")
    if prefix != "kms":
        return None
    managed = facts.kms is not None and facts.kms.manager == "AWS"
    if name in _BY_AWS_ONLY and (managed or ":alias/aws/" in request.resource):
        return Decision("implicit_deny", "a key that AWS manages, and its alias, cannot be changed")
    account = request.context.get("aws:resourceaccount", ("",))[0]
    if (
        name not in _ACROSS_ACCOUNTS
        and request.principal.type == "AWS"
        and account not in ("", request.principal.account)
    ):
        return Decision("implicit_deny", f"`{request.action}` does not work on keys of other accounts")
    return None


def key_of(request: Request, facts: Facts) -> str:
    """The key that a request for an alias is about; empty where the request names no alias, or is about the alias."""
    name = request.action.lower().removeprefix("kms:")
    if not request.action.lower().startswith("kms:") or ":alias/" not in request.resource or name in _OF_ALIASES:
        return ""
    key = facts.kms.aliases.get(request.resource, "") if facts.kms else ""
    if not key:
        raise UndecidedError(
            f"`{request.action}` is allowed for a key, not for its alias: ask for the key, "
            f"or give `facts['kms']['aliases']['{request.resource}']`"
        )
    return key


def owner_decides(request: Request, resource: Said | None) -> str:
    """Why nothing but the key's policy (and grants) can allow it; empty for other requests."""
    if not request.action.lower().startswith("kms:") or ":key/" not in request.resource:
        return ""
    if resource is None:
        raise UndecidedError("every key has a key policy, and it decides: give it as `resource`, with its statements")
    return "the key policy does not delegate to the account"


def grants(request: Request, facts: Facts) -> Iterator[Extra]:
    """What the grants for the key allow: no identity policy is needed besides, even across accounts."""
    prefix, _, name = request.action.lower().partition(":")
    if prefix != "kms" or facts.kms is None or ":key/" not in request.resource:
        return
    for grant in facts.kms.grants or ():
        if _allows(grant, name, request):
            yield Extra("grants", frozenset({_way(grant, name, request)}), (grant.GrantId or grant.Name or "grant",))


def by_grants_only(request: Request) -> bool:
    """Whether the key's policy can deny it, and not allow: who may retire a grant, the grant says."""
    return request.action.lower() == "kms:retiregrant"


def _allows(grant: Grant, name: str, request: Request) -> bool:
    if name == "retiregrant" and (_named(grant.RetiringPrincipal, request) or _issued(grant, request)):
        return True
    listed = {operation.lower() for operation in grant.Operations}
    if name not in _OPERATIONS or name not in listed or not _named(grant.GranteePrincipal, request):
        return False
    return name in _WITHOUT_CONTEXT or _meets(grant, request)


def _named(principal: str, request: Request) -> bool:
    return bool(principal) and how("AWS", principal, request.principal) != ""


def _issued(grant: Grant, request: Request) -> bool:
    """Whether the grant was made in the account of who asks."""
    account = grant.IssuingAccount
    return account != "" and request.principal.account in (account, *account.split(":")[4:5])


def _way(grant: Grant, name: str, request: Request) -> str:
    """A grant to an account leaves it to the account's identity policies; so does retiring by the account that made it."""
    retires = name == "retiregrant" and _named(grant.RetiringPrincipal, request)
    named = grant.RetiringPrincipal if retires else grant.GranteePrincipal
    found = how("AWS", named, request.principal) or "account"
    return found if found == "account" else "free"


def _meets(grant: Grant, request: Request) -> bool:
    """Whether the encryption context is as the constraints of the grant ask. Keys and values mind the case.

    Names of condition keys do not, so of two keys of the encryption context that differ in case alone none is known.
    """
    if grant.Constraints is None:
        return True
    have = {k.removeprefix(_CONTEXT): v[0] for k, v in request.context.items() if k.startswith(_CONTEXT)}
    equals, subset = grant.Constraints.EncryptionContextEquals, grant.Constraints.EncryptionContextSubset
    if equals is not None and have != {k.lower(): v for k, v in equals.items()}:
        return False
    return subset is None or all(have.get(k.lower()) == v for k, v in subset.items())


def assumed(request: Request, facts: Facts) -> Iterator[str]:
    """What a refusal takes for granted."""
    prefix, _, name = request.action.lower().partition(":")
    told = facts.kms is not None and facts.kms.grants is not None
    if prefix == "kms" and name in _OPERATIONS and ":key/" in request.resource and not told:
        yield "no grant for the key allows it (`facts['kms']['grants']`)"

"""Assuming roles and other operations of AWS STS.

Sources, in https://docs.aws.amazon.com/IAM/latest/UserGuide/: id_roles_terms-and-concepts.html (role chaining),
id_session-tags.html (`sts:TagSession`), id_credentials_temp_control-access_monitor.html (`sts:SetSourceIdentity`),
id_credentials_temp_control-access_getsessiontoken.html, id_credentials_temp_request.html (what the credentials of each
operation cannot call); and API_GetCallerIdentity.html, API_AssumeRole.html, API_AssumeRoleWithWebIdentity.html of
https://docs.aws.amazon.com/STS/latest/APIReference/.
"""

from __future__ import annotations

from collections.abc import Iterator

from msgspec.structs import replace

from fourfold.engines.iam.decision import Decision, Said, UndecidedError
from fourfold.engines.iam.request import Request

_BY_PROVIDER = {"sts:assumerolewithsaml", "sts:assumerolewithwebidentity"}
_ASSUMING = {"sts:assumerole", *_BY_PROVIDER}
_TRUSTED = {*_ASSUMING, "sts:tagsession", "sts:setsourceidentity", "sts:setcontext"}
_CHAIN_MAX = 3600
"""Seconds that a session may last that another role's session asks for."""


def fixed(request: Request) -> Decision | None:
    """What needs no permission, and what no permission makes possible."""
    action, who = request.action.lower(), request.principal
    if action == "sts:getcalleridentity":
        if who.type == "Anonymous":
            return Decision("implicit_deny", "`sts:GetCallerIdentity` must be signed")
        return Decision("allowed", "`sts:GetCallerIdentity` needs no permission")
    if action == "sts:getsessiontoken" and who.type == "AWS":
        if who.kind in ("user", "root"):
            return Decision("allowed", "`sts:GetSessionToken` needs no permission")
        return Decision("implicit_deny", "only IAM users and the root user can call `sts:GetSessionToken`")
    if who.kind == "federated-user" and action.startswith(("iam:", "sts:")):
        console = ("it is not called from the console",) if action.startswith("iam:") else ()
        return Decision("implicit_deny", "sessions of `GetFederationToken` cannot call IAM and STS", assumed=console)
    if action == "sts:getfederationtoken" and who.kind in ("role", "assumed-role"):
        return Decision("implicit_deny", "roles cannot call `sts:GetFederationToken`")
    if action == "sts:assumerole" and who.kind == "root":
        return Decision("implicit_deny", "the root user cannot assume a role")
    if action == "sts:assumerole" and who.kind in ("role", "assumed-role"):
        seconds = request.context.get("sts:durationseconds", ("0",))[0]
        if float(seconds) > _CHAIN_MAX:
            return Decision("implicit_deny", "a role that assumes a role gets a session of one hour at most")
    if action in _BY_PROVIDER and who.type == "AWS":
        raise UndecidedError(f'`{request.action}` is asked for by an identity provider: give {{"Federated": PROVIDER}}')
    return None


def further(request: Request) -> Iterator[tuple[str, Request]]:
    """Other permissions that assuming this role in this way needs, too."""
    context = request.context
    if request.action.lower() not in _ASSUMING:
        return
    if any(key.startswith("aws:requesttag/") or key in ("aws:tagkeys", "sts:transitivetagkeys") for key in context):
        yield "sts:TagSession", replace(request, action="sts:TagSession")
    if "sts:sourceidentity" in context or "aws:sourceidentity" in context:
        yield "sts:SetSourceIdentity", replace(request, action="sts:SetSourceIdentity")


def owner_decides(request: Request, resource: Said | None) -> str:
    """Why nothing but the role's trust policy can allow it; empty for other requests."""
    if request.action.lower() not in _TRUSTED or ":role/" not in request.resource:
        return ""
    if resource is None or resource.layer != "trust":
        raise UndecidedError("every role has a trust policy, and it decides: give it as `trust`, with its statements")
    return "the trust policy does not allow it"

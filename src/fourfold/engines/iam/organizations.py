"""Which policies of an organization bind a request, and what it says of the accounts.

Sources: https://docs.aws.amazon.com/organizations/latest/userguide/orgs_manage_policies_scps.html (whom service control
policies bind), orgs_manage_policies_rcps.html there (which services, resources and principals resource control policies
concern), and for the context keys reference_policies_condition-keys.html of the IAM User Guide. The services that support
resource control policies are those of `catalogue().rcp_services`.
"""

from __future__ import annotations

from msgspec.structs import replace

from fourfold.engines.iam.facts import Facts
from fourfold.engines.iam.request import Request, complete
from fourfold.knowledge.iam import catalogue

_BEYOND_RCP = frozenset({"kms:retiregrant"})
"""Actions that resource control policies cannot restrict."""
_OF_RESOURCE = frozenset({"aws:resourceaccount", "aws:resourceorgid", "aws:resourceorgpaths", "s3:resourceaccount"})


def scp_binds(request: Request, facts: Facts) -> bool:
    """Not services, service-linked roles and the principals of the management account."""
    who, organization = request.principal, facts.organization
    if who.type != "AWS" or service_linked(request):
        return False
    return not (organization and organization.management_account == who.account)


def rcp_binds(request: Request, facts: Facts) -> bool:
    """Only services that support them; not service-linked roles, the management account's resources and AWS's keys."""
    action = request.action.lower()
    if service_linked(request) or action in _BEYOND_RCP:
        return False
    if action.partition(":")[0] not in catalogue().rcp_services:
        return False
    if action.startswith("kms:") and facts.kms is not None and facts.kms.manager == "AWS":
        return False
    management = facts.organization.management_account if facts.organization else ""
    return not management or owner(request) != management


def owner(request: Request) -> str:
    """The account whose resource is asked for; where no resource is named, the caller's; empty where nothing tells."""
    known = request.context.get("aws:resourceaccount", ())
    if known:
        return known[0]
    return request.principal.account if request.resource == "*" else ""


def service_linked(request: Request) -> bool:
    """Whether a service-linked role asks; of a session, `aws:PrincipalArn` tells."""
    arn = request.context.get("aws:principalarn", ())
    return request.principal.service_linked or any(":role/aws-service-role/" in one for one in arn)


_OF_ACCOUNTS = (
    ("aws:principalaccount", "aws:principal"), ("aws:resourceaccount", "aws:resource"), ("aws:sourceaccount", "aws:source"),
    ("aws:vpceaccount", "aws:vpce"),
)  # fmt: skip
"""Key that names an account: how the keys begin that tell of its organization."""


def membership(request: Request, facts: Facts) -> dict[str, str]:
    """Context keys that follow from which accounts are members."""
    organization = facts.organization
    if organization is None:
        return {}
    members = dict(organization.accounts)
    if organization.management_account:
        members.setdefault(organization.management_account, "")
    out: dict[str, str] = {}
    for key, prefix in _OF_ACCOUNTS:
        account = request.context.get(key, ("",))[0]
        if account in members:
            out[f"{prefix}orgid"] = organization.id
            if members[account]:
                out[f"{prefix}orgpaths"] = members[account]
    return out


def moved(request: Request, resource: str, facts: Facts) -> Request:
    """The same request for another resource, which may be of another account."""
    context = {k: v for k, v in request.context.items() if k not in _OF_RESOURCE}
    made = complete(replace(request, resource=resource, context=context))
    more = membership(made, facts)
    return replace(made, context={**{k: (v,) for k, v in more.items()}, **made.context})

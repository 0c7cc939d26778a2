"""Questions about AWS IAM policies: one request decided, all requests compared.

    from fourfold import iam
    iam.decide({"principal": "arn:aws:iam::111122223333:role/app", "action": "s3:GetObject",
                "resource": "arn:aws:s3:::my-bucket/a"}, {"identity": [policy]}).outcome
    iam.no_new_access(reference, candidate).verdict     # "proved", "witness" or "unknown"

    graph = fourfold.scan("infra").graph                # or iam.account("account.json")
    for access in iam.who_can(graph, "kms:Decrypt", "OrdersKey"):
        print(access.principal.name, access.verdict, access.when, access.needs, access.deciding)

Documents are dicts or JSON text. A request is `{"principal", "action", "resource", "context": {key: value or list}}`;
the principal an ARN, an account number, a service's name, `anonymous`, or `{"Service": ...}`. An answer has `verdict`,
`request` (of a witness), `trace` and `reason` (of what is unknown).

Questions about all requests are about those that services make: each action that the catalogue knows on the resources that
it works on, and actions that it does not know on anything (`typing="open"`). `typing="closed"` leaves out unknown actions,
`typing="none"` asks about every action on every resource, so that no mistake of the catalogue can hide access.

What the language means is said at
https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_evaluation-logic.html and where its parts are modelled,
in `fourfold.engines.iam`. Wrong requests and kinds raise UsageError; a document that IAM rejects has `problems`, and
questions about it are answered `unknown`.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from fourfold.engines.exact.answer import Answer, Proved, Unknown, Witness
from fourfold.engines.iam import assertions, document, public, spec, symbolic
from fourfold.engines.iam.document import KINDS, Diagnostic, Kind, Policy
from fourfold.engines.iam.facts import facts as _facts
from fourfold.engines.iam.question import Typing
from fourfold.engines.iam.request import request as _request
from fourfold.engines.iam.spec import Decision, Verdict
from fourfold.engines.iam.validate.issues import Issue
from fourfold.errors import UsageError

if TYPE_CHECKING:
    from fourfold.engines.iam.ask import Access
    from fourfold.engines.iam.escalation import Escalation
    from fourfold.engines.iam.estate import Estate
    from fourfold.model.graph import Graph

__all__ = [
    "Answer", "Decision", "Diagnostic", "Issue", "Policy", "Proved", "Unknown", "Verdict", "Witness",
    "account", "can", "check", "decide", "disjoint", "equivalent", "escalations", "is_empty", "is_public", "no_access", "no_new_access",
    "overlap", "parse", "who_can",
]  # fmt: skip

Document = dict[str, Any] | str | Policy
"""A policy: a dict, JSON text, or what `parse` made of either."""


def parse(source: Document, kind: Kind = "identity") -> Policy:
    """A policy and, in `problems`, what IAM rejects about it. Raises UsageError for a kind that does not exist."""
    if isinstance(source, Policy):
        return source
    try:
        return document.parse(source, kind)
    except ValueError as error:
        raise UsageError(str(error)) from None


def check(document: dict[str, Any] | str, kind: Kind | None = None, *, resource_type: str = "") -> list[Issue]:
    """What is to be said of a document, the worst first: the documented validation checks, proved where they can be.

    `kind` is what the document looks like where it is not given, `resource_type` (`AWS::S3::Bucket`) what a resource policy
    is attached to. An issue has `code`, `type`, `message`, `path`, and `line` and `column` where the document is a text.
    """
    from fourfold.engines.iam import validate

    if kind is not None and kind not in KINDS:
        raise UsageError(f"no kind of policy: `{kind}`; one of {', '.join(KINDS)}")
    return validate.check(document, kind, resource_type=resource_type)


def decide(
    request: Mapping[str, Any], layers: Mapping[str, Sequence[Any]], facts: Mapping[str, Any] | None = None
) -> Decision:
    """What becomes of one request: `outcome` is `allowed`, `implicit_deny` or `explicit_deny`.

    `layers` has a list of documents for each kind of policy that applies; for `scp` and `rcp` one entry a level of the
    organization, a document or a list of them. An empty list is a layer that is not there, except for `identity`.

    `facts` says what decides besides policies; all of it may be left away:

    - `resource_account`: the account that owns the resource, where its ARN does not say it;
    - `organization`: `{"id": "o-...", "management_account": ..., "accounts": {account: path or ""}}`;
    - `federated_by`: ARN of the IAM user whose `GetFederationToken` made the session that asks;
    - `canonical_ids`: `{account: canonical user id}`;
    - `s3`: `{"ownership": "BucketOwnerEnforced" or another, "object_owner": account, "bucket_acl" and "object_acl": a canned
      list's name or what GetBucketAcl returns, "public_access_block": {"account" or "bucket" or ...: the four settings},
      "access_point": {"arn", "policy", "vpc"}}`; ask for the bucket or object, not for the access point;
    - `kms`: `{"grants": what ListGrants returns as Grants, "manager": "CUSTOMER" or "AWS", "aliases": {alias ARN: key ARN}}`;
    - `function_url`: `{"auth_type": "NONE" or "AWS_IAM", "needs_invoke_function": bool}`;
    - `api`: `{"authorization": "NONE", "AWS_IAM", "CUSTOM" or "COGNITO_USER_POOLS", "authorizer_policy": document,
      "authenticated": bool, "private": bool}`.

    `fourfold.engines.iam.facts` says more of each.

    What is not given is not there, for layers and facts alike. Where another value could have changed the answer,
    `assumed` of the decision says what was taken for granted; where something decides that is always there (whose the
    resource is, a role's trust policy, a key's policy), UsageError says what to give. So it does for a wrong request, wrong
    facts and a document that IAM rejects.
    """
    if not isinstance(layers, Mapping):
        raise UsageError(f"layers are a mapping of kinds to lists of documents, not {type(layers).__name__}")
    read: dict[str, list[list[Policy]]] = {}
    for kind, documents in layers.items():
        if kind not in KINDS:
            raise UsageError(f"no layer: `{kind}`; one of {', '.join(KINDS)}")
        if not isinstance(documents, list | tuple):
            raise UsageError(f"layer `{kind}`: give a list of documents, not {type(documents).__name__}")
        levels = [d if isinstance(d, list | tuple) else [d] for d in documents]
        if kind not in ("scp", "rcp"):
            levels = [[one for level in levels for one in level]] if levels else []
        read[kind] = [[_valid(one, kind) for one in level] for level in levels]
    try:
        return spec.decide(_request(request), read, _facts(facts))
    except ValueError as error:
        raise UsageError(str(error)) from None


def _valid(source: Document, kind: str) -> Policy:
    policy = parse(source, kind)  # type: ignore[arg-type]  # it is one of KINDS, as was asked before
    if policy.problems:
        raise UsageError(f"IAM rejects the {kind} policy: {policy.problems[0]}")
    return policy


def no_new_access(
    reference: Document, candidate: Document, *, kind: Kind = "identity", typing: Typing = "open"
) -> Answer:
    """Proved where the candidate allows nothing that the reference does not allow; else a request that is new."""
    return symbolic.no_new_access(parse(reference, kind), parse(candidate, kind), typing=typing)


def equivalent(a: Document, b: Document, *, kind: Kind = "identity", typing: Typing = "open") -> Answer:
    """Proved where both allow the same requests; else a request that one of them allows and the other does not."""
    return symbolic.equivalent(parse(a, kind), parse(b, kind), typing=typing)


def disjoint(a: Document, b: Document, *, kind: Kind = "identity", typing: Typing = "open") -> Answer:
    """Proved where no request is allowed by both; else a request that is."""
    return symbolic.disjoint(parse(a, kind), parse(b, kind), typing=typing)


def overlap(a: Document, b: Document, *, kind: Kind = "identity", typing: Typing = "open") -> Answer:
    """The same question asked for the witness: a request that both allow; proved where there is none."""
    return disjoint(a, b, kind=kind, typing=typing)


def is_empty(policy: Document, *, kind: Kind = "identity", typing: Typing = "open") -> Answer:
    """Proved where the policy never allows anything; else a request that it allows."""
    return symbolic.is_empty(parse(policy, kind), typing=typing)


def no_access(
    policy: Document, actions: Sequence[str], resources: Sequence[str] = ("*",), *, kind: Kind = "identity"
) -> Answer:
    """Proved where the policy allows none of the actions on any of the resources; else a request that it allows.

    Both are patterns as policies write them. Raises UsageError for what is no action or no ARN.
    """
    try:
        return assertions.no_access(parse(policy, kind), actions, resources)
    except ValueError as error:
        raise UsageError(str(error)) from None


def is_public(policy: Document, *, trusted: Iterable[str] | None = None, kind: Kind = "resource") -> Answer:
    """A witness where somebody outside the zone of trust is allowed something by a resource policy; else proved.

    `trusted` are account numbers, organizations (`o-...`), VPCs and VPC endpoints (`vpc-...`, `vpce-...`); services are
    always trusted. Without it the zone of trust is whoever the policy itself names: then a witness is somebody whom
    nobody named. Raises UsageError for a zone that is none of these.
    """
    try:
        return public.is_public(parse(policy, kind), trusted)
    except ValueError as error:
        raise UsageError(str(error)) from None


def account(path: str | Path) -> Estate:
    """The identities of an account, from the JSON that `aws iam get-account-authorization-details` prints.

    What could not be read is in its `notes`. Raises OSError for a file that cannot be opened.
    """
    from fourfold.engines.iam.estate_account import estate_of_account
    from fourfold.sources.iam.account import read_account

    return estate_of_account(read_account(str(path), Path(path).read_text(encoding="utf-8-sig", errors="replace")))


def who_can(source: Graph | Estate, action: str, resource: str, *, chains: bool = False) -> list[Access]:
    """Everyone who may do `action` with `resource`, inside the estate and outside; see `can`."""
    return can(source, "*", action, resource, chains=chains)


def escalations(graph: Graph, who: str) -> list[Escalation]:
    """The ways by which a role or user (by name, ARN or logical id; `*`: every one) becomes more than its policies say.

    Each has `way` (its id in the public catalogue, and its technique), `gained` (whose permissions; None: all of the
    account), `met` (the request that meets each premise, with its deciding statements), `reason` (what is not known), and
    `plain()`. Raises UsageError where nobody is called so.
    """
    from fourfold.engines.iam import select
    from fourfold.engines.iam.escalation import Escalations
    from fourfold.engines.iam.estate_graph import estate

    found = graph.derived(estate)
    ways = Escalations(graph, found)
    asked = [p for p in select.principals(found, who, ()) if p.node is not None]
    return [one for principal in asked for one in ways.of(principal)]


def can(source: Graph | Estate, who: str, action: str, resource: str, *, chains: bool = False) -> list[Access]:
    """Who of `who` may do `action` with `resource`: of a scan's graph, or of what `account` read.

    Each of the three is a name, a logical id, an ARN, a pattern of these, or `*`; `who` may also be a service, an account,
    `anyone` or `outside-org`. Each answer has `principal`, `action`, `target`, and

    - `verdict`: `proved` (every such request is allowed), `possible` (some are: see `needs`, `partial` and the witness
      `request`), `when` (where the template's condition `when` holds), or `unknown` (see `reason`);
    - `deciding`: the statements that allow it, each with its layer and `file:line`;
    - `via`: with `chains`, the roles that the principal has to become first.

    All layers count: identity and resource policies, trust, boundaries, service and resource control policies. Raises
    UsageError, with suggestions, for a name that means nothing here.
    """
    from fourfold.engines.iam.answers import answer
    from fourfold.engines.iam.estate import Estate
    from fourfold.engines.iam.estate_graph import estate

    found = source if isinstance(source, Estate) else source.derived(estate)
    return list(answer(found, who, action, resource, chains=chains).accesses())

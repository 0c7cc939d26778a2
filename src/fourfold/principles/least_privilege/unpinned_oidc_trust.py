from fourfold.findings.check import Findings, check
from fourfold.findings.finding import finding
from fourfold.findings.severity import HIGH
from fourfold.model.graph import Graph
from fourfold.model.nodes import Statement
from fourfold.model.value import Text, Value
from fourfold.principles.least_privilege._outsiders import witness
from fourfold.principles.least_privilege._statement import (
    Clause,
    clauses,
    is_allow,
    matches_action,
    principals,
    shown,
    texts,
)

_CONSUMER = ("accounts.google.com", "graph.facebook.com", "www.amazon.com", "cognito-identity.amazonaws.com")
"""Providers whose tokens are pinned to an application by their audience."""


@check(
    HIGH,
    code="FF2012",
    since="0.1",
    refs=["access-analyzer:MISSING_GITHUB_REPO_CONDITION_KEY", "cwe:346"],
    no_fix="whose tokens are meant is not known",
)
def unpinned_oidc_trust(statement: Statement, graph: Graph) -> Findings:
    """
    Role trusts an identity provider without saying whose tokens

    GitHub, GitLab, Terraform Cloud or a Kubernetes cluster sign tokens for everybody who uses them: without a condition
    on the subject, any repository or any service account may become the role.
    Ask for the subject (`...:sub`) with the organization and repository, or the namespace and service account; for
    consumer providers and Cognito, ask for the audience.
    Conditions and denies are decided over all tokens; the evidence has a token that is let in and that nobody named.

    ```diff
      Resources:
        Deploy:
          Type: AWS::IAM::Role
          Properties:
            AssumeRolePolicyDocument:
              Statement:
                - Effect: Allow
                  Principal:
    !               Federated: arn:aws:iam::123456789012:oidc-provider/token.actions.githubusercontent.com
                  Action: sts:AssumeRoleWithWebIdentity
                  Condition:
                    StringEquals:
                      token.actions.githubusercontent.com:aud: sts.amazonaws.com
    +                 token.actions.githubusercontent.com:sub: repo:example/orders:ref:refs/heads/main
    ```
    """
    if not is_allow(statement, "trust"):
        return
    providers = [item for kind, item in principals(statement.principals) if kind == "Federated"]
    if not providers:
        return
    if not any(matches_action(text, "sts:AssumeRoleWithWebIdentity") for _, text in texts(statement.actions)):
        return
    asked = clauses(statement.conditions)
    for provider in providers:
        consumer = provider.is_(*_CONSUMER)
        ends = (":aud", ":app_id", ":sub") if consumer else (":sub",)
        request = witness(statement, graph, (("Federated", shown(provider)),), _consumer if consumer else _subject)
        if request is None:
            continue
        wild = next((c for c in asked if c.lower.endswith(ends) and c.demands and _wild(c)), None)
        yield finding(
            f"`{statement.resource.address}` trusts every {'application' if consumer else 'subject'} of `{_host(provider)}`"
            + (f": `{_values(wild)}` matches all" if wild else ""),
            at=provider if wild is None else wild.value,
            cause=_host(provider),
            evidence={
                "decided by": {"Effect": "Allow", "Principal": {"Federated": shown(provider)}},
                "conditions": [c.key for c in asked],
                "missing": "a condition on " + " or ".join(f"`{end}`" for end in ends[:1]),
                **({"witness": request} if request else {}),
            },
        )


_CLAIMS = (":job_workflow_ref", ":repository", ":repository_id", ":repository_owner", ":repository_owner_id", ":project_path",
           ":project_id", ":namespace_id", ":namespace_path", ":terraform_organization_name")  # fmt: skip
"""Claims that pin as well as the subject does, where the provider's tokens carry them."""


def _subject(key: str, value: str) -> bool | None:
    """Whether a value of a claim says whose tokens are meant."""
    if key.endswith((":sub", *_CLAIMS)):
        return not _any_owner(value)
    return False if key.endswith((":aud", ":amr")) else None


def _consumer(key: str, value: str) -> bool | None:
    """The same of a provider whose tokens are for one application."""
    if key.endswith((":aud", ":app_id", ":sub")):
        return bool(value.strip("*"))
    return False if key.endswith(":amr") else None


def _wild(clause: Clause) -> bool:
    """Whether one of the values lets any owner in: the part before the first `/` (of `repo:`), or the namespace."""
    if "like" not in clause.operator:
        return False
    return any(_any_owner(_literal(item)) for item in clause.value.items())


def _any_owner(text: str) -> bool:
    if not text.strip("*"):
        return True
    if text.startswith("repo:"):
        owner = text.removeprefix("repo:").partition("/")[0]
        return "*" in owner or "?" in owner
    if text.startswith("system:serviceaccount:"):
        return "*" in text.removeprefix("system:serviceaccount:").partition(":")[0]
    return False


def _literal(value: Value) -> str:
    """The text with `_` for what is not known."""
    settled = value.settle()
    if isinstance(settled, Text):
        return "".join(p if isinstance(p, str) else "_" for p in settled.parts)
    return value.text()


def _values(clause: Clause) -> str:
    return ", ".join(shown(item) for item in clause.value.items())


def _host(provider: Value) -> str:
    return shown(provider).rpartition("oidc-provider/")[2]

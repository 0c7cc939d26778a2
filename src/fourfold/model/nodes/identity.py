"""Who may do what."""

from __future__ import annotations

from typing import Literal

from fourfold.model.nodes.node import NOTHING, Node
from fourfold.model.value import Value


class Identity(Node, frozen=True, kw_only=True, eq=False):
    """A principal that policies are attached to: a role, user, group, or a Kubernetes service account."""

    kind: Literal["role", "user", "group", "service-account"]
    trust: Policy | None = None
    """Who may become it (a role's AssumeRolePolicyDocument)."""
    policies: tuple[Policy, ...] = ()
    """Inline and attached policies of the scan."""
    managed: Value = NOTHING
    """ARNs of managed policies."""
    boundary: Value = NOTHING
    """ARN of the permissions boundary."""


class Policy(Node, frozen=True, kw_only=True, eq=False):
    """One policy document."""

    kind: Literal["identity", "resource", "trust", "boundary", "session", "scp", "rcp", "endpoint", "rbac", "unknown"]
    document: Value
    statements: tuple[Statement, ...] = ()
    protects: Value = NOTHING
    """Resource policies: what they are attached to."""


class Statement(Node, frozen=True, kw_only=True, eq=False):
    """One statement of a policy document, as it is written."""

    policy_kind: str
    effect: Value = NOTHING
    actions: Value = NOTHING
    not_actions: Value = NOTHING
    resources: Value = NOTHING
    not_resources: Value = NOTHING
    principals: Value = NOTHING
    not_principals: Value = NOTHING
    conditions: Value = NOTHING

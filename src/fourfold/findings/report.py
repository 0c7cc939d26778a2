"""Everything one scan found out, as objects."""

from __future__ import annotations

from typing import Any

import msgspec

from fourfold.config import Terraform
from fourfold.findings.check import Check
from fourfold.findings.finding import Finding, Undetermined
from fourfold.model.graph import Graph
from fourfold.model.place import Problem


class Suppressed(msgspec.Struct, frozen=True):
    """A finding that somebody decided to live with."""

    finding: Finding
    because: str
    """The reason they gave."""
    where: str
    """Who says so: `fourfold.toml`, or the file and line of the comment."""


class Report(msgspec.Struct, frozen=True, kw_only=True):
    """Everything one scan found out. `fourfold.scan` gives it; `fourfold.reports.view` makes it plain data."""

    root: str
    """The path that was scanned, as it was given."""
    findings: tuple[Finding, ...]
    """Worst first, then by place."""
    problems: tuple[Problem, ...]
    """What could not be read, or was cut short."""
    unknown: tuple[Undetermined, ...]
    """Questions that could not be answered."""
    graph: Graph
    files: tuple[str, ...]
    """Files that were read, relative to the root."""
    checks: tuple[Check, ...]
    """Checks that were asked."""
    asked: dict[str, int]
    """Check id: on how many subjects it was asked."""
    seconds: float
    exclude: tuple[str, ...] = ()
    """Patterns of files that were not read."""
    terraform: Terraform = Terraform()
    """How Terraform was taken to be run."""
    suppressed: tuple[Suppressed, ...] = ()
    unasked: tuple[Finding, ...] = ()
    """Findings of checks that were not asked for and were run all the same, for the secrets in them: these are masked."""
    matrix: tuple[dict[str, Any], ...] = ()
    """The responsibility matrix: one row for each workload and layer."""

"""Scans one policy with one check."""

from __future__ import annotations

import json
from typing import Any

import pytest

from fourfold.model.nodes import Statement


@pytest.fixture
def judged(scan):
    """`judged(check, statement, ..., name=, **document)`: the report on a policy of these statements."""

    def run(only: str, *statements: dict[str, Any], name: str = "policy.json", **document: Any):
        text = {"Version": "2012-10-17", **document, "Statement": list(statements)}
        report = scan({name: json.dumps(text, indent=1)}, only)
        assert len(report.graph.of(Statement)) == len(statements), "a check of nothing finds nothing"
        return report

    return run


@pytest.fixture
def found(judged):
    """The findings alone."""

    def run(only: str, *statements: dict[str, Any], **more: Any):
        report = judged(only, *statements, **more)
        assert not report.unknown
        return list(report.findings)

    return run

"""Scans small files with one check."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path

import pytest

import fourfold
from fourfold.findings.report import Report

Scan = Callable[..., Report]


@pytest.fixture
def scan(tmp_path: Path) -> Scan:
    """`scan(files, *only)`: the report of files (text by name, or one text as `template.yaml`) by the named checks."""
    count = iter(range(100))

    def run(files: Mapping[str, str] | str, *only: str) -> Report:
        root = tmp_path / str(next(count))
        for name, text in ({"template.yaml": files} if isinstance(files, str) else files).items():
            (root / name).parent.mkdir(parents=True, exist_ok=True)
            (root / name).write_text(text)
        return fourfold.scan(root, only=only)

    return run

"""Findings that are on an attack path say so, and come first within their severity."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from fourfold import demo
from fourfold.faces.cli import main
from fourfold.findings.severity import ORDER

DEMO = str(Path(demo.__path__[0]))


def scanned(capsys: pytest.CaptureFixture[str], *options: str) -> str:
    main(["scan", DEMO, *options])
    return capsys.readouterr().out


def test_findings_on_a_path_come_first(capsys: pytest.CaptureFixture[str]) -> None:
    plain = json.loads(scanned(capsys, "--format", "json"))["findings"]
    ranked = json.loads(scanned(capsys, "--format", "json", "--paths"))["findings"]
    assert all("exposure" not in one for one in plain)
    assert sorted(one["id"] for one in ranked) == sorted(one["id"] for one in plain)
    order = [(ORDER[one["severity"]], "exposure" not in one) for one in ranked]
    assert order == sorted(order)
    said = {(one["check"], one["address"]): one.get("exposure", "") for one in ranked}
    assert said["public_database", "Database"] == "on a path from the internet to `Database` (unknown)"
    assert said["bucket_without_versioning", "Receipts"].startswith("on a path from the internet to `Receipts`")
    assert said["shared_role", "OrdersRole"].endswith("(assumed)")
    assert not said["ended_runtime", "ShipOrder"], "only a queue that no stranger writes to calls it"


def test_other_reports_say_so_too(capsys: pytest.CaptureFixture[str]) -> None:
    assert "  on a path from the internet to `Database` (unknown)" in scanned(capsys, "--paths").splitlines()
    sarif = json.loads(scanned(capsys, "--paths", "--format", "sarif"))
    said = [r["properties"].get("exposure") for r in sarif["runs"][0]["results"]]
    assert "on a path from the internet to `Database` (unknown)" in said
    assert None in said

"""The responsibility matrix in reports."""

import json
from pathlib import Path

import msgspec
import pytest
from inline_snapshot import snapshot
from reports.samples import SAMPLE

import fourfold
from fourfold.faces.cli import main
from fourfold.reports import html, terminal
from fourfold.reports.matrix import columns, names, rows
from fourfold.reports.text import Style, cells


def row(address: str, platform: str, layer: str, who: str, reason: str) -> dict[str, object]:
    return {
        "address": address, "kind": "Deployment", "file": "a.yaml", "line": 1, "platform": platform,
        "layer": layer, "title": layer.title(), "who": who, "reason": reason, "source": "https://example.com",
    }  # fmt: skip


ROWS = [
    row("a", "fargate", "data", "you", "it is yours"),
    row("a", "fargate", "kernel", "aws", "AWS patches it"),
    row("b", "eks-node", "data", "you", "it is yours"),
    row("b", "eks-node", "kernel", "you", "you patch the node"),
    row("c", "eks-node", "data", "you", "it is yours"),
    row("c", "eks-node", "kernel", "you", "you patch the node"),
]


def test_workloads_with_equal_shares_stand_together() -> None:
    found = columns(ROWS)
    assert [(c.platform, names(c)) for c in found] == [("eks-node", "b, c"), ("fargate", "a")]
    assert sorted(rows(found), key=str) == sorted(ROWS, key=str)


def test_long_lists_of_workloads_are_cut() -> None:
    many = [row(f"w{at}", "fargate", "data", "you", "x") for at in range(1200)]
    assert names(columns(many)[0]) == "w0, w1, w2 and 1,197 more"


def test_at_the_terminal() -> None:
    view = msgspec.structs.replace(SAMPLE, matrix=columns(ROWS))
    out = terminal.render(view, Style(width=80, unicode=False), terminal.Show(matrix=True))
    assert out[out.index("RESPONSIBILITY") : out.index("NEXT")] == snapshot("""\
RESPONSIBILITY: whose part each layer is

          eks-node       fargate
          2 workloads    1 workload
  Data    you            you
  Kernel  you            AWS

  why
  Data
    you      it is yours
  Kernel
    you      eks-node: you patch the node
    AWS      fargate: AWS patches it

""")
    narrow = terminal.render(view, Style(width=50), terminal.Show(matrix=True))
    assert max(cells(line) for line in narrow[narrow.index("RESPONS") : narrow.index("NEXT")].splitlines()) <= 50
    assert "RESPONSIBILITY" not in terminal.render(view, Style(width=80))


def test_as_a_page_equal_neighbours_are_one_cell() -> None:
    page = html.render(msgspec.structs.replace(SAMPLE, matrix=columns(ROWS)))
    assert page.count("<td colspan=2>") == 1
    assert page.count("it is yours") == 1


def test_for_machines(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "task.json").write_text('{"family": "a", "containerDefinitions": [{"name": "a", "image": "b"}]}')
    assert main([str(tmp_path), "--format", "json", "--fail-on", "never"]) == 0
    matrix = json.loads(capsys.readouterr().out)["matrix"]
    assert len({r["layer"] for r in matrix}) >= 10
    assert {r["who"] for r in matrix} <= {"aws", "you", "both", "unknown"}
    assert all(r["reason"] and r["source"] for r in matrix)
    assert len(list(fourfold.scan(tmp_path).matrix)) == len(matrix)

"""Kept reports: quick where nothing has changed, and never wrong where something has."""

import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import get_args

import msgspec
import pytest

import fourfold
from fourfold.config import load
from fourfold.reports import cache
from fourfold.reports.cache import Kind, Watched, view_of
from fourfold.reports.plain import view
from fourfold.reports.view import View
from fourfold.sources.tree import Tree

CONTAINER = '{"family": "a", "containerDefinitions": [{"name": "%s", "image": "b"}]}'
PROJECT = Path(__file__).resolve().parents[2]


@pytest.fixture
def tree(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder with one task definition and one file that nobody claims; an empty cache beside it."""
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    monkeypatch.delenv("FOURFOLD_NO_CACHE", raising=False)
    folder = tmp_path / "tree"
    folder.mkdir()
    (folder / "task.json").write_text(CONTAINER % "web")
    (folder / "other.json").write_text('{"nothing": "of ours"}')
    return folder


def scan(folder: Path, *only: str) -> View:
    return view_of(str(folder), config=load(folder), only=only)


def fresh(folder: Path) -> View:
    """What a scan without the cache says."""
    return view_of(str(folder), config=load(folder), cache=False)


def without_time(view: View) -> View:
    return msgspec.structs.replace(view, seconds=0.0, kept=False)


def test_the_second_scan_is_kept_and_says_the_same(tree: Path) -> None:
    first, second = scan(tree), scan(tree)
    assert (first.kept, second.kept) == (False, True)
    assert without_time(first) == without_time(second) == without_time(fresh(tree))


def test_time_of_change_alone_does_not_matter(tree: Path) -> None:
    scan(tree)
    os.utime(tree / "task.json", (1, 1))
    assert scan(tree).kept


def change(tree: Path) -> None:
    state = (tree / "task.json").stat()
    (tree / "task.json").write_text(CONTAINER % "app")  # of the same length ...
    os.utime(tree / "task.json", ns=(state.st_atime_ns, state.st_mtime_ns))  # ... and time


def add(tree: Path) -> None:
    (tree / "deep").mkdir()
    (tree / "deep/more.json").write_text(CONTAINER % "more")


def remove(tree: Path) -> None:
    (tree / "task.json").unlink()


def rename(tree: Path) -> None:
    (tree / "task.json").rename(tree / "task2.json")


def claim(tree: Path) -> None:
    (tree / "other.json").write_text(CONTAINER % "other")


def ignore(tree: Path) -> None:
    (tree / ".gitignore").write_text("task.json\n")


def configure(tree: Path) -> None:
    (tree / "fourfold.toml").write_text('exclude = ["task.json"]\n')


def suppress(tree: Path) -> None:
    (tree / "fourfold.toml").write_text('[[suppress]]\ncheck = "FF3001"\nbecause = "x"\n')


def break_(tree: Path) -> None:
    (tree / "task.json").write_text(CONTAINER % "web" + "}")


@pytest.mark.parametrize("do", [change, add, remove, rename, claim, ignore, configure, suppress, break_])
def test_whatever_changes_is_seen(tree: Path, do: Callable[[Path], None]) -> None:
    before = scan(tree)
    do(tree)
    after = scan(tree)
    assert not after.kept
    assert without_time(after) == without_time(fresh(tree))
    assert without_time(after) != without_time(before)
    assert scan(tree).kept


def test_other_questions_have_other_answers(tree: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    scan(tree)
    assert not scan(tree, "FF3001").kept
    assert not view_of(str(tree), config=load(tree), exclude=["x"]).kept
    assert not view_of(str(tree), config=load(tree), texts=True).kept
    monkeypatch.setenv("FOURFOLD_TODAY", "2031-01-01")
    assert not scan(tree).kept
    monkeypatch.delenv("FOURFOLD_TODAY")
    monkeypatch.setattr(cache, "_stamp", lambda: b"another version")
    assert not scan(tree).kept


def test_a_nested_template_that_appears_later_is_seen(tree: Path) -> None:
    (tree / "main.yaml").write_text(
        "Resources:\n  Child:\n    Type: AWS::CloudFormation::Stack\n    Properties:\n      TemplateURL: sub/child.yaml\n"
    )
    (tree / ".gitignore").write_text("sub/\n")
    scan(tree)
    assert scan(tree).kept
    (tree / "sub").mkdir()
    (tree / "sub/child.yaml").write_text("Resources:\n  Queue:\n    Type: AWS::SQS::Queue\n")
    assert without_time(scan(tree)) == without_time(fresh(tree))


@pytest.mark.parametrize("damage", [b"", b"fourfold", b"x" * 100])
def test_what_is_damaged_is_as_good_as_none(tree: Path, tmp_path: Path, damage: bytes) -> None:
    scan(tree)
    (entry,) = (tmp_path / "cache/fourfold").iterdir()
    data = entry.read_bytes()
    for bad in (damage, data[:-1], data[:40] + b"\0" + data[41:], data + b"\0"):
        entry.write_bytes(bad)
        assert not scan(tree).kept
        assert scan(tree).kept


def test_it_can_be_turned_off(tree: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FOURFOLD_NO_CACHE", "1")
    scan(tree)
    assert not scan(tree).kept
    assert not (tmp_path / "cache").exists()


def test_a_place_that_cannot_be_written_costs_nothing_but_time(tree: Path, tmp_path: Path) -> None:
    (tmp_path / "cache").write_text("a file, not a folder")
    assert not scan(tree).kept
    assert not scan(tree).kept


def test_it_stays_small(tree: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(cache, "ENTRIES_MAX", 3)
    for n in range(6):
        scan(tree, *["FF3001"] * (n + 1))
    assert len(list((tmp_path / "cache/fourfold").iterdir())) == 3
    assert scan(tree, *["FF3001"] * 6).kept
    assert not scan(tree, "FF3001").kept


def test_a_view_survives_being_kept() -> None:
    made = view(fourfold.scan(PROJECT / "src/fourfold/demo"), texts=True)
    assert made.items
    assert msgspec.msgpack.decode(msgspec.msgpack.encode(made), type=View) == made


def test_a_kept_report_is_shown_without_the_engine(tree: Path) -> None:
    code = (
        "import sys\nfrom fourfold.faces.cli import main\n"
        f"main(['scan', {str(tree)!r}])\nprint('LOADED', *sorted(sys.modules))"
    )
    environment = {**os.environ, "PYTHONPATH": str(PROJECT / "src"), "COLUMNS": "80"}
    runs = [
        subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, env=environment).stdout
        for _ in range(2)
    ]
    assert "nothing has changed since the last scan" in " ".join(runs[1].split())
    loaded = set(runs[1].partition("LOADED")[2].split())
    assert {"yaml", "fourfold.pipeline", "fourfold.linking", "fourfold.principles"} & loaded == set()
    assert {"yaml", "fourfold.pipeline"} <= set(runs[0].partition("LOADED")[2].split())


def test_every_look_at_a_tree_is_noted() -> None:
    """A method of `Tree` that looks at the disk must be noted; those named here look through others, or not at all."""
    public = {name for name in vars(Tree) if not name.startswith("_")}
    assert public - {name for name in vars(Watched) if not name.startswith("_")} == {
        "beside",
        "derived",
        "problem",
        "replacing",
        "source",
    }
    assert set(get_args(Kind)) <= public


def test_a_chart_is_rendered_anew(tree: Path) -> None:
    (tree / "Chart.yaml").write_text("apiVersion: v2\nname: shop\nversion: 1.0.0\n")
    scan(tree)
    assert not scan(tree).kept

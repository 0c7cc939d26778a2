"""Ignore files decide as git does."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fourfold.sources.ignore import PATTERNS_MAX, Rules, ignored
from fourfold.sources.tree import Tree


@pytest.mark.parametrize(
    ("pattern", "path", "answer"),
    [
        ("dist", "dist/", True),
        ("dist", "a/dist", True),
        ("dist/", "dist", None),
        ("dist/", "a/dist/", True),
        ("/dist", "a/dist", None),
        ("a/b", "a/b", True),
        ("a/b", "x/a/b", None),
        ("**/b", "x/a/b", True),
        ("a/**", "a/", None),
        ("a/**", "a/b/c", True),
        ("a/**/c", "a/c", True),
        ("a/**/c", "a/x/y/c", True),
        ("*.yaml", "a/b.yaml", True),
        ("*.yaml", "a/b.yml", None),
        ("a*c", "a/c", None),
        ("[ab].yml", "b.yml", True),
        ("[!ab].yml", "b.yml", None),
        ("[[:digit:]].yml", "7.yml", True),
        ("[]-]x", "]x", True),
        ("[a", "[a", None),
        ("?.yml", "x.yml", True),
        (r"\?.yml", "x.yml", None),
        (r"\\?", "\\x", True),
        (r"\!x", "!x", True),
        ("x\\", "x\\", None),
        ("x  ", "x", True),
        (r"x\ ", "x ", True),
        ("!x", "x", False),
        ("#x", "#x", None),
        ("**", "x", True),
        ("**/", "x", None),
        ("a//b", "a/b", None),
    ],
)
def test_patterns(pattern: str, path: str, answer: bool | None) -> None:
    assert Rules(pattern, "").decide(path) is answer


def test_the_last_pattern_and_the_nearest_file_decide() -> None:
    outer, inner = Rules("*.yaml\n!keep.yaml\n", ""), Rules("keep.yaml\n!other.yaml", "a")
    assert ignored((outer,), "a/keep.yaml") is False
    assert ignored((outer, inner), "a/keep.yaml") is True
    assert ignored((outer, inner), "a/other.yaml") is False
    assert ignored((outer, inner), "a/third.yaml") is True


def test_paths_that_no_walk_has_made() -> None:
    rules = Rules("old/\n/task.json\n", "")
    named = [p for p in ("old/a.yaml", "x/old/y/a.yaml", "task.json", "x/task.json", "older/a.yaml") if rules.name(p)]
    assert named == ["old/a.yaml", "x/old/y/a.yaml", "task.json"]


def test_too_many_patterns_are_cut() -> None:
    assert Rules("x\n" * (PATTERNS_MAX + 1), "").cut
    assert not Rules("x\n" * 10, "").cut


def test_many_stars_take_no_time() -> None:
    assert Rules("*a" * 200 + "b", "").decide("a" * 255) is None


@given(st.text(max_size=60), st.text(min_size=1, max_size=30))
def test_no_pattern_raises(text: str, path: str) -> None:
    assert Rules(text, "").decide(path) in {True, False, None}


_NAMES = ("a", "b", "dist", "a.b", "x.yaml", "y.yml")
_PIECES = ("a", "b", "dist", "*", "**", "?", "[ab]", "[!a]*", "*.yaml", "x.yaml", "a.*", "*.b", "x.y?ml", r"\a")
_LINES = st.builds(
    lambda negated, rooted, pieces, folder: f"{'!' * negated}{'/' * rooted}{'/'.join(pieces)}{'/' * folder}",
    st.booleans(),
    st.booleans(),
    st.lists(st.sampled_from(_PIECES), min_size=1, max_size=3),
    st.booleans(),
)
_PATHS = st.lists(st.sampled_from(_NAMES[:4]), max_size=2).map(lambda parts: "/".join([*parts, "x.yaml"]))


@pytest.mark.skipif(
    shutil.which("git") is None, reason="git is not installed, which is what the answers are compared to"
)
@settings(max_examples=15, deadline=None)
@given(st.sets(_PATHS, min_size=1), st.dictionaries(st.sampled_from(("", "a", "dist")), st.lists(_LINES, max_size=4)))
def test_the_same_files_as_git(
    tmp_path_factory: pytest.TempPathFactory, paths: set[str], rules: dict[str, list[str]]
) -> None:
    root = tmp_path_factory.mktemp("ignore")
    for path in paths:
        (root / path).parent.mkdir(parents=True, exist_ok=True)
        (root / path).touch()
    for folder, lines in rules.items():
        (root / folder).mkdir(exist_ok=True)
        (root / folder / ".gitignore").write_text("\n".join(lines))
    git = ["git", "-C", str(root)]
    subprocess.run([*git, "init", "-q"], check=True)
    listed = subprocess.run(
        [*git, "ls-files", "-o", "--exclude-standard", "*.yaml"], check=True, capture_output=True, text=True
    )
    assert list(Tree(root).files()) == sorted(listed.stdout.split())


def test_rules_from_above_count_but_for_the_scanned_folder_itself(tmp_path: Path) -> None:
    (tmp_path / ".git").mkdir()
    (tmp_path / ".gitignore").write_text("*.json\n/out/\n")
    for folder in ("in", "out"):
        (tmp_path / folder).mkdir()
        (tmp_path / folder / "a.json").touch()
        (tmp_path / folder / "a.yaml").touch()
    assert list(Tree(tmp_path / "in").files()) == ["a.yaml"]
    assert list(Tree(tmp_path / "out").files()) == ["a.json", "a.yaml"]


def test_exclude_of_the_repository(tmp_path: Path) -> None:
    (tmp_path / ".git" / "info").mkdir(parents=True)
    (tmp_path / ".git" / "info" / "exclude").write_text("b.yaml\n")
    for name in ("a.yaml", "b.yaml"):
        (tmp_path / name).touch()
    assert list(Tree(tmp_path).files()) == ["a.yaml"]


def test_fourfoldignore_goes_before_gitignore(tmp_path: Path) -> None:
    (tmp_path / ".gitignore").write_text("a.yaml\n")
    (tmp_path / ".fourfoldignore").write_text("!a.yaml\nb.yaml\n")
    for name in ("a.yaml", "b.yaml"):
        (tmp_path / name).touch()
    assert list(Tree(tmp_path).files()) == ["a.yaml"]

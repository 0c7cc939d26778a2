"""House rules that cannot be argued with."""

import re
import subprocess
import tomllib
from pathlib import Path

import pytest

from fourfold.findings.principles import PRINCIPLES
from fourfold.pipeline import builtin_checks

ROOT = Path(__file__).resolve().parent.parent
SRC = ROOT / "src" / "fourfold"
CHECKS = builtin_checks()


def tracked() -> list[str]:
    """Files of the project, as git knows them (in an unpacked archive: all files)."""
    listed = subprocess.run(["git", "ls-files"], cwd=ROOT, capture_output=True, text=True, check=False)
    if listed.returncode == 0:
        return [name for name in listed.stdout.splitlines() if (ROOT / name).is_file()]
    return [str(p.relative_to(ROOT)) for p in ROOT.rglob("*") if p.is_file() and ".venv" not in p.parts]


def test_every_folder_is_placed_in_the_layers() -> None:
    contracts = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["importlinter"]["contracts"]
    placed = {*contracts[0]["layers"], *contracts[0]["exhaustive_ignores"]}
    rooms = {p.stem if p.is_file() else p.name for p in SRC.iterdir() if p.suffix == ".py" or p.is_dir()}
    assert rooms - {"__init__", "__pycache__"} == placed


def test_architecture_names_every_folder() -> None:
    text = (ROOT / "ARCHITECTURE.md").read_text()
    folders = [p.name for p in SRC.iterdir() if p.is_dir() and p.name not in ("__pycache__", "demo")]
    assert [name for name in folders if f"`{name}/`" not in text] == []


def test_no_module_is_dead() -> None:
    """Each module is imported somewhere, or found by its folder (checks, readers, reports, commands)."""
    text = "\n".join(
        p.read_text() for p in (*SRC.rglob("*.py"), *(ROOT / "tests").rglob("*.py"), *(ROOT / "tools").rglob("*.py"))
    )
    found_by_folder = ("principles", "reports", "cli", "demo")
    dead = []
    for path in SRC.rglob("*.py"):
        if path.stem in ("__init__", "__main__") or any(part in found_by_folder for part in path.parts):
            continue
        name = ".".join(("fourfold", *path.relative_to(SRC).with_suffix("").parts))
        package, _, stem = name.rpartition(".")
        if not re.search(
            rf"{re.escape(name)}\b|from {re.escape(package)} import (?:\([^)]*|[^\n]*)\b{stem}\b|\"{stem}\"", text
        ):
            dead.append(name)
    assert dead == []


def test_no_machine_path_or_address_is_committed() -> None:
    forbidden = re.compile(r"(?<!\w)/(?:work|root|farm)/[a-z]|index-url|\"resolved\": \"http|registry = \"http")
    found = []
    for name in tracked():
        if name == "tests/test_tidy.py":
            continue
        try:
            text = (ROOT / name).read_text()
        except UnicodeDecodeError:
            continue
        found += [f"{name}:{text.count(chr(10), 0, m.start()) + 1}" for m in forbidden.finditer(text)]
    assert found == []


def test_codes_are_unique_and_say_their_principle() -> None:
    codes = [c.code for c in CHECKS]
    assert len(set(codes)) == len(codes)
    for check in CHECKS:
        assert re.fullmatch(r"FF[1-5]\d{3}", check.code), check.id
        assert list(PRINCIPLES)[int(check.code[2]) - 1] == check.principle, check.id


def test_ids_are_unique_and_name_their_file() -> None:
    ids = [c.id for c in CHECKS]
    assert len(set(ids)) == len(ids)
    files = {p.stem: p.parent.name for p in SRC.glob("principles/*/*.py") if p.stem != "__init__"}
    for check in CHECKS:
        if check.id in files:
            assert files[check.id] == check.principle
        else:
            rows = tomllib.loads((SRC / "principles" / check.principle / "settings.toml").read_text())["check"]
            assert check.id in {row["id"] for row in rows}


@pytest.mark.parametrize("check", CHECKS, ids=lambda c: c.id)
def test_every_check_has_a_page_with_an_example(check) -> None:
    title, _, rest = check.page.partition("\n")
    assert 10 <= len(title) <= 90
    assert not title.endswith(".")
    assert "```diff" in rest, "an example that is run as a test"
    assert len(rest.split("```")[0].strip()) >= 80, "why it matters, and what to do"
    assert check.since


def test_every_check_has_its_page_in_the_documentation() -> None:
    from tools.pages import render

    for path, text in render().items():
        assert (ROOT / path).is_file(), f"{path} is missing: run `python -m tools.pages`"
        assert (ROOT / path).read_text() == text, f"{path} is old: run `python -m tools.pages`"
    assert {str(p.relative_to(ROOT)) for p in (ROOT / "docs" / "checks").glob("*.md")} == {
        p for p in render() if p.startswith("docs/checks/")
    }


def test_changelog_fragments_are_one_sentence() -> None:
    for path in (ROOT / "changelog.d").glob("*.md"):
        text = path.read_text().strip()
        assert re.fullmatch(r"\+[a-z0-9-]+\.(added|changed|fixed)\.md", path.name), path.name
        assert "\n" not in text and text.endswith("."), path.name


def test_the_run_time_needs_few_packages() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    wanted = {re.split(r"[>=<]", d)[0].lower() for d in project["dependencies"]}
    pinned = set(re.findall(r"^([A-Za-z0-9_.-]+)==", (ROOT / "requirements" / "run.txt").read_text(), re.MULTILINE))
    assert wanted == pinned
    assert len(pinned) < 15

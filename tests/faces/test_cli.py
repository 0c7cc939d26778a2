"""The command line: what it imports, writes and returns."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

from fourfold import __version__
from fourfold.faces.cli import main


def test_the_version_costs_no_imports() -> None:
    """A budget of modules, not of time: nothing beyond what the interpreter itself brings, and the CLI's own file."""
    code = (
        "import sys; before = set(sys.modules)\n"
        "from fourfold.faces.cli import main; main(['--version'])\n"
        "print(*sorted(set(sys.modules) - before))"
    )
    out = subprocess.run([sys.executable, "-S", "-c", code], capture_output=True, text=True, check=True, env={
        "PYTHONPATH": str(Path(__file__).parents[2] / "src")})  # fmt: skip
    version, modules = out.stdout.splitlines()
    assert version == f"fourfold {__version__}"
    stdlib_allowed = {"__future__", "_collections_abc", "collections", "collections.abc", "typing", "_typing"}
    ours = {"fourfold", "fourfold.faces", "fourfold.faces.cli"}
    heavy = {name for name in set(modules.split()) - ours if name.partition(".")[0] in {
        "msgspec", "yaml", "fourfold", "argparse", "json", "importlib", "pathlib", "inspect"}}  # fmt: skip
    assert not heavy
    assert ours <= set(modules.split())
    assert len(modules.split()) <= 40, sorted(set(modules.split()) - stdlib_allowed)


def test_help_tells_every_command(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--help"]) == 0
    out = capsys.readouterr().out
    assert all(name in out for name in ("scan", "fix", "explain", "demo", "exit status"))


def test_a_clean_machine_format_and_exit_status_one(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "task.json").write_text('{"family": "a", "containerDefinitions": [{"name": "a", "image": "b"}]}')
    assert main([str(tmp_path), "--format", "json", "--only", "FF3001"]) == 1
    out, err = capsys.readouterr()
    assert json.loads(out)["findings"]
    assert err == ""


def test_fail_on_decides_about_the_exit_status(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "task.json").write_text('{"family": "a", "containerDefinitions": [{"name": "a", "image": "b"}]}')
    scan = ["scan", str(tmp_path), "--format", "json", "--only", "FF3001", "--fail-on"]
    assert [main([*scan, level]) for level in ("critical", "medium", "never")] == [0, 1, 0]
    capsys.readouterr()


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (["no/such/path"], "`no/such/path` does not exist"),
        ([".", "--only", "no_such_check"], "no check is called `no_such_check`"),
        ([".", "-o", "report.xyz", "--only", "FF3001"], "`report.xyz` does not tell the format"),
    ],
)
def test_usage_errors_are_status_two(arguments: list[str], says: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(arguments) == 2
    out, err = capsys.readouterr()
    assert out == ""
    assert err.startswith("fourfold: ")
    assert says in err


def test_nothing_to_read_is_status_two(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "notes.txt").write_text("nothing")
    assert main([str(tmp_path), "--format", "json"]) == 2
    assert "holds nothing that fourfold reads" in capsys.readouterr().err


def test_the_demo_is_a_success_though_it_has_findings(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["demo", "--format", "json"]) == 0
    assert json.loads(capsys.readouterr().out)["findings"]


def test_explain_a_check_a_principle_and_all(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["explain", "FF3001"]) == 0
    page = capsys.readouterr().out
    assert page.startswith("Container can write to its own root filesystem\nFF3001  writable_root_filesystem\nmedium")
    assert main(["explain", "defense_in_depth"]) == 0
    some = set(capsys.readouterr().out.split())
    assert main(["explain"]) == 0
    everything = set(capsys.readouterr().out.split())
    assert "FF3001" in some
    assert "FF4001" in everything - some


def test_explain_a_finding(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "task.json").write_text('{"family": "a", "containerDefinitions": [{"name": "a", "image": "b"}]}')
    main([str(tmp_path), "--format", "json", "--only", "FF3001"])
    (found,) = json.loads(capsys.readouterr().out)["findings"]
    assert main(["explain", found["id"][:8], str(tmp_path)]) == 0
    out = capsys.readouterr().out
    assert found["id"] in out
    assert "--> task.json:1:" in out
    assert main(["explain", "0123abcd", str(tmp_path)]) == 2
    assert "no check and no finding" in capsys.readouterr().err
    assert main(["explain", "nonsense"]) == 2


TASK = '{"family": "a", "containerDefinitions": [{"name": "a", "image": "b"}]}'


@pytest.mark.parametrize(
    ("name", "begins"),
    [
        ("r.json", '{\n  "fourfold"'),
        ("r.sarif", '{\n  "$schema"'),
        ("r.sarif.json", '{\n  "$schema"'),
        ("r.html", "<!doctype html>"),
        ("r.md", "## fourfold"),
        ("r.txt", "fourfold 0"),
    ],
)
def test_the_suffix_tells_the_format(
    name: str, begins: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "task.json").write_text(TASK)
    assert main([str(tmp_path), "--only", "FF3001", "-o", str(tmp_path / "out" / name)]) == 2
    assert "cannot be written" in capsys.readouterr().err
    assert main([str(tmp_path), "--only", "FF3001", "-o", str(tmp_path / name)]) == 1
    assert (tmp_path / name).read_text().startswith(begins)
    assert capsys.readouterr().out == ""


def test_strict_fails_where_something_was_not_read(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "template.yaml").write_text("Resources:\n  A: {Type: AWS::SQS::Queue\n")
    (tmp_path / "task.json").write_text(TASK)
    assert main([str(tmp_path), "--only", "FF5", "--fail-on", "never"]) == 0
    assert main([str(tmp_path), "--only", "FF5", "--fail-on", "never", "--strict"]) == 3
    assert "PROBLEMS  1" in capsys.readouterr().out


def test_fail_on_of_the_settings_counts_unless_the_option_is_given(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "task.json").write_text(TASK)
    (tmp_path / "fourfold.toml").write_text('fail-on = "critical"\n')
    assert main([str(tmp_path), "--only", "FF3001"]) == 0
    assert main([str(tmp_path), "--only", "FF3001", "--fail-on", "low"]) == 1
    capsys.readouterr()


def test_suppressed_findings_are_counted_and_shown_when_asked(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "task.json").write_text(TASK)
    (tmp_path / "fourfold.toml").write_text('[[suppress]]\ncheck = "FF3001"\nbecause = "it must write"\n')
    assert main([str(tmp_path), "--only", "FF3001"]) == 0
    out = capsys.readouterr().out
    assert "1 finding suppressed" in out
    assert "it must write" not in out
    assert main([str(tmp_path), "--only", "FF3001", "--show-suppressed"]) == 0
    assert "suppressed by fourfold.toml:1: it must write" in capsys.readouterr().out


def test_a_reader_that_stops_reading_is_no_error(tmp_path: Path) -> None:
    (tmp_path / "task.json").write_text(TASK)
    root = Path(__file__).parents[2] / "src"
    command = f"{sys.executable} -m fourfold {tmp_path} --full | true; echo ${{PIPESTATUS[0]}}"
    done = subprocess.run(
        ["bash", "-c", command], capture_output=True, text=True, check=True, env={"PYTHONPATH": str(root)}
    )  # fmt: skip
    assert done.stderr == ""
    assert done.stdout.strip() in {"0", "1"}


def test_help_of_every_command_has_examples(capsys: pytest.CaptureFixture[str]) -> None:
    for name in ("scan", "fix", "explain", "demo"):
        with pytest.raises(SystemExit) as stop:
            main([name, "--help"])
        assert stop.value.code == 0
        assert "examples:" in capsys.readouterr().out, name


def test_an_empty_folder_gets_a_hint_and_no_report(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main([str(tmp_path)]) == 2
    out, err = capsys.readouterr()
    assert out == ""
    assert "`fourfold demo` scans an example" in err

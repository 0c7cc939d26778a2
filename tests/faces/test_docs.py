"""What the pages say is what the program does."""

import re
import tomllib
from pathlib import Path

import pytest
from reports.samples import SAMPLE

from fourfold.config import SEVERITIES, load
from fourfold.faces.cli import COMMANDS
from fourfold.faces.cli.scan import FORMATS, parser
from fourfold.findings.own import own_checks
from fourfold.reports.json import document
from fourfold.reports.score import CEILING, WEIGHT

ROOT = Path(__file__).resolve().parents[2]
SETTINGS = (ROOT / "docs/settings.md").read_text()
REPORTS = (ROOT / "docs/reports.md").read_text()


def test_every_format_and_suffix_is_told() -> None:
    for name, suffixes in FORMATS.items():
        (row,) = [line for line in REPORTS.splitlines() if line.startswith(f"| `{name}` |")]
        assert f"`{suffixes[0]}`" in row


def test_every_field_of_the_json_report_is_told() -> None:
    made = document(SAMPLE)
    names = {*made, *made["findings"][0], *made["summary"], *made["problems"][0], *made["unknown"][0]}
    names |= {*made["summary"]["by_principle"]["supply_chain"], *made["findings"][0]["fix"]["edits"][0]}
    assert [name for name in sorted(names) if f"`{name}`" not in REPORTS] == []


def test_the_weights_and_ceilings_of_the_score_are_told() -> None:
    assert ", ".join(f"{s} {n}" for s, n in WEIGHT.items()) in REPORTS
    assert ", ".join(f"{s} {n}" for s, n in CEILING.items()) in REPORTS


def test_the_example_of_the_settings_is_read_without_a_problem(tmp_path: Path) -> None:
    (block,) = re.findall(r"```toml\n(.*?)```", SETTINGS, re.DOTALL)
    assert set(tomllib.loads(block)) == {"fail-on", "only", "exclude", "suppress", "check", "terraform"}
    (tmp_path / "fourfold.toml").write_text(block)
    config = load(tmp_path)
    assert config.problems == ()
    assert config.fail_on in SEVERITIES
    checks, problems = own_checks(config.checks, [], config.file)
    assert (len(checks), problems) == (1, [])


def test_every_option_of_a_scan_has_help(capsys: pytest.CaptureFixture[str]) -> None:
    for action in parser()._actions:
        assert action.help, action.dest


def test_the_readme_names_every_command_that_is_there() -> None:
    readme = (ROOT / "README.md").read_text()
    assert [
        name for name in COMMANDS if name != "scan" and f"fourfold {name}" not in readme and f"run {name}" not in readme
    ] == []

"""Settings of the scanned folder."""

import datetime as dt
from pathlib import Path

from fourfold.config import Config, Terraform, load


def settings(folder: Path, text: str, name: str = "fourfold.toml") -> Config:
    (folder / name).write_text(text)
    return load(folder)


def test_none_is_the_default(tmp_path: Path) -> None:
    assert load(tmp_path) == Config()


def test_all_of_it(tmp_path: Path) -> None:
    config = settings(
        tmp_path,
        """
        fail-on = "high"
        only = "FF3"
        exclude = ["examples/"]

        [[suppress]]
        check = "FF3001"
        where = "legacy/*"
        because = "replaced in May"
        until = 2027-05-31

        [[check]]
        id = "queue_without_name"
        """,
    )
    assert (config.fail_on, config.only, config.exclude) == ("high", ("FF3",), ("examples/",))
    (one,) = config.suppress
    assert (one.check, one.where, one.because, one.until) == (
        "FF3001",
        "legacy/*",
        "replaced in May",
        dt.date(2027, 5, 31),
    )
    assert (one.file, one.line) == ("fourfold.toml", 6)
    assert config.checks == ({"id": "queue_without_name"},)
    assert config.problems == ()


def test_the_pyproject_table_counts_where_there_is_no_file_of_its_own(tmp_path: Path) -> None:
    assert settings(tmp_path, '[tool.fourfold]\nfail-on = "info"\n', "pyproject.toml").fail_on == "info"
    assert settings(tmp_path, 'fail-on = "critical"\n').fail_on == "critical"


def test_the_settings_of_a_file_are_its_folders(tmp_path: Path) -> None:
    settings(tmp_path, 'fail-on = "high"\n')
    file = tmp_path / "template.yaml"
    file.write_text("")
    assert load(file).fail_on == "high"


def test_what_is_wrong_is_a_problem_and_the_rest_counts(tmp_path: Path) -> None:
    config = settings(
        tmp_path,
        'fail-on = "huge"\ncolour = 1\nonly = [1]\n'
        '[[suppress]]\ncheck = "FF3001"\n'
        '[[suppress]]\ncheck = "FF3001"\nbecause = "x"\nuntil = "tomorrow"\n',
    )
    assert [(p.line, p.reason) for p in config.problems] == [
        (2, "unknown setting `colour`; there are fail-on, only, exclude, suppress, check, terraform"),
        (1, "fail-on is `huge`; it can be critical, high, medium, low, info, never"),
        (3, "only is not a list of texts"),
        (4, "a suppression has no `because`; it does not count"),
        (6, "a suppression has an `until` that is not a date (write 2027-05-31 without quotes); it does not count"),
    ]
    assert config.suppress == ()


def test_broken_files_are_problems(tmp_path: Path) -> None:
    (problem,) = settings(tmp_path, "a = \n").problems
    assert (problem.file, problem.line, problem.reason) == (
        "fourfold.toml", 1, "not valid TOML, its settings were left out: invalid value",
    )  # fmt: skip
    (tmp_path / "fourfold.toml").write_bytes(b"\xff\xfe")
    assert "UTF-8" in load(tmp_path).problems[0].reason
    assert settings(tmp_path, "suppress = 3\n").problems[0].reason.startswith("suppress is not an array")


def test_terraform_settings_are_read(tmp_path: Path) -> None:
    text = '[terraform]\nvar-files = ["prod.tfvars"]\nvars = { env = "prod", ports = [1, 2] }\nworkspace = "p"\nstrange = 1\n'
    (tmp_path / "fourfold.toml").write_text(text)
    config = load(tmp_path)
    assert config.terraform == Terraform(("prod.tfvars",), (("env", "prod"), ("ports", "[1, 2]")), False, "p")
    assert [p.reason for p in config.problems] == [
        "unknown setting `strange`; terraform has var_files, vars, use_environment, workspace"
    ]

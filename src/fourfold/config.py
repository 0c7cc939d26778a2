"""`fourfold.toml`, or `[tool.fourfold]` in `pyproject.toml`, of the scanned folder.

    fail-on = "high"                     # exit with 1 for findings as bad as this, or "never"
    only = ["supply_chain", "FF2"]       # ask only these checks
    exclude = ["examples/", "*.bak"]     # do not read these, as .gitignore writes it

    [[suppress]]
    check = "writable_root_filesystem"   # id, code, code prefix or principle
    where = "legacy/*"                   # file, address or finding id, with * and ?; left out: everywhere
    because = "replaced in May"
    until = 2027-05-31                   # counts through this day; left out: for ever

    [terraform]
    var_files = ["prod.tfvars"]          # read after those that Terraform reads by itself
    vars = { environment = "prod" }      # override all others
    workspace = "prod"                   # what `terraform.workspace` is; left out: not known
    use_environment = false              # whether TF_VAR_... count

    [[check]]                            # own checks, as `fourfold.findings.settings` describes them
    ...

The file belongs to the tree that is scanned, so it is data only, and what is wrong in it is a problem, not an error.
"""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import msgspec

from fourfold.model.place import Problem

FILE_BYTES_MAX = 1024 * 1024
NAMES = ("fourfold.toml", "pyproject.toml")
SEVERITIES = ("critical", "high", "medium", "low", "info", "never")


class Suppression(msgspec.Struct, frozen=True):
    """A decision to live with findings."""

    check: str
    """Id, code, code prefix or principle."""
    because: str
    file: str
    """Where it is written."""
    line: int
    where: str = "*"
    """Matches a finding's file, address or id."""
    until: dt.date | None = None
    """The last day on which it counts."""


class Terraform(msgspec.Struct, frozen=True):
    """How Terraform would be run: `[terraform]` in the settings, or `--var-file` and `--var`."""

    var_files: tuple[str, ...] = ()
    """Paths from the scanned folder, or from a root module's."""
    vars: tuple[tuple[str, str], ...] = ()
    """(name, text) as `-var name=text` has them."""
    use_environment: bool = False
    """Whether `TF_VAR_name` of the environment counts."""
    workspace: str = ""
    """Empty: it is not known which one is selected."""


class Config(msgspec.Struct, frozen=True):
    """The settings of one scanned folder."""

    file: str = ""
    """Where they were read; empty where there are none."""
    fail_on: str = "low"
    only: tuple[str, ...] = ()
    exclude: tuple[str, ...] = ()
    suppress: tuple[Suppression, ...] = ()
    checks: tuple[dict[str, Any], ...] = ()
    """Rows of own checks, as they are written."""
    terraform: Terraform = Terraform()
    problems: tuple[Problem, ...] = ()


def load(root: Path) -> Config:
    """The settings of a folder (of a file's folder); defaults where there are none, problems where they are wrong."""
    folder = root if root.is_dir() else root.parent
    for name in NAMES:
        data = _bytes(folder / name)
        if data is None or (name == "pyproject.toml" and b"tool.fourfold" not in data):
            continue
        import tomllib

        try:
            text = data.decode()
            table = tomllib.loads(text)
        except UnicodeDecodeError:
            return Config(name, problems=(Problem(name, 0, "is not UTF-8 text; its settings were left out"),))
        except (tomllib.TOMLDecodeError, RecursionError) as error:
            return Config(name, problems=(_broken(name, str(error)),))
        if name == "pyproject.toml":
            table = table.get("tool", {}).get("fourfold", {})
        return _Reader(name, text).config(table)
    return Config()


def _bytes(file: Path) -> bytes | None:
    try:
        return file.read_bytes() if file.is_file() and file.stat().st_size <= FILE_BYTES_MAX else None
    except OSError:
        return None


def _as_argument(value: Any) -> str:
    """A value of the settings as `-var` takes it: JSON is HCL, too."""
    if isinstance(value, str):
        return value
    import json

    return json.dumps(value, default=str)


def _broken(name: str, message: str) -> Problem:
    found = re.search(r"\(at line (\d+)", message)
    reason = message.partition(" (at ")[0]
    reason = reason[:1].lower() + reason[1:]
    return Problem(name, int(found[1]) if found else 0, f"not valid TOML, its settings were left out: {reason}")


class _Reader:
    """Turns the table of a settings file into a `Config`, noting what does not fit."""

    def __init__(self, name: str, text: str) -> None:
        self.name = name
        self.lines = text.splitlines()
        self.problems: list[Problem] = []

    def config(self, table: Any) -> Config:
        if not isinstance(table, dict):
            return Config(self.name, problems=(Problem(self.name, 0, "`tool.fourfold` is not a table"),))
        known = {"fail-on", "fail_on", "only", "exclude", "suppress", "check", "terraform"}
        for key in table:
            if key not in known:
                self.problem(
                    self.line_of(key),
                    f"unknown setting `{key}`; there are fail-on, only, exclude, suppress, check, terraform",
                )
        return Config(
            file=self.name,
            fail_on=self.fail_on(table.get("fail-on", table.get("fail_on", "low"))),
            only=self.texts(table, "only"),
            exclude=self.texts(table, "exclude"),
            suppress=tuple(self.suppressions(table.get("suppress", []))),
            checks=tuple(row for _, row in self.rows(table.get("check", []), "check")),
            terraform=self.terraform(table.get("terraform", {})),
            problems=tuple(self.problems),
        )

    def terraform(self, value: Any) -> Terraform:
        """The table `[terraform]`; what is wrong in it is left out."""
        if not isinstance(value, dict):
            self.problem(self.line_of("terraform"), "terraform is not a table")
            return Terraform()
        rows = {key.replace("-", "_"): entry for key, entry in value.items()}
        for key in rows.keys() - {"var_files", "vars", "use_environment", "workspace"}:
            self.problem(
                self.line_of(key), f"unknown setting `{key}`; terraform has var_files, vars, use_environment, workspace"
            )
        given = rows.get("vars", {})
        if not isinstance(given, dict):
            self.problem(self.line_of("vars"), "vars is not a table of values by name")
            given = {}
        return Terraform(
            var_files=self.texts(rows, "var_files"),
            vars=tuple((name, _as_argument(entry)) for name, entry in given.items()),
            use_environment=rows.get("use_environment") is True,
            workspace=str(rows.get("workspace", "")),
        )

    def problem(self, line: int, reason: str) -> None:
        self.problems.append(Problem(self.name, line, reason))

    def line_of(self, key: str) -> int:
        """Line of a top-level key; 0 where it is not found."""
        begins = re.compile(rf"\s*[\"']?{re.escape(key)}[\"']?\s*=")
        return next((n for n, line in enumerate(self.lines, 1) if begins.match(line)), 0)

    def fail_on(self, value: Any) -> str:
        if value in SEVERITIES:
            return str(value)
        self.problem(self.line_of("fail-on"), f"fail-on is `{value}`; it can be {', '.join(SEVERITIES)}")
        return "low"

    def texts(self, table: dict[str, Any], key: str) -> tuple[str, ...]:
        value = table.get(key, [])
        items = [value] if isinstance(value, str) else value
        if not isinstance(items, list) or not all(isinstance(item, str) for item in items):
            self.problem(self.line_of(key), f"{key} is not a list of texts")
            return ()
        return tuple(items)

    def rows(self, value: Any, key: str) -> Iterator[tuple[int, dict[str, Any]]]:
        """The tables of an array of tables, each with the line of its header."""
        header = re.compile(rf"\s*\[\[\s*(tool\s*\.\s*fourfold\s*\.\s*)?{key}\s*\]\]")
        lines = [n for n, line in enumerate(self.lines, 1) if header.match(line)]
        if not isinstance(value, list):
            self.problem(self.line_of(key), f"{key} is not an array of tables; write it as [[{key}]]")
            return
        for at, row in enumerate(value):
            line = lines[at] if at < len(lines) else 0
            if isinstance(row, dict):
                yield line, row
            else:
                self.problem(line, f"an entry of {key} is not a table")

    def suppressions(self, value: Any) -> Iterator[Suppression]:
        for line, row in self.rows(value, "suppress"):
            wrong = self._wrong(row)
            if wrong:
                self.problem(line, f"a suppression {wrong}; it does not count")
            else:
                until = row.get("until")
                until = until.date() if isinstance(until, dt.datetime) else until
                yield Suppression(row["check"], row["because"].strip(), self.name, line, row.get("where", "*"), until)

    @staticmethod
    def _wrong(row: dict[str, Any]) -> str:
        strange = sorted(set(row) - {"check", "where", "because", "until"})
        if strange:
            return f"has unknown key `{strange[0]}`"
        for key in ("check", "because"):
            if not isinstance(row.get(key), str) or not row[key].strip():
                return f"has no `{key}`"
        if not isinstance(row.get("where", ""), str):
            return "has a `where` that is not a text"
        if not isinstance(row.get("until", dt.date.min), dt.date):
            return "has an `until` that is not a date (write 2027-05-31 without quotes)"
        return ""

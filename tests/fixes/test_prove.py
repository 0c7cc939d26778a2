"""A change is offered only after the changed tree was read and judged again."""

import subprocess
import sys
from pathlib import Path

import fourfold
from fourfold.findings.check import Findings, check, select
from fourfold.findings.finding import finding
from fourfold.findings.severity import HIGH, LOW
from fourfold.fixes import plan
from fourfold.model.edit import set_
from fourfold.model.graph import Graph
from fourfold.model.nodes import Container
from fourfold.pipeline import builtin_checks, examine
from fourfold.sources.tree import Tree

TASK = """\
{
  "family": "orders",
  "containerDefinitions": [
    {
      "name": "orders",
      "image": "example/orders:1.4"
    },
    {
      "name": "proxy",
      "image": "example/proxy:2.0",
      "readonlyRootFilesystem": false
    }
  ]
}
"""
MENDED = TASK.replace(
    '"image": "example/orders:1.4"', '"image": "example/orders:1.4",\n      "readonlyRootFilesystem": true'
).replace('"readonlyRootFilesystem": false', '"readonlyRootFilesystem": true')


def test_fixes_of_one_file_are_proved_together(tmp_path: Path) -> None:
    (tmp_path / "task.json").write_text(TASK)
    report = fourfold.scan(tmp_path, only=["writable_root_filesystem"])
    result = plan(report, report.findings)
    assert [f.address for f in result.closes] == ["orders/container/orders", "orders/container/proxy"]
    assert not result.refused
    assert [c.after for c in result.changes] == [MENDED]
    assert (tmp_path / "task.json").read_text() == TASK, "nothing is written by planning"


@check(LOW, code="FF3990", since="0.1")
def wrong_place(container: Container) -> Findings:
    """Fires for ever: its fix changes something else."""
    yield finding("never mended", at=container.image, fix=set_(container.image, "other"))


@check(LOW, code="FF3991", since="0.1")
def opens_another(container: Container) -> Findings:
    """Its fix brings the finding of another check."""
    if container.user.is_("1000"):
        yield finding("user 1000", at=container.user, fix=set_(container.user, "0"))


@check(LOW, code="FF3992", since="0.1")
def root_user(container: Container) -> Findings:
    """The other check."""
    if container.user.is_("0"):
        yield finding("root", at=container.user)


def test_a_fix_that_does_not_mend_is_refused_and_costs_no_other(tmp_path: Path) -> None:
    (tmp_path / "task.json").write_text(TASK)
    checks = [*select(builtin_checks(), ["writable_root_filesystem"]), wrong_place]
    report = examine(Tree(tmp_path), checks, str(tmp_path))
    result = plan(report, report.findings)
    assert {f.check for f in result.closes} == {"writable_root_filesystem"}
    assert {r.finding.check for r in result.refused} == {"wrong_place"}
    assert {r.reason for r in result.refused} == {"the finding is still there after the change"}


def test_a_fix_that_brings_a_new_finding_is_refused(tmp_path: Path) -> None:
    (tmp_path / "task.json").write_text(TASK.replace('"name": "orders",', '"name": "orders", "user": "1000",'))
    report = examine(Tree(tmp_path), [opens_another, root_user], str(tmp_path))
    result = plan(report, report.findings)
    assert not result.changes
    assert [r.reason for r in result.refused] == ["it would bring a new finding: root"]


@check(HIGH, code="FF3993", since="0.1")
def worse(container: Container) -> Findings:
    """A worse one, whose end lets the check above speak."""
    if container.user.is_("1000"):
        yield finding("user 1000", at=container.user, fix=set_(container.user, "0"))


def test_a_lesser_finding_may_come_to_light(tmp_path: Path) -> None:
    (tmp_path / "task.json").write_text(TASK.replace('"name": "orders",', '"name": "orders", "user": "1000",'))
    report = examine(Tree(tmp_path), [worse, root_user], str(tmp_path))
    result = plan(report, report.findings)
    assert [f.check for f in result.closes] == ["worse"]
    assert [f.check for f in result.leaves] == ["root_user"]


def test_fix_on_the_command_line_shows_and_writes(tmp_path: Path) -> None:
    file = tmp_path / "task.json"
    file.write_text(TASK)
    command = [sys.executable, "-m", "fourfold", "fix", str(tmp_path), "--only", "writable_root_filesystem", "--unsafe"]
    shown = subprocess.run(command, capture_output=True, text=True, check=False)
    assert shown.returncode == 0
    assert '+      "readonlyRootFilesystem": true\n' in shown.stdout
    assert "2 findings would be closed by changes in 1 file" in shown.stderr
    assert file.read_text() == TASK
    file.chmod(0o640)
    subprocess.run([*command, "--write"], capture_output=True, check=True)
    assert file.read_text() == MENDED
    assert file.stat().st_mode & 0o777 == 0o640
    again = subprocess.run(command, capture_output=True, text=True, check=False)
    assert (again.stdout, "nothing to change" in again.stderr) == ("", True)


@check(HIGH, code="FF3994", since="0.1")
def jealous(graph: Graph) -> Findings:
    """Is found at every container, as soon as one of them is run by root."""
    containers = graph.of(Container)
    if any(c.user.is_("0") for c in containers):
        for c in containers:
            yield finding("another one is root", at=c.image, about=c)


def test_what_one_fix_does_in_the_file_of_another_costs_only_the_first(tmp_path: Path) -> None:
    (tmp_path / "a.json").write_text(
        TASK.replace("orders", "a").replace('"name": "a",', '"name": "a", "user": "1000",')
    )
    (tmp_path / "b.json").write_text(TASK.replace("orders", "b").replace("proxy", "c"))
    mended = select(builtin_checks(), ["writable_root_filesystem"])
    for checks in ([opens_another, jealous, *mended], [opens_another, root_user, jealous, *mended]):
        report = examine(Tree(tmp_path), checks, str(tmp_path))
        for wanted in (report.findings, [f for f in report.findings if f.address != "b/container/b"]):
            result = plan(report, wanted)
            assert {f.check for f in result.closes} == {"writable_root_filesystem"}
            assert [r.finding.check for r in result.refused] == ["opens_another"]
            assert len(result.closes) == len(wanted) - 1

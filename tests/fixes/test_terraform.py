"""Fixes of Terraform configurations: in its words, at the place that decides the value, proved."""

import re
import shutil
import subprocess
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import fourfold
from fourfold.fixes import Plan, plan

TERRAFORM = shutil.which("terraform")


def planned(root: Path, *checks: str, **files: str) -> tuple[dict[str, str], Plan]:
    """The files that change, as they are afterwards; names are written with `__` for a dot and `_in_` for a slash."""
    for name, text in files.items():
        path = root / name.replace("__", ".").replace("_in_", "/")
        path.parent.mkdir(exist_ok=True)
        path.write_text(text)
    report = fourfold.scan(root, only=checks)
    result = plan(report, report.findings)
    if TERRAFORM:
        for change in result.changes:
            if change.path.endswith((".tf", ".tfvars")):
                done = subprocess.run([TERRAFORM, "fmt", "-check", "-"], input=change.after, capture_output=True, text=True, check=False)  # fmt: skip
                assert done.returncode == 0, change.after
    return {c.path: c.after for c in result.changes}, result


DATABASE = 'resource "aws_db_instance" "d" {\n  publicly_accessible = %s\n}\n'


@pytest.mark.parametrize(
    ("name", "given", "wanted"),
    [
        ("prod__auto__tfvars", "public = true # now\n", "public = false # now\n"),
        ("variables__tf", 'variable "public" {\n  default = true\n}\n', 'variable "public" {\n  default = false\n}\n'),
    ],
)
def test_a_variable_that_nothing_else_uses_is_given_another_value(
    tmp_path: Path, name: str, given: str, wanted: str
) -> None:
    files = {"main__tf": DATABASE % "var.public", name: given}
    if "tfvars" in name:
        files["variables__tf"] = 'variable "public" {\n  type = bool\n}\n'
    after, result = planned(tmp_path, "FF3014", **files)
    assert after == {name.replace("__", "."): wanted}
    assert len(result.closes) == 1


def test_a_variable_that_something_else_uses_keeps_its_value(tmp_path: Path) -> None:
    variable = 'variable "public" {\n  default = true\n}\noutput "o" {\n  value = var.public\n}\n'
    after, _ = planned(tmp_path, "FF3014", main__tf=DATABASE % "var.public", variables__tf=variable)
    assert after == {"main.tf": DATABASE % "false"}


def test_a_local_value_and_a_modules_argument(tmp_path: Path) -> None:
    call = 'locals {\n  open = true\n}\nmodule "m" {\n  source = "./m"\n  public = %s\n}\n'
    module = 'variable "public" {}\n' + DATABASE % "var.public"
    after, _ = planned(tmp_path, "FF3014", main__tf=call % "local.open", m_in_main__tf=module)
    assert after == {"main.tf": call.replace("true", "false") % "local.open"}
    after, _ = planned(tmp_path, "FF3014", main__tf=call % "true", m_in_main__tf=module)
    assert after == {"main.tf": call % "false"}


def test_a_place_that_gives_several_values_is_left(tmp_path: Path) -> None:
    text = 'resource "aws_db_instance" "d" {\n  for_each            = { a = true, b = null }\n  publicly_accessible = each.value\n}\n'  # fmt: skip
    after, result = planned(tmp_path, "FF3014", main__tf=text)
    assert after == {"main.tf": text.replace("each.value", "false")} or "the same place" in result.refused[0].reason


def test_arguments_have_terraforms_names_and_satellites_their_own_resource(tmp_path: Path) -> None:
    text = 'resource "aws_s3_bucket" "b" {\n  count  = 2\n  bucket = "b${count.index}"\n}\n'
    after, result = planned(tmp_path, "FF5009", main__tf=text)
    assert len(result.closes) == 2
    assert after["main.tf"] == text + (
        '\nresource "aws_s3_bucket_versioning" "b" {\n  count  = length(aws_s3_bucket.b)\n'
        "  bucket = aws_s3_bucket.b[count.index].id\n\n"
        '  versioning_configuration {\n    status = "Enabled"\n  }\n}\n'
    )
    (tmp_path / "main.tf").unlink()
    after, _ = planned(tmp_path, "FF3015", db__tf=DATABASE % "false")
    assert after["db.tf"] == DATABASE.replace("}", "  storage_encrypted   = true\n}") % "false"


def test_what_the_provider_sends_is_written_out(tmp_path: Path) -> None:
    text = 'resource "aws_db_instance" "d" {\n  engine = "mysql"\n}\n'
    after, _ = planned(tmp_path, "FF5004", main__tf=text)
    assert after == {"main.tf": text.replace("}", "  backup_retention_period = 7\n}").replace("engine ", "engine                  ")}  # fmt: skip


def test_a_switch_in_terraforms_json(tmp_path: Path) -> None:
    text = '{"resource": {"aws_db_instance": {"d": {"publicly_accessible": true}}}}\n'
    after, _ = planned(tmp_path, "FF3014", main__tf__json=text)
    assert after == {"main.tf.json": text.replace("true", "false")}


_CASES = Path(__file__).parent.parent / "cases" / "terraform"
CONFIGURATIONS = [
    text
    for path in sorted(_CASES.glob("*.md"))
    for text in re.findall(r"^```hcl main.tf\n(.*?)^```$", path.read_text(), re.MULTILINE | re.DOTALL)
]


@settings(max_examples=20, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_fixes_of_mutated_configurations_are_planned_or_refused(tmp_path: Path, data: st.DataObject) -> None:
    text = data.draw(st.sampled_from(CONFIGURATIONS))
    start = data.draw(st.integers(0, len(text)))
    end = data.draw(st.integers(start, min(start + 40, len(text))))
    piece = data.draw(st.sampled_from(["", "{", "}", '"', "${", "= [", "<<E\n", "\n", "null", "var.x", "true", "# "]))
    (tmp_path / "main.tf").write_text(text[:start] + piece + text[end:])
    report = fourfold.scan(tmp_path)
    result = plan(report, report.findings)
    assert {f.id for f in result.closes}.isdisjoint(r.finding.id for r in result.refused)


def test_what_was_downloaded_is_left_alone(tmp_path: Path) -> None:
    manifest = '{"Modules": [{"Key": "", "Source": "", "Dir": "."}, {"Key": "m", "Source": "x/m/aws", "Dir": ".terraform/modules/m"}]}'  # fmt: skip
    call = 'module "m" {\n  source = "x/m/aws"\n  public = true\n}\n'
    module = 'variable "public" {}\nresource "aws_db_instance" "d" {\n  engine              = "mysql"\n  publicly_accessible = var.public\n}\n'  # fmt: skip
    folder = tmp_path / ".terraform" / "modules"
    (folder / "m").mkdir(parents=True)
    (folder / "modules.json").write_text(manifest)
    (folder / "m" / "main.tf").write_text(module)
    after, result = planned(tmp_path, "FF3014", "FF5004", main__tf=call)
    assert after == {"main.tf": call.replace("true", "false")}
    assert ["terraform init" in r.reason for r in result.refused] == [True]


def test_a_heredoc_is_left_alone(tmp_path: Path) -> None:
    text = 'resource "aws_ecs_task_definition" "t" {\n  container_definitions = <<EOF\n[{"name": "a", "image": "x"}]\nEOF\n}\n'
    after, result = planned(tmp_path, "FF3001", main__tf=text)
    assert not after
    assert result.refused

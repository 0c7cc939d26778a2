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


HEREDOC = """resource "aws_ecs_task_definition" "t" {
  container_definitions = <<-EOF
    [
      {
        "name": "a",
        "image": "${var.image}:1",
        "portMappings": ${jsonencode(var.ports)},
        "privileged": true
      }
    ]
  EOF
}
"""


def test_json_in_a_heredoc_is_edited_where_it_stands(tmp_path: Path) -> None:
    variables = 'variable "image" {}\nvariable "ports" {}\n'
    after, result = planned(tmp_path, "FF3001", "FF3002", main__tf=HEREDOC, variables__tf=variables)
    assert after == {"main.tf": HEREDOC.replace('"privileged": true', '"privileged": false,\n        "readonlyRootFilesystem": true')}  # fmt: skip
    assert len(result.closes) == 2
    short = 'resource "aws_ecs_task_definition" "t" {\n  container_definitions = <<EOF\n[{"name": "a", "image": "x"}]\nEOF\n}\n'
    (tmp_path / "variables.tf").unlink()
    after, _ = planned(tmp_path, "FF3001", main__tf=short)
    assert after == {"main.tf": short.replace('"x"', '"x", "readonlyRootFilesystem": true')}


def test_a_heredoc_with_directives_is_left_alone(tmp_path: Path) -> None:
    text = HEREDOC.replace("${var.image}", "%{ if true }x%{ endif }").replace("${jsonencode(var.ports)}", "[]")
    after, result = planned(tmp_path, "FF3001", main__tf=text)
    assert not after
    assert [r.reason for r in result.refused] == ["it is written as a heredoc"]


BUCKET_IN_JSON = """{
  "resource": {
    "aws_s3_bucket": {
      "b": {
        "bucket": "store"
      }
    },
    "aws_db_instance": {
      "d": {
        "engine": "mysql",
        "publicly_accessible": true
      }
    },
    "aws_lb": {
      "l": {
        "internal": false
      }
    }
  }
}
"""


def test_inserts_into_terraforms_json(tmp_path: Path) -> None:
    after, result = planned(tmp_path, "FF5009", "FF5004", "FF3015", "FF3014", main__tf__json=BUCKET_IN_JSON)
    assert not result.refused
    written = after["main.tf.json"]
    assert (
        '"publicly_accessible": false,\n        "storage_encrypted": true,\n        "backup_retention_period": 7\n'
        in written
    )
    assert written.count("aws_s3_bucket_versioning") == 1
    beside = (
        '"aws_s3_bucket_versioning": {\n      "b": {\n        "bucket": "${aws_s3_bucket.b.id}",\n'
        '        "versioning_configuration": {\n          "status": "Enabled"\n        }\n      }\n    }'
    )
    assert beside in written


def test_a_resource_beside_one_that_is_repeated_in_json(tmp_path: Path) -> None:
    text = '{"resource": {"aws_s3_bucket": {"b": {"count": 2}}, "aws_s3_bucket_versioning": {"other": {"bucket": "x", "versioning_configuration": {"status": "Enabled"}}}}}\n'  # fmt: skip
    after, _ = planned(tmp_path, "FF5009", main__tf__json=text)
    made = '"b": {"count": "${length(aws_s3_bucket.b)}", "bucket": "${aws_s3_bucket.b[count.index].id}", "versioning_configuration": {"status": "Enabled"}}'  # fmt: skip
    assert after == {"main.tf.json": text.replace("}}}}}\n", "}}, " + made + "}}}\n")}


def test_a_file_of_opentofu(tmp_path: Path) -> None:
    text = DATABASE % "false"
    after, _ = planned(tmp_path, "FF3015", main__tofu=text)
    assert after == {"main.tofu": text.replace("}", "  storage_encrypted   = true\n}")}


MERGED = """locals {
  base = {
    name       = "app"
    privileged = %s
  }
}

resource "aws_ecs_task_definition" "t" {
  family = "t"
  container_definitions = jsonencode([
    merge(local.base, {
      image = "x"
    })
  ])
}
"""


def test_an_entry_is_added_to_the_last_object_that_is_merged(tmp_path: Path) -> None:
    after, _ = planned(tmp_path, "FF3001", "FF3006", main__tf=MERGED % "false")
    entries = '      image                  = "x"\n      readonlyRootFilesystem = true\n'
    more = '      linuxParameters = {\n        capabilities = {\n          drop = ["ALL"]\n        }\n      }\n'
    assert after == {"main.tf": (MERGED % "false").replace('      image = "x"\n', entries + more)}


def test_an_entry_of_a_merged_object_is_changed_where_it_is_written(tmp_path: Path) -> None:
    after, _ = planned(tmp_path, "FF3002", main__tf=MERGED % "true")
    assert after == {"main.tf": MERGED % "false"}


def test_a_merge_that_ends_with_a_name_is_left_alone(tmp_path: Path) -> None:
    text = (MERGED % "false").replace('merge(local.base, {\n      image = "x"\n    })', 'merge({ image = "x" }, local.base)')  # fmt: skip
    after, result = planned(tmp_path, "FF3001", main__tf=text)
    assert not after
    assert [r.reason for r in result.refused] == ["what is written there is no block and no object"]


def test_an_attribute_of_a_load_balancer_is_an_argument(tmp_path: Path) -> None:
    text = 'resource "aws_lb" "l" {\n  internal                   = false\n  enable_deletion_protection = true\n}\n'
    after, _ = planned(tmp_path, "FF3025", main__tf=text)
    assert after == {"main.tf": text.replace("}", "  drop_invalid_header_fields = true\n}")}
    (tmp_path / "main.tf").unlink()
    json_ = '{"resource": {"aws_lb": {"l": {"internal": false, "enable_deletion_protection": true}}}}\n'
    after, _ = planned(tmp_path, "FF3025", main__tf__json=json_)
    assert after == {"main.tf.json": json_.replace("}}}}", ', "drop_invalid_header_fields": true}}}}')}


def test_a_module_is_told_otherwise_though_it_uses_the_argument_twice(tmp_path: Path) -> None:
    call = 'module "m" {\n  source = "./m"\n  public = true\n}\n'
    module = 'variable "public" {}\n' + DATABASE % "var.public" + 'output "public" {\n  value = var.public\n}\n'
    after, _ = planned(tmp_path, "FF3014", main__tf=call, m_in_main__tf=module)
    assert after == {"main.tf": call.replace("true", "false")}


def test_a_module_whose_argument_decides_what_there_is_is_mended_inside(tmp_path: Path) -> None:
    call = 'module "m" {\n  source = "./m"\n  public = true\n}\n'
    more = 'resource "aws_sqs_queue" "q" {\n  count = var.public ? 1 : 0\n}\n'
    module = 'variable "public" {}\n' + DATABASE % "var.public" + more
    after, _ = planned(tmp_path, "FF3014", main__tf=call, m_in_main__tf=module)
    assert after == {"m/main.tf": module.replace("= var.public\n}", "= false\n}")}


def test_a_replica_is_mended_in_its_block(tmp_path: Path) -> None:
    text = """resource "aws_dynamodb_table" "t" {
  name                        = "t"
  deletion_protection_enabled = true

  point_in_time_recovery {
    enabled = true
  }

  replica {
    region_name = "eu-west-1"
  }
}
"""
    after, _ = planned(tmp_path, "FF5004", "FF5010", main__tf=text)
    block = (
        '    region_name                 = "eu-west-1"\n    point_in_time_recovery      = true\n'
        "    deletion_protection_enabled = true\n"
    )
    assert after == {"main.tf": text.replace('    region_name = "eu-west-1"\n', block)}

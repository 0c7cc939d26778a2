"""Terragrunt's units, as far as they are plain HCL."""

from pathlib import Path

import fourfold
from fourfold.model.resource import Resource

MODULE = 'variable "name" {}\nvariable "other" {}\nresource "aws_s3_bucket" "b" {\n  bucket = var.name\n}\nresource "aws_s3_bucket" "o" {\n  bucket = var.other\n}\n'
UNIT = """\
include "root" {
  path = find_in_parent_folders()
}
locals {
  env = "prod"
}
terraform {
  source = "../modules//store"
}
inputs = {
  name  = "logs-${local.env}"
  other = dependency.x.outputs.name
}
"""


def scanned(folder: Path, **files: str) -> tuple[fourfold.Report, dict[str, Resource]]:
    for name, text in files.items():
        path = folder / name.replace("__", "/").replace("_tf", ".tf").replace("_hcl", ".hcl")
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    report = fourfold.scan(folder)
    return report, {r.key: r for r in report.graph.resources.values()}


def test_a_unit_runs_its_module_with_its_inputs(tmp_path: Path) -> None:
    report, found = scanned(tmp_path, modules__store__main_tf=MODULE, prod__terragrunt_hcl=UNIT)
    assert set(found) == {"prod#aws_s3_bucket.b", "prod#aws_s3_bucket.o"}
    assert found["prod#aws_s3_bucket.b"].get("BucketName").plain() == "logs-prod"
    assert "is not declared" in found["prod#aws_s3_bucket.o"].get("BucketName").reason
    assert [(p.file, p.line, p.reason) for p in report.problems] == [
        ("prod/terragrunt.hcl", 1, "terragrunt's include `root` is not evaluated; what it gives is unknown")
    ]


def test_a_module_from_elsewhere_is_said(tmp_path: Path) -> None:
    unit = 'terraform {\n  source = "git::https://example.com/x.git"\n}\ninputs = merge(local.a, {})\n'
    report, _ = scanned(tmp_path, terragrunt_hcl=unit)
    assert report.problems[0].reason == (
        "the module of this terragrunt unit was not read: its source is `git::https://example.com/x.git`"
    )
    assert report.problems[1].reason.startswith("the inputs of this terragrunt unit are not known")

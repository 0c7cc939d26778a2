"""`fourfold vendor` says how to bring what is missing, and downloads nothing."""

from pathlib import Path

import pytest

import fourfold
from fourfold.faces.cli import main

CALLS = """\
module "vpc" {
  source  = "terraform-aws-modules/vpc/aws"
  version = "5.1.2"
}
module "range" {
  source  = "registry.terraform.io/a/b/c"
  version = "~> 1.0"
}
module "git" {
  source = "git::https://example.com/x.git//sub?ref=v2"
}
module "strange" {
  source = "s3::https://bucket/x.zip"
}
"""


def test_the_commands_are_printed(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "infra").mkdir()
    (tmp_path / "infra" / "main.tf").write_text(CALLS)
    assert main(["vendor", str(tmp_path)]) == 0
    out = capsys.readouterr().out.replace(str(tmp_path), "HERE")
    assert (
        out
        == """\
# with Terraform (or tofu), modules inside these modules included:
terraform -chdir=HERE/infra get

# or by hand:
# module `vpc` (terraform-aws-modules/vpc/aws 5.1.2), infra/main.tf:1
git clone --depth 1 --branch v5.1.2 https://github.com/terraform-aws-modules/terraform-aws-vpc HERE/infra/.terraform/modules/vpc
# module `range` (registry.terraform.io/a/b/c ~> 1.0), infra/main.tf:5
git clone --depth 1 https://github.com/a/terraform-c-b HERE/infra/.terraform/modules/range
# module `git` (git::https://example.com/x.git//sub?ref=v2), infra/main.tf:9
git clone --depth 1 --branch v2 https://example.com/x.git HERE/infra/.terraform/modules/git
# module `strange` (s3::https://bucket/x.zip), infra/main.tf:12: how to bring it is not known
"""
    )


def test_a_clone_is_read(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "main.tf").write_text(CALLS)
    for name in ("vpc", "range", "git/sub", "strange"):
        folder = tmp_path / ".terraform" / "modules" / name
        folder.mkdir(parents=True)
        (folder / "main.tf").write_text('resource "aws_s3_bucket" "b" {}\n')
    assert main(["vendor", str(tmp_path)]) == 0
    assert capsys.readouterr().out == "no module is missing\n"
    assert len(fourfold.scan(tmp_path).graph.resources) == 4


def test_a_folder_that_is_not_there(tmp_path: Path) -> None:
    assert main(["vendor", str(tmp_path / "none")]) == 2

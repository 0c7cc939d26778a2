"""From Terraform's files to findings."""

from pathlib import Path

import fourfold
from fourfold.faces.cli import main
from fourfold.sources.terraform import claims

BUCKET = """\
variable "blocked" {
  default = true
}
resource "aws_s3_bucket" "b" {
  bucket = "b"
}
resource "aws_s3_bucket_public_access_block" "b" {
  bucket                  = aws_s3_bucket.b.id
  block_public_acls       = var.blocked
  block_public_policy     = var.blocked
  ignore_public_acls      = var.blocked
  restrict_public_buckets = var.blocked
}
"""


def write(folder: Path, **files: str) -> None:
    for name, text in files.items():
        (folder / name.replace("__", ".")).write_text(text)


def ids(folder: Path) -> set[str]:
    return {f.check for f in fourfold.scan(folder).findings}


def test_names_tell_what_is_terraforms() -> None:
    assert claims("a/main.tf", b"")
    assert claims("main.tf.json", b"{}")
    assert claims("main.tofu", b"")
    assert not claims("prod.tfvars", b"")
    assert not claims("a/.main.tf", b"")


def test_a_value_of_a_tfvars_file_decides(tmp_path: Path) -> None:
    write(tmp_path, main__tf=BUCKET)
    assert "public_bucket_access_not_blocked" not in ids(tmp_path)
    write(tmp_path, terraform__tfvars="blocked = false\n")
    assert "public_bucket_access_not_blocked" in ids(tmp_path)


def test_options_give_values(tmp_path: Path, capsys: object) -> None:
    write(tmp_path, main__tf=BUCKET, prod__tfvars="blocked = false\n")
    asked = [str(tmp_path), "--no-cache", "--only", "public_bucket_access_not_blocked"]
    assert main(asked) == 0
    assert main([*asked, "--var", "blocked=false"]) == 1
    assert main([*asked, "--var-file", str(tmp_path / "prod.tfvars")]) == 1
    assert main([*asked, "--var", "blocked"]) == 2
    assert main([*asked, "--var-file", str(tmp_path / "none.tfvars")]) == 2


def test_a_called_module_does_not_stand_for_itself(tmp_path: Path) -> None:
    (tmp_path / "store").mkdir()
    (tmp_path / "store" / "main.tf").write_text(BUCKET)
    write(tmp_path, main__tf='module "store" {\n  source  = "./store"\n  blocked = false\n}\n')
    report = fourfold.scan(tmp_path)
    addresses = {r.address for r in report.graph.resources.values()}
    assert addresses == {"module.store.aws_s3_bucket.b"}
    assert "public_bucket_access_not_blocked" in {f.check for f in report.findings}
    assert report.problems == ()


def test_a_broken_block_is_said_and_the_rest_is_read(tmp_path: Path) -> None:
    write(tmp_path, main__tf='resource "aws_x" "broken" {\n  a = \n}\n' + BUCKET)
    report = fourfold.scan(tmp_path)
    assert [(p.file, p.line) for p in report.problems] == [("main.tf", 2)]
    assert [r.address for r in report.graph.resources.values()] == ["aws_s3_bucket.b"]

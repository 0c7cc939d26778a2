"""Where the code of a function stands: behind archives, staged objects and the module for functions."""

from __future__ import annotations

from pathlib import Path

import pytest

from fourfold.model.place import Source
from fourfold.model.value import Known, Step, Unknown, Value
from fourfold.sources import terraform
from fourfold.sources.tree import Tree

ARCHIVE = """
    data "archive_file" "code" {{
      type        = "zip"
      output_path = "${{path.module}}/build/code.zip"
      {}
    }}
    resource "aws_lambda_function" "f" {{
      function_name = "f"
      handler       = "app.handler"
      {}
    }}
"""
FILENAME = "filename = data.archive_file.code.output_path"


def code(text: str, address: str = "aws_lambda_function.f", prop: str = "Code", folder: str = "") -> Value:
    name = f"{folder}/main.tf".lstrip("/")
    tree = Tree(Path("/nonexistent"), {name: text.encode()})
    made = terraform.read(Source(name, text), tree).resources
    return next(r for r in made if r.address == address).get(prop)


def notes(value: Value) -> list[str]:
    steps: tuple[Step, ...] = getattr(value, "provenance", ())
    return [step.note for step in steps]


@pytest.mark.parametrize(
    ("source", "path"),
    [
        ('source_dir = "${path.module}/src"', "src"),
        ('source_file = "src/app.py"', "src/app.py"),
        ('source_dir = "../shared/src"', "Unknown"),
    ],
)
def test_an_archive_leads_to_what_it_is_made_of(source: str, path: str) -> None:
    found = code(ARCHIVE.format(source, FILENAME))
    if path == "Unknown":
        assert found.get("ZipFile").reason == "`../shared/src` leads out of the scanned folder"
    else:
        assert found.plain() == path
        assert notes(found)[-2:] == ["`data.archive_file.code`", source.split(" = ", maxsplit=1)[0]]


def test_a_path_is_beside_the_file_that_it_is_used_in() -> None:
    """Terraform runs in the folder of the root module, whatever file says the path."""
    assert code(ARCHIVE.format('source_dir = "../src"', FILENAME), folder="deploy").plain() == "../src"


def test_the_same_path_written_twice_is_the_same_archive() -> None:
    found = code(ARCHIVE.format('source_dir = "src"', 'filename = "build/code.zip"'))
    assert found.plain() == "src"


def test_an_archive_that_was_built_before_is_named() -> None:
    found = code(ARCHIVE.format('source_dir = "src"', 'filename = "target/app.jar"'))
    assert found.plain() == "target/app.jar"
    assert notes(found) == ["the archive `target/app.jar` as it was built, whose content is not read"]


def test_files_that_are_written_into_the_archive() -> None:
    blocks = """
        source {
          filename = "lib.py"
          content  = "x = 1"
        }
        source {
          filename = "app.py"
          content  = "import lib"
        }
    """
    assert code(ARCHIVE.format(blocks, FILENAME)).plain() == {"ZipFile": "import lib"}
    only = 'source_content_filename = "index.py"\nsource_content = "print()"'
    assert code(ARCHIVE.format(only, FILENAME)).plain() == {"ZipFile": "print()"}
    unknown = blocks.replace("app.py", "other.py")
    assert (
        code(ARCHIVE.format(unknown, FILENAME)).get("ZipFile").reason
        == "what `data.archive_file.code` holds is not known"
    )


@pytest.mark.parametrize(
    "key", ['"releases/code.zip"', "aws_s3_object.code.key", "aws_s3_object.code.id"], ids=["text", "key", "id"]
)
def test_an_object_that_is_staged_leads_to_its_source(key: str) -> None:
    text = (
        ARCHIVE.format('source_dir = "src"', f"s3_bucket = aws_s3_bucket.b.id\ns3_key = {key}")
        + """
        resource "aws_s3_bucket" "b" {}
        resource "aws_s3_object" "code" {
          bucket = aws_s3_bucket.b.bucket
          key    = "releases/code.zip"
          source = data.archive_file.code.output_path
        }
    """
    )
    found = code(text)
    assert found.plain() == "src"
    assert "`aws_s3_object.code`" in notes(found)


def test_an_object_that_nothing_stages_stays_where_it_is() -> None:
    text = ARCHIVE.format('source_dir = "src"', 's3_bucket = "releases"\ns3_key = "code.zip"')
    assert code(text).plain() == {"S3Bucket": "releases", "S3Key": "code.zip"}


@pytest.mark.parametrize(
    ("written", "path"),
    [
        ('"src"', "src"),
        ('jsonencode([{ path = "src", pip_requirements = true }])', "src"),
        ('jsonencode(["a", "b"])', ""),
    ],
)
def test_what_the_module_for_functions_packs(written: str, path: str) -> None:
    text = f"""
        data "external" "archive_prepare" {{
          program = ["python3", "package.py"]
          query   = {{ source_path = {written} }}
        }}
        resource "aws_lambda_function" "f" {{ filename = data.external.archive_prepare.result.filename }}
    """
    found = code(text)
    if path:
        assert found.plain() == path
        assert notes(found)[-1] == "`source_path` of `data.external.archive_prepare`"
    else:
        inner = found.get("ZipFile")
        assert isinstance(inner, Unknown)
        assert inner.reason == "`data.external.archive_prepare` is looked up when terraform plans"


def test_a_layer_has_its_content_like_a_function_its_code() -> None:
    text = """
        data "archive_file" "layer" {
          type        = "zip"
          output_path = "layer.zip"
          source_dir  = "layer"
        }
        resource "aws_lambda_layer_version" "l" {
          layer_name = "l"
          filename   = data.archive_file.layer.output_path
        }
    """
    found = code(text, "aws_lambda_layer_version.l", "Content")
    assert isinstance(found, Known)
    assert found.value == "layer"

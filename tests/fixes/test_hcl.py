"""Edits written into HCL: comments stay, columns are as `terraform fmt` leaves them."""

import shutil
import subprocess

import pytest

from fourfold.fixes.lower import lower
from fourfold.fixes.text import CannotEditError, apply
from fourfold.model.edit import Edit, append, remove, rename, set_
from fourfold.model.place import Source
from fourfold.model.value import Map, Value
from fourfold.sources.terraform.evaluate.config import config_of
from fourfold.sources.terraform.evaluate.module import Module, Workspace
from fourfold.sources.terraform.functions import collections, encodings
from fourfold.sources.terraform.hcl.parser import parse
from fourfold.sources.terraform.hcl.written import Block, Encoded, expression

TERRAFORM = shutil.which("terraform")


def resource(text: str) -> Map:
    """The values of the one resource of a configuration."""
    source = Source("main.tf", text)
    body, problems = parse(source)
    assert not problems
    world = Workspace(
        functions=lambda _: {**collections.TABLE, **encodings.TABLE}, find=lambda *_: None, facts={}, root_key="."
    )
    (instance,) = Module(config_of("", [(source, body)]), world).walk()
    return instance.values


def edited(*edits: Edit) -> str:
    text, _ = apply(edits[0].at.source, lower(edits))
    if TERRAFORM:
        done = subprocess.run([TERRAFORM, "fmt", "-check", "-diff", "-"], input=text, capture_output=True, text=True, check=False)  # fmt: skip
        assert done.returncode == 0, done.stdout + done.stderr
    return text


BUCKET = """\
# the store
resource "x_store" "s" {
  name = "store" # its name
  acl  = "public-read"

  # who may read
  cidrs = ["10.0.0.0/8", "0.0.0.0/0"]
  tags = {
    Team = "a"
  }

  rule {
    port = 22
    to   = "all" # everything
  }

  rule {
    port = 80
  }
}
"""


def test_a_literal_is_replaced_and_its_comment_kept() -> None:
    after = edited(set_(resource(BUCKET).get("name"), "${a}"))
    assert after == BUCKET.replace('"store" #', '"$${a}" #')


def test_an_argument_is_inserted_behind_the_last_one_in_its_column() -> None:
    rule = resource(BUCKET).get("rule", 0)
    after = edited(Edit("insert", rule, ("encrypted",), True))
    assert '    port      = 22\n    to        = "all" # everything\n    encrypted = true\n  }\n' in after
    after = edited(set_(rule.get("e"), "x"))
    assert '    to   = "all" # everything\n    e    = "x"\n' in after


def test_a_block_is_inserted_behind_a_blank_line() -> None:
    after = edited(Edit("insert", resource(BUCKET), ("encryption",), Block(rule=Block(algorithm="aws:kms", on=True))))
    assert after.endswith(
        "  rule {\n    port = 80\n  }\n\n  encryption {\n    rule {\n"
        '      algorithm = "aws:kms"\n      on        = true\n    }\n  }\n}\n'
    )


def test_what_is_there_is_filled_in() -> None:
    after = edited(Edit("insert", resource(BUCKET), ("tags", "Long name"), "b"))
    assert '  tags = {\n    Team        = "a"\n    "Long name" = "b"\n  }\n' in after
    with pytest.raises(CannotEditError, match="written already"):
        edited(Edit("insert", resource(BUCKET), ("acl",), "private"))


def test_bodies_on_one_line_and_empty_ones() -> None:
    one = 'resource "x" "y" { name = "a" }\n'
    assert (
        edited(Edit("insert", resource(one), ("on",), True)) == 'resource "x" "y" {\n  name = "a"\n  on   = true\n}\n'
    )
    none = 'resource "x" "y" {}\n'
    assert edited(Edit("insert", resource(none), ("on",), True)) == 'resource "x" "y" {\n  on = true\n}\n'
    lines = 'resource "x" "y" {\n}\n'
    assert (
        edited(Edit("insert", resource(lines), ("b",), Block(a=1))) == 'resource "x" "y" {\n  b {\n    a = 1\n  }\n}\n'
    )
    blocks = 'resource "x" "y" {\n  b {}\n}\n'
    assert edited(Edit("insert", resource(blocks), ("on",), True)) == 'resource "x" "y" {\n  on = true\n\n  b {}\n}\n'


def test_arguments_and_blocks_together() -> None:
    edits = [Edit("insert", resource(BUCKET), ("on",), True), Edit("insert", resource(BUCKET), ("log",), Block(to="x"))]
    after = edited(*edits)
    assert '"0.0.0.0/0"]\n  on    = true\n  tags = {' in after
    assert after.endswith('    port = 80\n  }\n\n  log {\n    to = "x"\n  }\n}\n')


def test_elements_come_and_go() -> None:
    cidrs = resource(BUCKET).get("cidrs")
    assert 'cidrs = ["10.0.0.0/8", "0.0.0.0/0", "x"]' in edited(append(cidrs, "x"))
    assert 'cidrs = ["10.0.0.0/8"]' in edited(remove(cidrs.get(1)))
    assert 'cidrs = ["0.0.0.0/0"]' in edited(remove(cidrs.get(0)))
    many = 'resource "x" "y" {\n  a = [\n    "b", # one\n    "c" # two\n  ]\n}\n'
    assert '    "b", # one\n    "c", # two\n    "d",\n  ]' in _unchecked(append(resource(many).get("a"), "d"))
    assert _unchecked(remove(resource(many).get("a", 0))) == many.replace('    "b", # one\n', "")
    assert 'a = ["d"]' in edited(append(resource('resource "x" "y" {\n  a = []\n}\n').get("a"), "d"))


def _unchecked(edit: Edit) -> str:
    return apply(edit.at.source, lower([edit]))[0]


def test_the_last_element_goes_with_its_argument() -> None:
    text = 'resource "x" "y" {\n  long_name = 1\n  a         = ["b"]\n}\n'
    assert edited(remove(resource(text).get("a", 0))) == 'resource "x" "y" {\n  long_name = 1\n}\n'
    longest = 'resource "x" "y" {\n  long_name = ["b"]\n  a         = 1\n  bc        = 1\n}\n'
    assert edited(remove(resource(longest).get("long_name", 0))) == 'resource "x" "y" {\n  a  = 1\n  bc = 1\n}\n'


def test_a_block_goes_with_a_blank_line() -> None:
    values = resource(BUCKET)
    assert edited(remove(values.get("rule", 1))) == BUCKET.replace("\n  rule {\n    port = 80\n  }\n", "")
    first = '  rule {\n    port = 22\n    to   = "all" # everything\n  }\n\n'
    assert edited(remove(values.get("rule", 0))) == BUCKET.replace(first, "")


def test_a_key_of_a_document_is_renamed() -> None:
    text = 'resource "x" "y" {\n  policy = jsonencode({\n    Version = "1"\n    "Actoin" = "*"\n  })\n}\n'
    document: Value = resource(text).get("policy").document  # type: ignore[attr-defined]
    assert '    Version  = "1"\n    "Action" = "*"\n' in edited(rename(document.get("Actoin"), "Action"))
    assert '    NotAction = "*"\n' in _unchecked(rename(resource(text.replace('"Actoin"', "Actoin")).get("policy").document.get("Actoin"), "NotAction"))  # type: ignore[attr-defined]  # fmt: skip


def test_a_document_is_filled_in() -> None:
    text = 'resource "x" "y" {\n  policy = jsonencode({ Version = "1" })\n}\n'
    document = resource(text).get("policy").document  # type: ignore[attr-defined]
    after = edited(Edit("insert", document, ("Id",), "a"))
    assert after == text.replace(" })", ', Id = "a" })')


def test_switches_and_numbers_stay_what_they_are() -> None:
    text = 'resource "x" "y" {\n  on = false\n  n  = 5\n}\n'
    values = resource(text)
    import msgspec

    translated = msgspec.structs.replace(values.get("on"), value="DISABLED")
    assert "on = true" in edited(set_(translated, "ENABLED"))
    assert "n  = 7" in edited(set_(values.get("n"), "7"))
    with pytest.raises(CannotEditError, match="number"):
        edited(set_(values.get("n"), "all"))


def test_what_is_no_literal_by_itself() -> None:
    heredoc = 'resource "x" "y" {\n  a = <<EOF\nb\nEOF\n  b = 1\n}\n'
    with pytest.raises(CannotEditError, match="heredoc"):
        edited(set_(resource(heredoc).get("a"), "c"))
    assert edited(set_(resource(heredoc).get("b"), 2)) == heredoc.replace("b = 1", "b = 2")
    made = 'resource "x" "y" {\n  a = concat(["b"], ["c"])\n}\n'
    with pytest.raises(CannotEditError, match="no list"):
        edited(append(resource(made).get("a"), "c"))


def test_line_ends_are_kept() -> None:
    text = 'resource "x" "y" {\r\n  a = 1\r\n}\r\n'
    assert _unchecked(Edit("insert", resource(text), ("long",), "b")) == (
        'resource "x" "y" {\r\n  a    = 1\r\n  long = "b"\r\n}\r\n'
    )


def test_columns_that_were_not_there_are_not_made() -> None:
    text = 'resource "x" "y" {\n  a = 1\n  bcd = 1\n}\n'
    assert _unchecked(Edit("insert", resource(text), ("ef",), 2)) == text.replace("bcd = 1\n", "bcd = 1\n  ef = 2\n")


def test_data_as_hcl() -> None:
    data = {"a": ['b"\\\n\x01', None, True, 1.5], "for": {"x y": []}, "j": Encoded({"k": "%{if}"})}
    assert expression(data, 0) == (
        "{\n"
        '  a = ["b\\"\\\\\\n\\u0001", null, true, 1.5]\n'
        '  "for" = {\n    "x y" = []\n  }\n'
        '  j = jsonencode({\n    k = "%%{if}"\n  })\n'
        "}"
    )


def test_what_is_written_behind_lines_leaves_their_columns() -> None:
    wide = 'resource "x" "y" {\n  name     = "a"\n  kind     = "b"\n}\n'
    text, _ = apply(resource(wide).source, lower([Edit("insert", resource(wide), ("log",), Block(to="x"))]))
    assert text == wide.replace("}", '\n  log {\n    to = "x"\n  }\n}')


def test_an_object_that_is_written_as_json_stays_so() -> None:
    text = 'resource "x" "y" {\n  c = jsonencode([\n    {\n      "name" : "a"\n    }\n  ])\n}\n'
    at = resource(text).get("c").document.get(0)
    after = edited(Edit("insert", at, ("linux", "drop"), ["ALL"]))
    entry = '"a"\n      "linux" : {\n        "drop" : [\n          "ALL"\n        ]\n      }\n'
    assert after == text.replace('"a"\n', entry)

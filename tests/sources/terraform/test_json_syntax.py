"""Configurations in JSON give the same as in native syntax, at places in the JSON text."""

import json
from pathlib import Path

from hypothesis import given, settings
from hypothesis import strategies as st
from sources.terraform.trees import root, values

from fourfold.model.place import Source
from fourfold.sources.terraform.hcl.parser import parse
from fourfold.sources.terraform.json_syntax import parse_json_body
from fourfold.sources.terraform.roots import project_of
from fourfold.sources.tree import Tree

JSON = {
    "//": "a comment",
    "variable": {"ports": {"type": "list(number)", "default": [80, 443]}, "raw": {"default": "${not.evaluated}"}},
    "locals": [{"name": 'x-"${upper("y")}"-${var.raw}'}],
    "resource": [
        {
            "aws_x": {
                "a": {"count": 2, "name": "${local.name}", "tags": {"K${count.index}": "v"}, "list": ["${var.ports}"]}
            }
        },
        {
            "aws_y": {
                "b": {
                    "dynamic": {"ingress": {"for_each": "${var.ports}", "content": {"port": "${ingress.value}"}}},
                    "nested": [
                        {"dynamic": {"deep": {"iterator": "it", "for_each": ["p"], "content": {"v": "${it.value}"}}}}
                    ],
                }
            }
        },
    ],
    "output": {"first": {"value": "${aws_x.a[0].name}"}},
}


def test_json_means_what_native_syntax_means(tmp_path: Path) -> None:
    name = 'x-"Y"-${not.evaluated}'
    assert values(root(tmp_path, {"main.tf.json": json.dumps(JSON)})) == {
        "aws_x.a[0]": {"name": name, "tags": {"K0": "v"}, "list": [[80, 443]]},
        "aws_x.a[1]": {"name": name, "tags": {"K1": "v"}, "list": [[80, 443]]},
        "aws_y.b": {"ingress": [{"port": 80}, {"port": 443}], "nested": [{"deep": [{"v": "p"}]}]},
    }


def test_native_files_and_json_and_overrides_are_one_module(tmp_path: Path) -> None:
    files = {
        "main.tf": 'variable "n" {\n  default = "native"\n}\nresource "aws_x" "a" {\n  name = var.n\n  kept = 1\n}\n',
        "override.tf.json": '{"resource": {"aws_x": {"a": {"name": "over-${var.n}"}}}}',
    }
    assert values(root(tmp_path, files)) == {"aws_x.a": {"name": "over-native", "kept": 1}}


def test_places_are_those_in_the_text(tmp_path: Path) -> None:
    text = '{"resource": {"aws_x": {"a": {\n  "n": "plain ${"v"}",\n  "e": "a\\"b ${upper(\\"q\\")} \\ud83d\\ude00 ${lower("Z")}"\n}}}}'
    text = text.replace('${"v"}', "${1 + 2}").replace('${lower("Z")}', "${3 * 4}")
    body, problems = parse_json_body(Source("main.tf.json", text))
    assert problems == []
    n, e = (body.blocks[0].body.attributes[name] for name in "ne")
    assert text[n.start : n.start + 3] == '"n"'
    assert text[n.value.parts[1].start : n.value.parts[1].end] == "1 + 2"
    assert text[e.value.parts[1].start : e.value.parts[1].end] == 'upper(\\"q\\")'
    assert text[e.value.parts[3].start : e.value.parts[3].end] == "3 * 4"


def test_what_is_no_terraform_is_said() -> None:
    text = '{"resource": 1, "resorce": {},\n "output": {"o": {"value": "${"}}}'
    _, problems = parse_json_body(Source("x.tf.json", text))
    assert [(p.line, p.reason) for p in problems] == [
        (1, "`resource` is not an object"),
        (1, "`resorce` is no block of Terraform's; it was left out"),
        (2, "not valid HCL: expected a value, found `end of line`"),
    ]


PIECES = ["${", "}", '"', "\\", "{", "[", "%{", "if", "for", "\\u", "dynamic", "content", "x", "1", ":", ",", "]"]


@settings(deadline=None)
@given(st.lists(st.tuples(st.integers(0, 600), st.sampled_from(PIECES)), max_size=6))
def test_no_text_raises(changes: list[tuple[int, str]]) -> None:
    text = json.dumps(JSON)
    for at, piece in changes:
        text = text[:at] + piece + text[at:]
    parse_json_body(Source("main.tf.json", text))
    parse(Source("main.tf", text))
    found = project_of(Tree(Path(__file__).parent / "none", {"main.tf.json": text.encode()})).evaluate("")
    assert found is not None

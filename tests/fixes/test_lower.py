"""Edits of the model become text with comments and formatting kept."""

import msgspec
import pytest

from fourfold.fixes.lower import lower
from fourfold.fixes.text import CannotEditError, apply
from fourfold.model.edit import Edit, append, remove, rename, set_
from fourfold.model.place import Source
from fourfold.model.value import Value, mapping
from fourfold.sources.ecs import pascal
from fourfold.sources.syntax.json import parse_json
from fourfold.sources.syntax.yaml import parse_yaml


def yaml(text: str) -> Value:
    documents, problems = parse_yaml(Source("t.yaml", text))
    assert not problems
    return documents[0]


def json(text: str) -> Value:
    value, problems = parse_json(Source("t.json", text))
    assert value is not None, problems
    return value


def edited(*edits: Edit) -> str:
    text, _ = apply(edits[0].at.source, lower(edits))
    return text


BLOCK = """\
# a comment
Task:
  Properties:
    Name: web   # the name
    Items:
      - a
      - Key: x  # first
        Value: 1
      - Key: y
        Value: 2

    Last: |
      text
      more

Other: {a: 1, b: [1, 2]}
Empty:
"""


def test_a_scalar_is_replaced_and_its_comment_kept() -> None:
    assert "    Name: api   # the name\n" in edited(set_(yaml(BLOCK).get("Task", "Properties", "Name"), "api"))


def test_text_that_would_be_read_as_something_else_is_quoted() -> None:
    for value in ("true", "010", "1.50", "", "a: b", "a #b", "2012-10-17", "- x", "*", "null", "5"):
        after = edited(set_(yaml(BLOCK).get("Task", "Properties", "Name"), value))
        assert yaml(after).get("Task", "Properties", "Name").plain() == value


def test_an_absent_entry_is_written_after_the_last_one() -> None:
    after = edited(set_(yaml(BLOCK).get("Task", "Properties", "New", "Deep"), {"a": [True, None]}))
    assert "      more\n    New:\n      Deep:\n        a:\n          - true\n          - null\n\nOther" in after


def test_two_absent_entries_share_their_new_parent() -> None:
    properties = yaml(BLOCK).get("Task", "Properties")
    after = edited(set_(properties.get("Security", "user"), 5), set_(properties.get("Security", "root"), data=False))
    assert "    Security:\n      user: 5\n      root: false\n" in after


def test_an_entry_below_a_key_with_nothing_behind_it() -> None:
    assert edited(set_(yaml(BLOCK).get("Empty", "a"), 1)).endswith("Empty:\n  a: 1\n")


def test_elements_are_appended_and_removed() -> None:
    items = yaml(BLOCK).get("Task", "Properties", "Items")
    after = edited(append(items, {"Key": "z", "Value": 3}), remove(items.get(1)))
    assert "      - a\n      - Key: y\n        Value: 2\n      - Key: z\n        Value: 3\n\n    Last" in after


def test_the_first_entry_behind_a_dash_is_removed() -> None:
    after = edited(remove(yaml(BLOCK).get("Task", "Properties", "Items", 2, "Key")))
    assert "      - Value: 2\n" in after


def test_an_entry_is_removed_with_all_its_lines() -> None:
    after = edited(remove(yaml(BLOCK).get("Task", "Properties", "Last")))
    assert "Value: 2\n\n\nOther" in after


def test_a_container_that_becomes_empty_goes_with_its_key() -> None:
    text = "a:\n  b:\n    - only\nc: 1\n"
    with pytest.raises(CannotEditError):
        edited(remove(yaml("a:\n  b: 1\n").get("a", "b")))
    assert edited(remove(yaml("x: 1\n" + text).get("a", "b", 0))) == "x: 1\nc: 1\n"


def test_flow_mappings_stay_flow() -> None:
    other = yaml(BLOCK).get("Other")
    assert "Other: {a: 1, b: [1, 2], c: {d: x}}" in edited(set_(other.get("c", "d"), "x"))
    assert "Other: {a: 1, b: [1, 2, 3]}" in edited(append(other.get("b"), 3))
    assert "Other: {b: [1, 2]}" in edited(remove(other.get("a")))
    assert "Other: {a: 1, b: [1]}" in edited(remove(other.get("b", 1)))


def test_an_element_of_a_flow_list_stays_flow() -> None:
    tree = yaml("A: !If [IsProd, {Status: Enabled}, !Ref AWS::NoValue]\n")
    assert edited(set_(tree.get("A", 2), {"Status": "Enabled", "More": 1})) == (
        "A: !If [IsProd, {Status: Enabled}, {Status: Enabled, More: 1}]\n"
    )


def test_keys_are_renamed_with_their_quotes() -> None:
    assert edited(rename(yaml("a:\n  Old: 1\n").get("a", "Old"), "New")) == "a:\n  New: 1\n"
    assert edited(rename(json('{"Old": 1}').get("Old"), "New")) == '{"New": 1}'


def test_a_block_becomes_a_scalar_and_back() -> None:
    value = yaml("a:\n  b:\n    c: 1\nd: 2\n")
    assert edited(set_(value.get("a", "b"), "x")) == "a:\n  b: x\nd: 2\n"
    assert edited(set_(value.get("d"), ["x"])) == "a:\n  b:\n    c: 1\nd:\n  - x\n"


JSON = """{
  "a": {
    "b": 1
  },
  "list": [
    {"x": 1},
    {"x": 2}
  ],
  "none": {}
}
"""


def test_json_entries_get_lines_of_their_own() -> None:
    after = edited(set_(json(JSON).get("a", "c"), {"d": [1]}))
    assert '"b": 1,\n    "c": {\n      "d": [\n        1\n      ]\n    }\n  },' in after
    after = edited(set_(json(JSON).get("none", "c"), data=True))
    assert '"none": {\n    "c": true\n  }\n}' in after


def test_json_on_one_line_stays_on_it() -> None:
    assert edited(set_(json(JSON).get("list", 0, "y"), 2)).count("\n") == JSON.count("\n")
    assert edited(set_(json('{"a": 1}').get("b"), "x")) == '{"a": 1, "b": "x"}'


def test_json_elements_are_removed_with_their_comma() -> None:
    value = json(JSON)
    assert '"list": [\n    {"x": 2}\n  ]' in edited(remove(value.get("list", 0)))
    assert '"list": [\n    {"x": 1}\n  ]' in edited(remove(value.get("list", 1)))
    assert edited(remove(value.get("a"))).startswith('{\n  "list"')


def test_a_key_is_written_in_the_spelling_of_its_file() -> None:
    value = pascal(json('{"containerDefinitions": [{"name": "x"}]}'))
    after = edited(set_(value.get("ContainerDefinitions", 0, "LogConfiguration", "LogDriver"), "awslogs"))
    assert after == '{"containerDefinitions": [{"name": "x", "logConfiguration": {"logDriver": "awslogs"}}]}'


def test_the_last_element_is_replaced_by_another() -> None:
    items = yaml("a:\r\n  - x\r\n  - y\r\nb: 1\r\n").get("a")
    assert edited(append(items, "z"), remove(items.get(1))) == "a:\r\n  - x\r\n  - z\r\nb: 1\r\n"
    other = yaml("a: 1\nb: 2\n")
    assert edited(set_(other.get("c"), 3), remove(other.get("b"))) == "a: 1\nc: 3\n"
    assert edited(remove(other.get("a"))) == "b: 2\n"


def test_windows_line_ends_are_kept() -> None:
    after = edited(set_(yaml("a:\r\n  b: 1\r\nc: 2\r\n").get("a", "d"), 5))
    assert after == "a:\r\n  b: 1\r\n  d: 5\r\nc: 2\r\n"


def test_changes_that_contradict_each_other_are_refused() -> None:
    value = yaml(BLOCK).get("Task", "Properties", "New")
    with pytest.raises(CannotEditError):
        edited(set_(value, 1), set_(value, 2))


def test_what_goes_into_the_inner_block_is_written_first() -> None:
    value = yaml("a:\n  b:\n    c: 1\n")
    outer_first = edited(set_(value.get("a", "x"), 2), set_(value.get("a", "b", "d"), 3))
    assert outer_first == "a:\n  b:\n    c: 1\n    d: 3\n  x: 2\n"


def test_an_entry_that_is_not_written_there_does_not_decide_the_indentation() -> None:
    inner = yaml("a:\n  b: 1\n").get("a")
    made = msgspec.structs.replace(inner, entries_={"Made": mapping({}, at=inner), **inner.entries_})
    assert edited(set_(made.get("c"), 2)) == "a:\n  b: 1\n  c: 2\n"

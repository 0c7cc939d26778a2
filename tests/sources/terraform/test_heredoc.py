"""JSON in heredocs keeps its places, whatever is interpolated."""

from __future__ import annotations

import json

from hypothesis import given
from hypothesis import strategies as st
from sources.terraform.translating import translated

from fourfold.model.place import Source
from fourfold.sources.syntax.json import parse_json
from fourfold.sources.terraform.hcl.heredoc import json_text

POLICY = """
    resource "aws_s3_bucket" "b" {{ bucket = "b" }}
    variable "actions" {{ default = ["s3:GetObject", "s3:ListBucket"] }}
    resource "aws_iam_policy" "p" {{
      policy = {}
        {{
          "Statement": [
            {{
              "Effect": "Allow",
              "Action": ${{jsonencode(var.actions)}},
              "Resource": ["${{aws_s3_bucket.b.arn}}/*", "${{"a${{1}}"}}-x"]
            }}
          ]
        }}
      EOF
    }}
"""


def test_each_part_is_where_it_is_written() -> None:
    text = POLICY.format("<<-EOF")
    statement = translated(text)["aws_iam_policy.p"].get("PolicyDocument", "Statement", 0)
    assert statement.plain() == {
        "Effect": "Allow", "Action": ["s3:GetObject", "s3:ListBucket"], "Resource": ["${aws_s3_bucket.b.Arn}/*", "a1-x"],
    }  # fmt: skip
    effect, actions, first = statement.get("Effect"), statement.get("Action", 1), statement.get("Resource", 0)
    assert text[effect.key_start : effect.end] == '"Effect": "Allow"'
    assert text[actions.start : actions.end] == "${jsonencode(var.actions)}"
    assert text[first.start : first.end] == '"${aws_s3_bucket.b.arn}/*"'


def test_directives_leave_it_at_the_place_of_the_text() -> None:
    text = POLICY.format("<<-EOF").replace('"Effect": "Allow"', '"Effect": "%{ if true }Allow%{ endif }"')
    effect = translated(text)["aws_iam_policy.p"].get("PolicyDocument", "Statement", 0, "Effect")
    assert effect.plain() == "Allow"
    assert text[effect.start : effect.end].startswith("<<-EOF")


leaves = st.sampled_from(["a", "${x}", 'p-${y["k"]}', '${upper("{")}', "}", "{", "\\", 1, True, None])
trees = st.recursive(
    leaves, lambda t: st.lists(t, max_size=3) | st.dictionaries(st.text("abc", min_size=1), t, max_size=3)
)


@given(st.dictionaries(st.text("ab", min_size=1), trees, min_size=1))
def test_what_is_not_interpolated_has_its_offsets(data: dict[str, object]) -> None:
    body = json.dumps(data, indent=1, ensure_ascii=False)
    # What stands inside of an interpolation is an expression of its own, in which quotes are not escaped.
    for inner in ('p-${y["k"]}', '${upper("{")}'):
        body = body.replace(json.dumps(inner)[1:-1], inner)
    text = f'a = "é"\nb = <<EOF\n{body}\nEOF\n'
    start = text.index("<<")
    found = json_text(Source("main.tf", text), start, len(text) - 1)
    assert found is not None
    assert len(found.text) == text.rindex("\n", 0, len(text) - 1)
    value, problems = parse_json(found)
    assert value is not None
    assert not problems
    for key, one in data.items():
        at = value.get(key)
        if not isinstance(one, (dict, list)) and "$" not in str(one):
            assert json.loads(text[at.start : at.end]) == one

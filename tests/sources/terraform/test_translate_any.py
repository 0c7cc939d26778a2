"""No arguments, whatever their values, make translation or linking raise."""

from __future__ import annotations

from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st
from sources.terraform.translating import read

from fourfold.knowledge.terraform import arguments
from fourfold.linking import link
from fourfold.sources.terraform.translate.kubernetes import KINDS, LISTS
from fourfold.sources.terraform.translate.tables import ROWS

EXPRESSIONS = (
    "null", '""', '"a"', "0", "-1", "true", "[]", '["a", null]', "{}", '{ a = "b" }', "[{ a = [1] }]", "var.unknown",
    '"x-${var.unknown}"', "aws_s3_bucket.b.arn", "aws_s3_bucket.b", '"${aws_iam_role.r.name}/x"', "[aws_iam_role.r.id]",
    'jsonencode({ Statement = [{ Effect = "Allow", Action = "*" }] })', 'jsonencode([{ name = "a", image = var.unknown }])',
    '"{\\"a\\": [1, {\\"b\\": null}]}"', '"{not json"', '"[${var.unknown}]"', '"*"', '"0.0.0.0/0"', "[var.unknown]",
    "toset([var.unknown])", "var.unknown ? 1 : [2]",
)  # fmt: skip
FIXED = 'variable "unknown" {}\nresource "aws_s3_bucket" "b" {}\nresource "aws_iam_role" "r" {}\n'

expressions = st.sampled_from(EXPRESSIONS)


@st.composite
def bodies(draw: st.DrawFn, tree: dict[str, Any], depth: int = 0) -> str:
    names = draw(st.lists(st.sampled_from(sorted(tree)), max_size=8, unique=True)) if tree else []
    lines = []
    for marked in names:
        name, inner = marked.lstrip("*+"), tree[marked]
        if isinstance(inner, dict) and depth < 4 and draw(st.integers(0, 5)):
            blocks = [draw(bodies(inner, depth + 1)) for _ in range(draw(st.integers(1, 2)))]
            lines += [f"{name} {{\n{block}\n}}" for block in blocks]
            if draw(st.integers(0, 5)) == 0:
                lines.append(f'dynamic "{name}" {{\nfor_each = var.unknown\ncontent {{}}\n}}')
        else:
            lines.append(f"{name} = {draw(expressions)}")
    return "\n".join(lines)


@st.composite
def modules(draw: st.DrawFn) -> str:
    texts = []
    for number in range(draw(st.integers(1, 3))):
        type_ = draw(st.sampled_from(sorted(ROWS.keys() & arguments().types)))
        texts.append(f'resource "{type_}" "t{number}" {{\n{draw(bodies(arguments().types[type_]))}\n}}\n')
    if draw(st.booleans()):
        tree: dict[str, Any] = {"metadata": {"name": 0, "labels": 0}, "name": 0, "data": 0}
        for name in (*LISTS, "spec", "template", "security_context", "capabilities"):
            tree[f"+{name}"] = {"name": 0, "+spec": {"+container": {"image": 0, "+env": {"name": 0}}}, "add": 0}
        kind = draw(st.sampled_from(sorted(KINDS)))
        texts.append(f'resource "kubernetes_{kind}" "k" {{\n{draw(bodies(tree))}\n}}\n')
    return FIXED + "".join(texts)


@settings(max_examples=150, deadline=None)
@given(modules())
def test_anything_is_translated_and_linked(text: str) -> None:
    resources, _ = read(text)
    link(resources)

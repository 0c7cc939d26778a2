"""What `replace` keeps of a text of which parts are not known is what it gives once they are."""

from pathlib import Path

from hypothesis import given
from hypothesis import strategies as st

import fourfold
from fourfold.model.value import NOWHERE, Known, Ref, Text, Value
from fourfold.sources.terraform.evaluate.kinds import known, unknown
from fourfold.sources.terraform.functions.patterns import TABLE

BUCKET = Ref(NOWHERE, 0, 0, -1, "main.tf#module.m.aws_s3_bucket.this[0]", "arn")
ROLE = Ref(NOWHERE, 0, 0, -1, "main.tf#aws_iam_role.r", "arn")
PIECES = st.lists(st.text("ab_-", max_size=4).filter(bool) | st.just(BUCKET), min_size=1, max_size=5)


def text_of(parts: list[str | Value]) -> Value:
    """A text of these parts; texts that stand side by side are one."""
    out: list[str | Value] = []
    for part in parts:
        if isinstance(part, str) and out and isinstance(out[-1], str):
            out[-1] += part
        else:
            out.append(part)
    if len(out) == 1:
        return known(out[0]) if isinstance(out[0], str) else out[0]
    return Text(NOWHERE, 0, 0, -1, tuple(out))


def said(value: Value, bucket: str) -> str | None:
    """The text once the bucket has a name; None where more than that is not known."""
    parts = value.parts if isinstance(value, Text) else (value,)
    out = ""
    for part in parts:
        if isinstance(part, Known):
            out += str(part.value)
        elif isinstance(part, str):
            out += part
        elif isinstance(part, Ref):
            out += bucket
        else:
            return None
    return out


@given(PIECES, st.text("ab_-", min_size=1, max_size=3), PIECES, st.text("ab-", max_size=3))
def test_what_is_kept_is_what_it_will_be(text: list, old: str, new: list, bucket: str) -> None:
    text_, new_ = text_of(text), text_of(new)
    found = said(TABLE["replace"](text_, known(old), new_), bucket)
    whole, put = said(text_, bucket), said(new_, bucket)
    assert whole is not None
    assert put is not None
    assert found in (None, whole.replace(old, put))


def test_a_reference_that_cannot_hold_it_stays() -> None:
    found = TABLE["replace"](text_of(["_ID_/", BUCKET, "/_ID_"]), known("_ID_"), known("x"))
    assert isinstance(found, Text)
    assert found.parts == ("x/", BUCKET, "/x")
    into = TABLE["replace"](known("a/_ID_"), known("_ID_"), ROLE)
    assert isinstance(into, Text)
    assert into.parts == ("a/", ROLE)


def test_what_may_begin_in_a_known_part_is_not_known() -> None:
    assert said(TABLE["replace"](text_of(["x_I", unknown("?", "string")]), known("_ID_"), known("x")), "b") is None
    part = TABLE["replace"](text_of(["_ID_/", ROLE]), known("_ID_"), known("x"))
    assert isinstance(part, Text)
    assert part.parts[0] == "x/"
    assert not isinstance(part.parts[1], Ref)


def test_a_policy_with_placeholders_refers_to_the_bucket(tmp_path: Path) -> None:
    (tmp_path / "main.tf").write_text("""
data "aws_caller_identity" "here" {}
data "aws_iam_policy_document" "d" {
  statement {
    actions   = ["s3:GetObject"]
    resources = ["_ARN_/*"]
    principals {
      type        = "AWS"
      identifiers = ["_ACCOUNT_"]
    }
  }
}
resource "aws_s3_bucket" "b" {}
resource "aws_s3_bucket_policy" "p" {
  bucket = aws_s3_bucket.b.id
  policy = replace(
    replace(data.aws_iam_policy_document.d.json, "_ARN_", aws_s3_bucket.b.arn),
    "_ACCOUNT_", data.aws_caller_identity.here.account_id
  )
}
""")
    graph = fourfold.scan(tmp_path).graph
    statement = graph.resources[".#aws_s3_bucket_policy.p"].get("PolicyDocument", "Statement").items()[0]
    assert statement.get("Resource").plain() == ["${aws_s3_bucket.b.Arn}/*"]
    assert statement.get("Principal", "AWS").plain() == ["AWS::AccountId"]
    assert statement.get("Action").source.position(statement.get("Action").start)[0] == 5

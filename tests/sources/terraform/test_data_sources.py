"""Data sources that need no provider."""

import json
from pathlib import Path

from sources.terraform.trees import root

from fourfold.model.value import Map, Seq, Text, Unknown, Value
from fourfold.sources.terraform.roots import project_of
from fourfold.sources.tree import Tree

DOCUMENT = """\
data "aws_iam_policy_document" "p" {
  policy_id = "p"
  statement {
    sid     = "One"
    actions = ["s3:GetObject", "s3:PutObject"]
    resources = ["arn:aws:s3:::b/&{aws:username}/*"]
    condition {
      test     = "StringLike"
      variable = "s3:prefix"
      values   = ["b", "a"]
    }
    condition {
      test     = "StringLike"
      variable = "aws:PrincipalTag/&{x}"
      values   = ["c"]
    }
    condition {
      test     = "StringLike"
      variable = "s3:prefix"
      values   = ["z"]
    }
  }
  statement {
    effect = "Deny"
    not_actions = ["iam:*"]
    not_resources = ["*"]
    principals {
      type        = "AWS"
      identifiers = ["a", "b"]
    }
    principals {
      type        = "Service"
      identifiers = ["lambda.amazonaws.com"]
    }
    not_principals {
      type        = "*"
      identifiers = ["*"]
    }
  }
}
resource "aws_iam_policy" "x" {
  policy = data.aws_iam_policy_document.p.json
}
"""

TEXT = """\
{
  "Version": "2012-10-17",
  "Id": "p",
  "Statement": [
    {
      "Sid": "One",
      "Effect": "Allow",
      "Action": [
        "s3:PutObject",
        "s3:GetObject"
      ],
      "Resource": "arn:aws:s3:::b/${aws:username}/*",
      "Condition": {
        "StringLike": {
          "aws:PrincipalTag/${x}": "c",
          "s3:prefix": [
            "b",
            "a",
            "z"
          ]
        }
      }
    },
    {
      "Effect": "Deny",
      "NotAction": "iam:*",
      "NotResource": "*",
      "Principal": {
        "AWS": [
          "b",
          "a"
        ],
        "Service": "lambda.amazonaws.com"
      },
      "NotPrincipal": "*"
    }
  ]
}"""


def policy(folder: Path, text: str, **files: str) -> Value:
    found = root(folder, {"main.tf": text, **files})
    return next(i for i in found.instances if i.kind == "resource").values.get("policy")


def test_the_text_is_as_the_provider_writes_it(tmp_path: Path) -> None:
    assert policy(tmp_path, DOCUMENT).plain() == TEXT


def test_the_document_keeps_lists_and_places(tmp_path: Path) -> None:
    document = policy(tmp_path, DOCUMENT).document  # type: ignore[attr-defined]
    statement = document.get("Statement", 0)
    assert isinstance(document, Map)
    assert (statement.span.line, statement.get("Action").span.line) == (3, 5)
    assert document.get("Statement", 1, "NotAction").span.line == 25
    assert isinstance(document.get("Statement", 1, "NotAction"), Seq)
    assert document.get("Statement", 1, "Principal", "Service", 0).plain() == "lambda.amazonaws.com"


def test_sources_come_first_and_overrides_replace_by_sid(tmp_path: Path) -> None:
    text = """
    data "aws_iam_policy_document" "a" {
      version = "2008-10-17"
      statement {
        sid = "A"
        actions = ["a:A"]
      }
      statement {
        actions = ["a:B"]
      }
    }
    data "aws_iam_policy_document" "o" {
      statement {
        sid = "A"
        effect = "Deny"
        actions = ["o:A"]
      }
    }
    data "aws_iam_policy_document" "p" {
      version = "2008-10-17"
      source_policy_documents = [data.aws_iam_policy_document.a.json, jsonencode({Statement = {Sid = "J", Action = "j:J"}})]
      override_policy_documents = [data.aws_iam_policy_document.o.json]
      dynamic "statement" {
        for_each = ["x:X", "y:Y"]
        content {
          actions = [statement.value]
        }
      }
    }
    resource "aws_iam_policy" "x" {
      policy = data.aws_iam_policy_document.p.json
    }
    """
    document = json.loads(policy(tmp_path, text).plain())
    assert document["Version"] == "2012-10-17"
    assert [(s.get("Sid"), s.get("Effect"), s["Action"]) for s in document["Statement"]] == [
        ("A", "Deny", "o:A"),
        (None, "Allow", "a:B"),
        ("J", None, "j:J"),
        (None, "Allow", "x:X"),
        (None, "Allow", "y:Y"),
    ]


def test_an_unknown_source_leaves_the_known_statements(tmp_path: Path) -> None:
    text = """
    variable "extra" {}
    data "aws_iam_policy_document" "p" {
      source_policy_documents = [var.extra]
      statement {
        actions = ["s3:*"]
      }
    }
    resource "aws_iam_policy" "x" {
      policy = data.aws_iam_policy_document.p.json
    }
    """
    value = policy(tmp_path, text)
    assert isinstance(value, Text)
    unknown, known = value.document.get("Statement").items_  # type: ignore[attr-defined]
    assert isinstance(unknown, Unknown)
    assert unknown.maybe_absent
    assert known.get("Action", 0).plain() == "s3:*"


def test_account_region_and_partition_are_named_as_in_cloudformation(tmp_path: Path) -> None:
    text = """
    data "aws_caller_identity" "me" {}
    data "aws_region" "here" {}
    data "aws_partition" "p" {}
    resource "aws_x" "a" {
      policy = [data.aws_caller_identity.me.account_id, data.aws_region.here.name, data.aws_partition.p.partition]
    }
    """
    names = [v.name for v in policy(tmp_path, text).items_]  # type: ignore[attr-defined]
    assert names == ["AWS::AccountId", "AWS::Region", "AWS::Partition"]
    provider = 'provider "aws" {\n  region = "cn-north-1"\n}\n'
    assert policy(tmp_path, text + provider).plain()[1:] == ["cn-north-1", "aws-cn"]


def test_what_a_provider_looks_up_is_one_named_unknown(tmp_path: Path) -> None:
    text = 'data "aws_ami" "a" {\n  owners = ["self"]\n}\nresource "aws_x" "a" {\n  policy = [data.aws_ami.a.id, data.aws_ami.a.owners]\n}\n'
    looked_up, owners = policy(tmp_path, text).items_  # type: ignore[attr-defined]
    assert (looked_up.name, looked_up.reason) == (
        ".#data.aws_ami.a.id",
        "`data.aws_ami.a` is looked up when terraform plans",
    )
    assert owners.plain() == ["self"]


def test_templates_and_local_files_are_read(tmp_path: Path) -> None:
    text = """
    data "template_file" "t" {
      template = file("t.tpl")
      vars = { who = "world" }
    }
    data "local_file" "f" {
      filename = "${path.module}/t.tpl"
    }
    resource "aws_x" "a" {
      policy = [data.template_file.t.rendered, data.local_file.f.content]
    }
    """
    assert policy(tmp_path, text, **{"t.tpl": "hello ${who}"}).plain() == ["hello world", "hello ${who}"]


def test_outputs_of_another_root_of_the_tree_are_read_through_its_state(tmp_path: Path) -> None:
    backend = 'terraform {\n  backend "s3" {\n    bucket = "b"\n    key = "net"\n  }\n}\n'
    reader = (
        'data "terraform_remote_state" "net" {\n  backend = "s3"\n  config = {\n    bucket = "b"\n    key = "net"\n  }\n}\n'
        'resource "aws_x" "a" {\n  policy = [data.terraform_remote_state.net.outputs.cidr, data.terraform_remote_state.net.outputs.id]\n}\n'
    )
    net = 'resource "aws_vpc" "v" {\n  cidr_block = "10.0.0.0/8"\n}\noutput "cidr" {\n  value = aws_vpc.v.cidr_block\n}\noutput "id" {\n  value = aws_vpc.v.id\n}\n'
    files = {"app/main.tf": reader, "net/main.tf": net, "net/backend.tf": backend}
    found = project_of(Tree(tmp_path, {k: v.encode() for k, v in files.items()})).evaluate("app")
    assert found is not None
    cidr, ref = found.instances[0].values.get("policy").items_  # type: ignore[attr-defined]
    assert cidr.plain() == "10.0.0.0/8"
    assert (ref.target, ref.attribute) == ("net#aws_vpc.v", "id")


def test_how_many_of_what_is_looked_up_are_taken_is_known(tmp_path: Path) -> None:
    text = """
    data "aws_availability_zones" "z" {}
    locals { azs = slice(data.aws_availability_zones.z.names, 0, 3) }
    resource "aws_x" "a" {
      policy = [length(local.azs), local.azs]
    }
    """
    count, zones = policy(tmp_path, text).items_  # type: ignore[attr-defined]
    assert count.plain() == 3
    assert [z.name[-9:] for z in zones.items_] == [".names[0]", ".names[1]", ".names[2]"]

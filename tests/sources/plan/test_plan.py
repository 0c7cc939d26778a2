"""Plans: values, gaps, references, and the configuration they belong to."""

import json
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import fourfold
from fourfold.model.place import Source
from fourfold.model.resource import Reading, Resource
from fourfold.model.value import Ref, Seq, Text, Unknown
from fourfold.reports import plain, terminal
from fourfold.reports.json import document
from fourfold.sources.plan import NOTES_MAX, claims, read
from fourfold.sources.tree import Tree

MAIN = """\
variable "blocked" {}
variable "password" {
  sensitive = true
}
resource "aws_kms_key" "k" {
}
resource "aws_db_instance" "d" {
  identifier          = "d"
  password            = var.password
  kms_key_id          = aws_kms_key.k.arn
  publicly_accessible = var.blocked ? false : true
  vpc_security_group_ids = [aws_security_group.s["a"].id]
}
resource "aws_security_group" "s" {
  for_each = toset(["a"])
  ingress {
    from_port   = 22
    to_port     = 22
    protocol    = "tcp"
    cidr_blocks = ["10.0.0.0/8"]
  }
  ingress {
    from_port   = 443
    to_port     = 443
    protocol    = "tcp"
    cidr_blocks = ["0.0.0.0/0"]
  }
}
"""


def rule(port: int, cidr: str) -> dict[str, Any]:
    return {
        "from_port": port,
        "to_port": port,
        "protocol": "tcp",
        "cidr_blocks": [cidr],
        "description": "",
        "self": False,
    }


def resource(type_: str, name: str, values: dict[str, Any], index: object = None, **more: Any) -> dict[str, Any]:
    address = f"{type_}.{name}" + ("" if index is None else f'["{index}"]')
    return {"address": address, "mode": "managed", "type": type_, "name": name, "values": values, **more}


def change(row: dict[str, Any], unknown: Any, *actions: str) -> dict[str, Any]:
    return {"address": row["address"], "change": {"actions": list(actions or ["create"]), "after_unknown": unknown}}


DB = resource(
    "aws_db_instance",
    "d",
    {
        "identifier": "d",
        "password": "hunter2hunter2",
        "publicly_accessible": True,
        "tags": None,
        "vpc_security_group_ids": [None],
    },
    sensitive_values={"password": True},
)
KEY = resource("aws_kms_key", "k", {"enable_key_rotation": False, "tags": {}})
GROUP = resource("aws_security_group", "s", {"ingress": [rule(443, "0.0.0.0/0"), rule(22, "10.0.0.0/8")]}, "a")


def expression(*references: str) -> dict[str, Any]:
    return {"references": list(references)}


PLAN: dict[str, Any] = {
    "format_version": "1.2",
    "terraform_version": "1.11.4",
    "variables": {"password": {"value": "hunter2hunter2"}, "blocked": {"value": False}},
    "planned_values": {"root_module": {"resources": [DB, KEY, GROUP]}},
    "resource_changes": [
        change(DB, {"kms_key_id": True, "arn": True, "vpc_security_group_ids": [True]}, "delete", "create"),
        change(KEY, {"arn": True}),
        change(GROUP, {"id": True, "ingress": [{}, {}]}),
        change(resource("aws_s3_bucket", "gone", {}), {}, "delete"),
    ],
    "configuration": {
        "root_module": {
            "variables": {"password": {"sensitive": True}, "blocked": {}},
            "resources": [
                {
                    **{k: DB[k] for k in ("address", "mode", "type", "name")},
                    "expressions": {
                        "identifier": {"constant_value": "d"},
                        "password": expression("var.password"),
                        "publicly_accessible": expression("var.blocked"),
                        "kms_key_id": expression("aws_kms_key.k.arn", "aws_kms_key.k"),
                        "vpc_security_group_ids": expression(
                            'aws_security_group.s["a"].id', 'aws_security_group.s["a"]', "aws_security_group.s"
                        ),
                    },
                },
                {**{k: KEY[k] for k in ("address", "mode", "type", "name")}, "expressions": {}},
                {
                    "address": "aws_security_group.s",
                    "mode": "managed",
                    "type": "aws_security_group",
                    "name": "s",
                    "expressions": {
                        "ingress": [{"from_port": {"constant_value": 22}}, {"from_port": {"constant_value": 443}}]
                    },
                },
            ],
        }
    },
}


def reading(folder: Path, plan: dict[str, Any], **files: str) -> Reading:
    tree = Tree(folder, {"plan.json": json.dumps(plan).encode(), **{k: v.encode() for k, v in files.items()}})
    source = tree.source("plan.json")
    assert source is not None
    assert claims("plan.json", source.text.encode())
    return read(source, tree)


def found(reading: Reading, address: str) -> Resource:
    return next(r for r in reading.resources if r.address == address)


def test_a_plan_alone_gives_values_references_and_gaps(tmp_path: Path) -> None:
    database = found(out := reading(tmp_path, PLAN), "aws_db_instance.d")
    assert database.type == "AWS::RDS::DBInstance"
    assert database.get("PubliclyAccessible").plain() is True
    key = database.get("KmsKeyId")
    assert isinstance(key, Ref)
    assert (key.target, key.attribute) == ("plan.json#aws_kms_key.k", "Arn")
    groups = database.get("VPCSecurityGroups")
    assert isinstance(groups, Seq)
    assert [g.target for g in groups.items_ if isinstance(g, Ref)] == ['plan.json#aws_security_group.s["a"]']
    assert database.get("Tags").absent
    assert out.covers == set()


def test_what_is_sensitive_is_unknown_and_covered_in_the_text(tmp_path: Path) -> None:
    database = found(reading(tmp_path, PLAN), "aws_db_instance.d")
    password = database.get("MasterUserPassword")
    assert isinstance(password, Unknown)
    assert password.reason == "its value is sensitive; it is not shown"
    assert "hunter2" not in password.source.text


def test_what_is_destroyed_is_counted_and_what_is_replaced_says_so(tmp_path: Path) -> None:
    out = reading(tmp_path, PLAN)
    assert [(p.reason, p.note) for p in out.problems] == [
        ("`aws_s3_bucket.gone` is destroyed by the plan, and not judged", True),
        ("`aws_db_instance.d` is replaced by the plan: destroyed, and made anew", True),
    ]
    assert found(out, "aws_db_instance.d").attributes.get("PlannedAction").plain() == "replace"
    assert found(out, "aws_kms_key.k").attributes.get("PlannedAction").absent


def test_with_the_configuration_values_stand_in_its_lines(tmp_path: Path) -> None:
    out = reading(tmp_path, PLAN, **{"main.tf": MAIN})
    database = found(out, "aws_db_instance.d")
    public = database.get("PubliclyAccessible")
    assert (public.plain(), public.span.file, public.span.line) == (True, "main.tf", 11)
    assert database.get("KmsKeyId").span.line == 10
    group = found(out, 'aws_security_group.s["a"]')
    rules = {r.get("FromPort").plain(): r.get("CidrIp").span.line for r in group.get("SecurityGroupIngress").items_}
    assert rules == {22: 20, 443: 26}
    assert out.covers == {"main.tf"}


def test_a_plan_stands_for_its_configuration(tmp_path: Path) -> None:
    (tmp_path / "main.tf").write_text(MAIN)
    (tmp_path / "plan.json").write_text(json.dumps(PLAN))
    report = fourfold.scan(tmp_path)
    assert sorted(r.address for r in report.graph.resources.values()) == [
        "aws_db_instance.d",
        "aws_kms_key.k",
        'aws_security_group.s["a"]',
    ]
    assert "public_database" in {f.check for f in report.findings}
    assert all(f.span.file == "main.tf" for f in report.findings)


def test_references_lead_through_variables_and_outputs_of_modules(tmp_path: Path) -> None:
    key = {**KEY, "address": "module.keys.aws_kms_key.k"}
    database = {**DB, "address": "module.db[0].aws_db_instance.d"}
    plan = {
        "format_version": "1.2",
        "planned_values": {
            "root_module": {"child_modules": [{"resources": [key]}, {"resources": [database]}]},
        },
        "resource_changes": [change(database, {"kms_key_id": True})],
        "configuration": {
            "root_module": {
                "module_calls": {
                    "keys": {
                        "module": {
                            "outputs": {"arn": {"expression": expression("aws_kms_key.k.arn", "aws_kms_key.k")}},
                            "resources": [],
                        }
                    },
                    "db": {
                        "expressions": {"key": expression("module.keys.arn", "module.keys")},
                        "module": {
                            "resources": [
                                {
                                    "address": "aws_db_instance.d",
                                    "expressions": {"kms_key_id": expression("var.key")},
                                }
                            ]
                        },
                    },
                }
            }
        },
    }
    value = found(reading(tmp_path, plan), "module.db[0].aws_db_instance.d").get("KmsKeyId")
    assert isinstance(value, Ref)
    assert (value.target, value.attribute) == ("plan.json#module.keys.aws_kms_key.k", "Arn")


@pytest.mark.skipif(shutil.which("terraform") is None, reason="terraform is not installed")
def test_a_real_plan_of_the_program(tmp_path: Path) -> None:
    folder = tmp_path / "it"
    folder.mkdir()
    (folder / "main.tf").write_text(
        'resource "terraform_data" "a" {\n  count = 2\n  input = "a-${count.index}"\n}\n'
        'resource "terraform_data" "b" {\n  input = terraform_data.a[1].id\n}\n'
    )
    for command in (["init", "-backend=false"], ["plan", "-out=p"]):
        subprocess.run(["terraform", *command], cwd=folder, capture_output=True, check=True)
    shown = subprocess.run(["terraform", "show", "-json", "p"], cwd=folder, capture_output=True, check=True)
    tree = Tree(tmp_path, {"p.json": shown.stdout})
    out = read(Source("p.json", shown.stdout.decode()), tree)
    assert out.problems == []
    assert out.covers == {"it/main.tf"}


@settings(deadline=None, max_examples=60)
@given(
    st.lists(
        st.tuples(st.integers(0, 4000), st.sampled_from(['"', "{", "}", "[", "null", "1", "true", ",", ":"])),
        max_size=4,
    )
)
def test_no_plan_raises(changes: list[tuple[int, str]]) -> None:
    text = json.dumps(PLAN)
    for at, piece in changes:
        text = text[:at] + piece + text[at + 1 :]
    read(Source("plan.json", text), Tree(Path(__file__).parent / "none", {"plan.json": text.encode()}))


PATHS = st.sampled_from(
    [
        "planned_values",
        "resource_changes",
        "configuration",
        "root_module",
        "resources",
        "values",
        "change",
        "expressions",
        "after_unknown",
        "module_calls",
        "variables",
        "sensitive_values",
        "address",
        "mode",
    ]
)


@settings(deadline=None, max_examples=80)
@given(PATHS, st.sampled_from([None, True, 1, "x", [], {}, [None], [1], {"a": 1}, [[]], [{}]]))
def test_no_other_shape_raises(key: str, other: Any) -> None:
    def changed(value: Any) -> Any:
        if isinstance(value, dict):
            return {k: other if k == key else changed(v) for k, v in value.items()}
        return [changed(v) for v in value] if isinstance(value, list) else value

    text = json.dumps(changed(PLAN))
    read(Source("plan.json", text), Tree(Path(__file__).parent / "none", {"plan.json": text.encode()}))


def test_what_is_destroyed_is_a_note_that_fails_nothing(tmp_path: Path) -> None:
    (tmp_path / "plan.json").write_text(json.dumps(PLAN))
    report = fourfold.scan(tmp_path)
    assert {p.note for p in report.problems} == {True}
    view = plain.view(report)
    assert view.problems == ()
    assert len(document(view)["notes"]) == 2
    assert "NOTES  2" in terminal.render(view)


def test_many_that_are_destroyed_are_counted(tmp_path: Path) -> None:
    gone = [{"address": f"aws_x.x[{i}]", "change": {"actions": ["delete"]}} for i in range(30)]
    out = reading(tmp_path, {**PLAN, "resource_changes": gone})
    assert len(out.problems) == NOTES_MAX + 1
    assert out.problems[-1].reason == "20 more: each is destroyed by the plan, and not judged"


def test_problems_of_the_configuration_are_not_said_beside_its_plan(tmp_path: Path) -> None:
    (tmp_path / "plan.json").write_text(json.dumps(PLAN))
    (tmp_path / "main.tf").write_text(MAIN + 'resource "aws_sqs_queue" "q" {\n  count = var.nobody\n}\n')
    assert [p.reason for p in fourfold.scan(tmp_path).problems if not p.note] == []
    (tmp_path / "plan.json").unlink()
    assert any("`count` is not known" in p.reason for p in fourfold.scan(tmp_path).problems)


def policy_plan(argument: str, names: list[str]) -> dict[str, Any]:
    """A plan of a queue, and of a permission of which one argument is known only after apply."""
    values = {"action": "lambda:InvokeFunction", "principal": "s3.amazonaws.com"}
    rows = [
        {"address": "aws_sqs_queue.q", "mode": "managed", "type": "aws_sqs_queue", "name": "q", "values": {"name": "q"}},
        {"address": "aws_lambda_permission.p", "mode": "managed", "type": "aws_lambda_permission", "name": "p", "values": values},
    ]  # fmt: skip
    change = {"actions": ["create"], "after_unknown": {argument: True}}
    expressions = {argument: {"references": names}}
    return {
        "format_version": "1.2",
        "planned_values": {"root_module": {"resources": rows}},
        "resource_changes": [{"address": "aws_lambda_permission.p", "change": change}],
        "configuration": {"root_module": {"resources": [{"address": "aws_lambda_permission.p", "expressions": expressions}]}},
    }  # fmt: skip


def test_a_reference_that_may_stand_within_a_text_is_not_taken_for_the_whole(tmp_path: Path) -> None:
    plan = policy_plan("source_arn", ["aws_sqs_queue.q.arn", "aws_sqs_queue.q"])
    permission = found(reading(tmp_path, plan), "aws_lambda_permission.p")
    source = permission.get("SourceArn")
    assert isinstance(source, Text)
    assert any(isinstance(part, Ref) and part.target.endswith("aws_sqs_queue.q") for part in source.parts)

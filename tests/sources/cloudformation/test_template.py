"""What becomes of a template: which files are one, its resources, their places, and what cannot be read."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from fourfold.model.edit import set_
from fourfold.model.resource import Reading
from fourfold.model.value import Absent, Map, Ref, Unknown
from fourfold.sources.cloudformation import claims

Read = Callable[..., Reading]

QUEUE = "Resources:\n  Q:\n    Type: AWS::SQS::Queue\n"


@pytest.mark.parametrize(
    ("path", "text"),
    [
        ("t.yaml", QUEUE),
        ("t.yml", "AWSTemplateFormatVersion: '2010-09-09'\nDescription: nothing yet\n"),
        ("t.template", QUEUE),
        ("t.json", '{"Resources": {"Q": {"Type": "AWS::SQS::Queue"}}}'),
        ("t.template", '\ufeff{"Resources": {"Q": {"Type": "AWS::SQS::Queue"}}}'),
        ("t.yaml", '{"Resources": {"Q": {"Type": "AWS::SQS::Queue"}}}'),
        ("t.yaml", '"Resources":\n  Q:\n    "Type": "Alexa::ASK::Skill"\n'),
        ("t.yaml", "Resources:\n  Q:\n    Type: Custom::Thing\n"),
        ("t.yaml", "Resources:   # all of them\n\n  # first\n  Q:\n    Type: My::Own::Type\n"),
        ("t.json", '{"Resources": {"Q": {"Type": "AWS::SQS::Queue", "Prop'),
        ("t.yaml", QUEUE + "Outputs: [\n"),
    ],
)
def test_templates_are_claimed(path: str, text: str) -> None:
    assert claims(path, text.encode())


@pytest.mark.parametrize(
    ("path", "text"),
    [
        ("package.json", '{"name": "x", "dependencies": {"aws-cdk": "2"}}'),
        ("task.json", '{"family": "x", "containerDefinitions": []}'),
        ("pod.yaml", "apiVersion: v1\nkind: Pod\nspec: {containers: [{resources: {}}]}\n"),
        (
            "crd.yaml",
            "apiVersion: v1\nkind: ConfigMap\ndata:\n  t.yaml: |\n    Resources:\n      Q: {Type: AWS::SQS::Queue}\n",
        ),
        ("appspec.yaml", "version: 0.0\nResources:\n  # one\n\n  - Service:\n      Type: AWS::ECS::Service\n"),
        ("tree.json", '{"tree": {"Resources": {"Q": {"Type": "AWS::SQS::Queue"}}}}'),
        (
            "stack.json",
            '{"StackResources": [{"ResourceType": "AWS::SQS::Queue", "Type": "AWS::X::Y"}], "Resources": []}',
        ),
        ("serverless.yml", "service: x\nresources:\n  Resources:\n    Q:\n      Type: AWS::SQS::Queue\n"),
        ("notes.md", QUEUE),
        ("t.yaml", "Resources:\n  cpu: 2\n"),
        ("empty.yaml", ""),
    ],
)
def test_other_files_are_not(path: str, text: str) -> None:
    assert not claims(path, text.encode())


def test_a_resource_knows_everything_that_is_written(read: Read) -> None:
    reading = read("""\
Parameters:
  Keep: {Type: String, AllowedValues: [Retain, Delete]}
Resources:
  Bucket:
    Type: AWS::S3::Bucket
    DeletionPolicy: !Ref Keep
    DependsOn: [Other]
    Metadata: {aws:cdk:path: Stack/Bucket/Resource, Note: !Ref Keep}
    Properties:
      BucketName: !Sub "b-${AWS::AccountId}"
  Other: {Type: AWS::SNS::Topic}
Outputs:
  Name: {Value: !Ref Bucket, Export: {Name: bucket}}
""")
    assert reading.problems == []
    bucket = reading.resources[0]
    assert (bucket.type, bucket.address, bucket.key) == ("AWS::S3::Bucket", "Bucket", "t.yaml#Bucket")
    assert bucket.format == "cloudformation"
    assert bucket.origin == "Stack/Bucket/Resource"
    assert bucket.attributes.get("DependsOn").plain() == ["Other"]
    assert {v.plain() for _, v in bucket.attributes.get("DeletionPolicy").alternatives()} == {"Retain", "Delete"}
    assert (bucket.span.line, bucket.span.column, bucket.span.end_line) == (4, 3, 10)
    name = bucket.get("BucketName")
    assert (name.span.line, name.span.column, name.value_span.column) == (10, 7, 19)
    output = next(r for r in reading.resources if r.type == "Template::Output")
    assert output.get("Export", "Name").plain() == "bucket"
    assert isinstance(output.get("Value"), Ref)


@pytest.mark.parametrize(
    ("body", "op", "at", "keys", "data"),
    [
        ("{Type: A::B::C}", "insert", "Q: {Type: A::B::C}", ("Properties", "X", "Y"), 1),
        ("{Type: A::B::C, Properties: {}}", "insert", "Properties: {}", ("X", "Y"), 1),
        ("{Type: A::B::C, Properties: null}", "set", "null", (), {"X": {"Y": 1}}),
    ],
)
def test_a_fix_can_insert_where_no_properties_are(
    read: Read, body: str, op: str, at: str, keys: tuple[str, ...], data: object
) -> None:
    properties = read(f"Resources:\n  Q: {body}\n").resources[0].properties
    assert isinstance(properties, Map)
    missing = properties.get("X", "Y")
    assert isinstance(missing, Absent)
    edit = set_(missing, 1)
    assert (edit.op, edit.keys, edit.value) == (op, keys, data)
    place = edit.at.span if op == "insert" else edit.at.value_span
    assert place.source.text[place.start : place.end] == at


def test_what_has_no_shape_is_a_problem_and_costs_nothing_else(read: Read) -> None:
    reading = read("""\
Mappings: [a]
Conditions: text
Resources:
  List: [a]
  Text: text
  NoType: {Properties: {A: 1}}
  BadType: {Type: [a]}
  BadProperties: {Type: A::B::C, Properties: [a]}
  BadCondition: {Type: A::B::C, Condition: [a]}
  Good: {Type: A::B::C, Properties: {A: 1}}
Outputs:
  Text: text
""")
    assert [p.reason for p in reading.problems] == [
        "`Mappings` is not a mapping; it was left out",
        "`Conditions` is not a mapping; it was left out",
        "resource `List` is not a mapping",
        "resource `Text` is not a mapping",
        "resource `NoType` has no `Type`",
        "resource `BadType` has a `Type` that is not a string",
        "the properties of `BadProperties` are not a mapping",
        "`Condition` is not the name of a condition",
        "output `Text` is not a mapping",
    ]
    assert [p.line for p in reading.problems] == [1, 2, 4, 5, 6, 7, 8, 9, 12]
    assert [r.address for r in reading.resources] == ["BadProperties", "BadCondition", "Good"]
    assert isinstance(reading.resources[0].get("X"), Unknown)


def test_a_template_without_resources_is_a_problem(read: Read) -> None:
    assert [p.reason for p in read("AWSTemplateFormatVersion: x\n").problems] == ["the template has no `Resources`"]


def test_modules_and_unknown_functions_are_said(read: Read) -> None:
    reading = read(
        "Resources:\n  M: {Type: My::Own::Thing::MODULE}\n  Q: {Type: A::B::C, Properties: {X: !Ref M.Bucket}}\n"
    )
    assert [p.reason for p in reading.problems] == [
        "module `My::Own::Thing::MODULE` was not read; what `M` declares is not known"
    ]
    assert isinstance(reading.resources[1].get("X"), Unknown)


def test_names_that_sam_makes_are_references(read: Read) -> None:
    text = (
        "Transform: AWS::Serverless-2016-10-31\nResources:\n  Q: {Type: A::B::C, Properties: {X: !GetAtt FRole.Arn}}\n"
    )
    reading = read(text)
    assert reading.problems == []
    role = reading.resources[0].get("X")
    assert isinstance(role, Ref)
    assert (role.target, role.attribute) == ("t.yaml#FRole", "Arn")


def test_functions_nested_too_deeply_are_a_problem(read: Read) -> None:
    text = "{'Fn::Base64': " * 70 + "a" + "}" * 70
    reading = read(f"Resources:\n  Q: {{Type: A::B::C, Properties: {{X: {text}, Y: 1}}}}\n")
    assert [p.reason for p in reading.problems] == ["functions are nested deeper than 60 levels"]
    assert reading.resources[0].get("Y").plain() == 1


def test_aliases_that_multiply_are_evaluated_once(read: Read) -> None:
    lines = "".join(f"      a{i}: &a{i} [{', '.join([f'*a{i - 1}'] * 10)}]\n" for i in range(1, 6))
    text = f"Resources:\n  Q:\n    Type: A::B::C\n    Properties:\n      a0: &a0 [!Ref Q]\n{lines}"
    resource = read(text).resources[0]
    first = resource.get("a5", 0)
    assert first is resource.get("a5", 9)


def test_yaml_and_json_give_the_same(read: Read) -> None:
    text = """\
Parameters: {Env: {Type: String, AllowedValues: [a, b]}}
Conditions: {A: !Equals [!Ref Env, a]}
Resources:
  Q:
    Type: A::B::C
    Condition: A
    Properties:
      One: !Sub "${Env}-${AWS::Region}"
      Two: !If [A, [1, 2.5, true, null], !Ref AWS::NoValue]
      Three: !GetAtt Q.Arn.More
      Four: !Join ["", [!Select [0, !Split [",", "x,y"]], !Ref Q]]
"""
    long = {
        "Parameters": {"Env": {"Type": "String", "AllowedValues": ["a", "b"]}},
        "Conditions": {"A": {"Fn::Equals": [{"Ref": "Env"}, "a"]}},
        "Resources": {
            "Q": {
                "Type": "A::B::C",
                "Condition": "A",
                "Properties": {
                    "One": {"Fn::Sub": "${Env}-${AWS::Region}"},
                    "Two": {"Fn::If": ["A", [1, 2.5, True, None], {"Ref": "AWS::NoValue"}]},
                    "Three": {"Fn::GetAtt": ["Q", "Arn.More"]},
                    "Four": {"Fn::Join": ["", [{"Fn::Select": [0, {"Fn::Split": [",", "x,y"]}]}, {"Ref": "Q"}]]},
                },
            }
        },
    }
    one, two = read(text).resources, read({"t.yaml": json.dumps(long)}).resources
    assert [(r.type, r.address, str(r.condition), r.properties.plain()) for r in one] == [
        (r.type, r.address, str(r.condition), r.properties.plain()) for r in two
    ]


def test_a_second_document_is_said(read: Read) -> None:
    assert [p.reason for p in read(f"{QUEUE}---\n{QUEUE}").problems] == [
        "a second template in one file; only the first is read"
    ]


def test_the_reader_needs_no_folder(tmp_path: Path) -> None:
    from fourfold.sources import read_file
    from fourfold.sources.tree import Tree

    (tmp_path / "t.yaml").write_text(QUEUE)
    reading = read_file(Tree(tmp_path / "t.yaml"), "t.yaml")
    assert reading is not None
    assert [r.type for r in reading.resources] == ["AWS::SQS::Queue"]


def test_json_is_read_as_json_whatever_the_file_is_called(read: Read) -> None:
    text = '{\n\t"Resources": {\n\t\t"Q": {"Type": "A::B::C", "Properties": {"X": "a/b \\u00e9"}}\n\t}\n}\n'
    for name in ("t.json", "t.template", "t.yaml"):
        reading = read({name: text})
        assert reading.problems == []
        assert reading.resources[0].get("X").plain() == "a/b é"
    flow = read({"t.template": "{Resources: {Q: {Type: A::B::C}}}"})
    assert [r.type for r in flow.resources] == ["A::B::C"]
    assert read({"t.json": "{Resources: {Q: {Type: A::B::C}}}"}).problems[0].reason.startswith("not valid JSON")

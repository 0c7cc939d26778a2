"""Stacks inside stacks: parameters go in, outputs come out, and nothing is judged twice."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

from fourfold.model.resource import Reading, Resource
from fourfold.model.value import Ref

Read = Callable[..., Reading]

PARENT = """\
Parameters:
  Env: {Type: String, Default: dev}
Conditions:
  Wanted: !Equals [!Ref Env, prod]
Resources:
  Network:
    Type: AWS::CloudFormation::Stack
    Condition: Wanted
    Properties:
      TemplateURL: ./stacks/network.yaml
      Parameters: {Cidr: 10.0.0.0/16, Stage: !Ref Env}
  App:
    Type: AWS::CloudFormation::Stack
    Properties:
      TemplateURL: stacks/app.yaml
      Parameters:
        Vpc: !GetAtt Network.Outputs.VpcId
        Nets: !Join [",", [!GetAtt Network.Outputs.A, subnet-1]]
"""
NETWORK = """\
Parameters:
  Cidr: {Type: String, Default: 192.168.0.0/16}
  Stage: {Type: String, Default: qa}
  Own: {Type: String, Default: own}
Conditions:
  IsProd: !Equals [!Ref Stage, prod]
Resources:
  Vpc: {Type: AWS::EC2::VPC, Properties: {CidrBlock: !Ref Cidr, Tag: !Ref Stage, Own: !Ref Own}}
  Flow: {Type: AWS::EC2::FlowLog, Condition: IsProd, Properties: {X: !If [IsProd, 1, 2]}}
Outputs:
  VpcId: {Value: !Ref Vpc}
  A: {Value: subnet-0}
"""
APP = """\
Parameters:
  Vpc: {Type: AWS::EC2::VPC::Id}
  Nets: {Type: List<AWS::EC2::Subnet::Id>}
Resources:
  Group: {Type: AWS::EC2::SecurityGroup, Properties: {VpcId: !Ref Vpc, Nets: !Ref Nets}}
"""
FILES = {"main.yaml": PARENT, "stacks/network.yaml": NETWORK, "stacks/app.yaml": APP}


def by_address(reading: Reading) -> dict[str, Resource]:
    return {r.address: r for r in reading.resources}


def test_parameters_go_in_and_outputs_come_out(read: Read) -> None:
    reading = read(FILES)
    assert reading.problems == []
    assert reading.covers == {"stacks/network.yaml", "stacks/app.yaml"}
    found = by_address(reading)
    vpc = found["Network/Vpc"]
    assert vpc.properties.plain() == {"CidrBlock": "10.0.0.0/16", "Tag": "dev", "Own": "own"}
    assert vpc.variant == "main.yaml/Network:stacks/network.yaml"
    assert vpc.file == "stacks/network.yaml"
    assert [s.note for s in vpc.get("Tag").provenance] == [  # type: ignore[attr-defined]
        "default of parameter `Env`",
        "parameter `Stage` of nested stack `Network`",
    ]
    group = found["App/Group"]
    target = group.get("VpcId")
    assert isinstance(target, Ref)
    assert target.target == vpc.key
    assert group.get("Nets").plain() == ["subnet-0", "subnet-1"]


def test_conditions_of_a_nested_stack_are_about_what_the_deployer_chooses(read: Read) -> None:
    found = by_address(read(FILES))
    assert str(found["Network/Vpc"].condition) == "Env = prod"
    assert str(found["Network/Flow"].condition) == "Env = prod"
    assert found["Network/Outputs/A"].get("Value").plain() == "subnet-0"


def test_only_parameters_that_are_not_given_count_with_their_default(read: Read) -> None:
    found = by_address(read(FILES))
    assert {a for a in found if "Parameters/" in a} == {"Parameters/Env", "Network/Parameters/Own"}


def test_a_nested_template_is_not_judged_alone(tmp_path: Path) -> None:
    from fourfold.pipeline import read as read_tree
    from fourfold.sources.tree import Tree

    inner = "Resources:\n  Deep: {Type: AWS::CloudFormation::Stack, Properties: {TemplateURL: leaf.yaml}}\n"
    leaf = "Resources:\n  Leaf: {Type: AWS::SQS::Queue}\n"
    outer = "Resources:\n  Mid: {Type: AWS::CloudFormation::Stack, Properties: {TemplateURL: inner.yaml}}\n"
    for name, text in {"outer.yaml": outer, "inner.yaml": inner, "leaf.yaml": leaf}.items():
        (tmp_path / name).write_text(text)
    resources, problems, files = read_tree(Tree(tmp_path))
    assert sorted(r.address for r in resources) == ["Mid", "Mid/Deep", "Mid/Deep/Leaf"]
    assert problems == []
    assert len(files) == 3


def test_what_is_not_in_the_tree_is_said(read: Read) -> None:
    text = """\
Resources:
  A: {Type: AWS::CloudFormation::Stack, Properties: {TemplateURL: "https://s3.amazonaws.com/b/t.yaml"}}
  B: {Type: AWS::CloudFormation::Stack, Properties: {TemplateURL: ../../etc/passwd}}
  C: {Type: AWS::CloudFormation::Stack, Properties: {TemplateURL: gone.yaml}}
  D: {Type: AWS::Serverless::Application, Properties: {Location: {ApplicationId: arn, SemanticVersion: 1.0.0}}}
  E: {Type: AWS::CloudFormation::Stack}
  F: {Type: AWS::CloudFormation::Stack, Properties: {TemplateURL: /etc/passwd}}
Outputs:
  O: {Value: !GetAtt C.Outputs.X}
"""
    reading = read(text)
    assert [p.reason.partition(";")[0] for p in reading.problems] == [
        "nested stack `C` comes from `gone.yaml`",
        "nested stack `A` comes from `https://s3.amazonaws.com/b/t.yaml`",
        "nested stack `B` comes from `../../etc/passwd`",
        "nested stack `D` comes from application `arn`",
        "nested stack `E` comes from what was not read",
        "nested stack `F` comes from `/etc/passwd`",
    ]
    assert by_address(reading)["Outputs/O"].get("Value").plain() == "C.Outputs.X"


def test_stacks_that_nest_each_other_stand_for_themselves(read: Read) -> None:
    nest = "Resources:\n  S: {{Type: AWS::CloudFormation::Stack, Properties: {{TemplateURL: {0}}}}}\n  Q: {{Type: AWS::SQS::Queue}}\n"
    reading = read({"a.yaml": nest.format("b.yaml"), "b.yaml": nest.format("a.yaml")})
    assert [r.address for r in reading.resources] == ["S", "Q", "S/S", "S/Q"]
    assert reading.covers == set()
    assert [p.reason for p in reading.problems] == ["nested stack `S` nests itself through `a.yaml`"]


def test_outputs_and_parameters_in_a_circle(read: Read) -> None:
    parent = """\
Resources:
  A: {Type: AWS::CloudFormation::Stack, Properties: {TemplateURL: c.yaml, Parameters: {P: !GetAtt B.Outputs.O}}}
  B: {Type: AWS::CloudFormation::Stack, Properties: {TemplateURL: c.yaml, Parameters: {P: !GetAtt A.Outputs.O}}}
"""
    child = "Parameters: {P: {Type: String}}\nResources: {Q: {Type: AWS::SQS::Queue, Properties: {N: !Ref P}}}\nOutputs: {O: {Value: !Ref P}}\n"
    reading = read({"p.yaml": parent, "c.yaml": child})
    assert any("depends on itself" in p.reason for p in reading.problems)
    assert {r.address for r in reading.resources if r.type == "AWS::SQS::Queue"} == {"A/Q", "B/Q"}


def test_stacks_are_limited_in_depth_and_number(read: Read) -> None:
    files = {
        f"s{i}.yaml": "Resources:\n"
        + "".join(
            f"  S{n}: {{Type: AWS::CloudFormation::Stack, Properties: {{TemplateURL: s{i + 1}.yaml}}}}\n"
            for n in range(4)
        )
        for i in range(12)
    }
    files["s12.yaml"] = "Resources:\n  Q: {Type: AWS::SQS::Queue}\n"
    reading = read(files)
    assert any("more than 200" in p.reason for p in reading.problems)
    assert len(reading.resources) < 1000


def test_parameters_that_are_computed_as_a_whole(read: Read) -> None:
    parent = """\
Parameters: {E: {Type: String, AllowedValues: [a, b]}}
Conditions: {A: !Equals [!Ref E, a]}
Resources:
  S:
    Type: AWS::CloudFormation::Stack
    Properties: {TemplateURL: c.yaml, Parameters: !If [A, {P: x}, {P: y}]}
"""
    child = "Parameters: {P: {Type: String, Default: z}}\nResources: {Q: {Type: AWS::SQS::Queue, Properties: {N: !Ref P}}}\n"
    queue = by_address(read({"p.yaml": parent, "c.yaml": child}))["S/Q"]
    assert queue.get("N").plain() == {"if": "E = a", "then": "x", "else": "y"}


def test_what_the_cdk_writes(read: Read) -> None:
    nested = {
        "Resources": {"Topic": {"Type": "AWS::SNS::Topic", "Metadata": {"aws:cdk:path": "App/Inner/Topic/Resource"}}}
    }
    url = {"Fn::Join": ["", ["https://s3.", {"Ref": "AWS::Region"}, ".", {"Ref": "AWS::URLSuffix"}, "/",
                              {"Fn::Sub": "cdk-assets-${AWS::AccountId}-${AWS::Region}"}, "/0a1b2c.json"]]}  # fmt: skip
    stack = {"Type": "AWS::CloudFormation::Stack", "Properties": {"TemplateURL": url}}
    by_metadata = {
        **stack,
        "Metadata": {"aws:asset:path": "Inner.nested.template.json", "aws:asset:property": "TemplateURL"},
    }
    manifest = {"files": {"0a1b2c": {"source": {"path": "Inner.nested.template.json", "packaging": "file"},
                                     "destinations": {"here": {"bucketName": "b", "objectKey": "0a1b2c.json"}}}}}  # fmt: skip
    for declared, more in ((by_metadata, {}), (stack, {"cdk.out/App.assets.json": json.dumps(manifest)})):
        files = {
            "cdk.out/App.template.json": json.dumps({"Resources": {"Inner": declared}}),
            "cdk.out/Inner.nested.template.json": json.dumps(nested),
            **more,
        }
        reading = read(files)
        assert reading.problems == []
        topic = by_address(reading)["Inner/Topic"]
        assert topic.origin == "App/Inner/Topic/Resource"

"""Whatever the tree holds, a scan ends with a report: bad input becomes problems, the rest is still read."""

import json
import os
import random
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import fourfold
from fourfold.sources.tree import Tree

GOOD = '{"family": "good", "containerDefinitions": [{"name": "web", "image": "example/web:1.0"}]}'

TEMPLATE = "Resources:\n  Q:\n    Type: AWS::SQS::Queue\n    Properties: {}\n"
HOSTILE = {
    "empty.yaml": b"",
    "truncated.json": b'{"Resources": {"A": {"Type": "AWS::SQS::Queue", "Prop',
    "not-utf8.yaml": b"Resources:\n  A:\n    Type: AWS::SQS::Queue\n    Name: \xff\xfe\n",
    "binary.template": b"AWS::Resources\0\1\2\3" * 50,
    "deep.json": b'{"Resources": {"A": {"Type": "AWS::SQS::Queue", "Properties": ' + b"[" * 5000 + b"]" * 5000 + b"}}}",
    "deep.yaml": b"Resources:\n  A:\n    Type: AWS::SQS::Queue\n    X: " + b"[" * 5000 + b"]" * 5000,
    "alias.yaml": b"Resources: &r\n  A:\n    Type: AWS::SQS::Queue\n    Properties: *r\n",
    "laughs.yaml": b"Resources:\n  A:\n    Type: AWS::SQS::Queue\n    a0: &a0 [x]\n"
    + b"".join(b"    a%d: &a%d [%s]\n" % (i, i, b",".join([b"*a%d" % (i - 1)] * 10)) for i in range(1, 12)),
    "shapes.yaml": b"Resources:\n  - AWS::SQS::Queue\n  - {Type: [AWS::S3::Bucket]}\n",
    "types.yaml": b"Resources:\n  A: AWS::SQS::Queue\n  B: {Type: {Ref: B}, Properties: 7}\n  C: null\nConditions: []\n",
    "loop.yaml": b"Parameters: {P: {Type: String}}\nConditions:\n  A: {Condition: B}\n  B: {Condition: A}\n"
    b"Resources:\n  Q: {Type: AWS::SQS::Queue, Condition: A, Properties: {Name: {Ref: Q}}}\n",
    "nested.yaml": b"Resources:\n  Me:\n    Type: AWS::CloudFormation::Stack\n    Properties:\n      TemplateURL: nested.yaml\n",
    "foreach.yaml": b"Transform: AWS::LanguageExtensions\nResources:\n"
    b"  Fn::ForEach::A: [X, [" + b",".join(b"a%d" % i for i in range(300)) + b"], {Fn::ForEach::B: [Y, ["
    + b",".join(b"b%d" % i for i in range(300)) + b"], {'Q${X}${Y}': {Type: AWS::SQS::Queue}}]}]\n",
    "pod.yaml": b"apiVersion: v1\nkind: Pod\nspec: [containers]\n---\napiVersion: v1\nkind: List\nitems: 5\n---\n- x\n",
    "chart.yaml": b"apiVersion: v1\nkind: Pod\nmetadata:\n  name: {{ .Values.name }}\nspec:\n  {{- range .Values.x }}\n",
    "kustomization.yaml": b"resources: [.., ../.., /etc, kustomization.yaml]\npatches: {a: b}\n",
    "compose.yaml": b"services:\n  a: {extends: {service: a}}\n  b: [1]\n  c: null\n  d: {build: ../../..}\nnetworks: 5\n",
    "Dockerfile": b"FROM\nRUN <<EOF\nnever ends\nCOPY\nARG\nENV =\nFROM ${X:-${Y:-${Z\nUSER $\n\\",
    "policy.json": b'{"Version": 5, "Statement": [{"Effect": {}, "Action": [[1]], "Resource": null}, 7, []]}',
    "task.json": b'{"containerDefinitions": {"name": 5}, "cpu": []}',
    "tasks.json": b'{"containerDefinitions": [5, null, {"environment": {"a": 1}, "secrets": "x"}]}',
}  # fmt: skip


@pytest.mark.parametrize("name", HOSTILE)
def test_one_bad_file_costs_no_other(name: str, tmp_path: Path) -> None:
    (tmp_path / name).write_bytes(HOSTILE[name])
    (tmp_path / "zz.json").write_text(GOOD)
    report = fourfold.scan(tmp_path)
    assert any(f.span.file == "zz.json" for f in report.findings)
    for problem in report.problems:
        assert problem.reason and not problem.reason.endswith(".")
        assert problem.file


@pytest.mark.parametrize(
    "name", ["truncated.json", "not-utf8.yaml", "deep.json", "deep.yaml", "alias.yaml", "laughs.yaml", "loop.yaml"]
)
def test_what_could_not_be_read_is_said(name: str, tmp_path: Path) -> None:
    (tmp_path / name).write_bytes(HOSTILE[name])
    report = fourfold.scan(tmp_path)
    assert any(problem.file == name for problem in report.problems)


def test_links_that_leave_the_tree_are_not_followed(tmp_path: Path) -> None:
    outside = tmp_path / "outside"
    outside.mkdir()
    (outside / "task.json").write_text(GOOD)
    inside = tmp_path / "inside"
    inside.mkdir()
    (inside / "task.json").symlink_to(outside / "task.json")
    (inside / "folder").symlink_to(outside)
    (inside / "me").symlink_to(inside)
    report = fourfold.scan(inside)
    assert report.findings == ()
    assert any("task.json" in p.file and "leads out" in p.reason for p in report.problems)


def test_a_pipe_does_not_stop_the_scan(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "template.yaml")
    (tmp_path / "task.json").write_text(GOOD)
    assert fourfold.scan(tmp_path).findings


def corpus_texts(shared: Path) -> list[tuple[str, str]]:
    return [(p.name, p.read_text()) for p in sorted((shared / "corpus").rglob("*.y*ml")) if p.stat().st_size < 6000]


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(seed=st.integers(0, 2**32))
def test_no_mutation_of_a_real_file_raises(seed: int, shared: Path, tmp_path: Path) -> None:
    chance = random.Random(seed)
    name, text = chance.choice(corpus_texts(shared))
    lines = text.splitlines(keepends=True)
    for _ in range(chance.randint(1, 6)):
        at = chance.randrange(len(lines))
        kind = chance.randrange(6)
        if kind == 0:
            del lines[at]
        elif kind == 1:
            lines.insert(at, chance.choice(lines))
        elif kind == 2:
            lines[at] = lines[at].replace(":", chance.choice((": [", ": {", ": !Ref ", ": &a ", ": *a", " ")), 1)
        elif kind == 3:
            lines[at] = " " * chance.randint(1, 4) + lines[at]
        elif kind == 4:
            lines[at] = lines[at].rstrip("\n")[: chance.randint(0, 40)] + "\n"
        else:
            lines = lines[: at + 1]
        lines = lines or ["\n"]
    path = tmp_path / name
    path.write_text("".join(lines))
    report = fourfold.scan(path)
    assert report.graph is not None
    for f in report.findings:
        assert 1 <= f.span.line <= f.span.end_line


@settings(max_examples=100, deadline=None)
@given(
    data=st.recursive(
        st.none() | st.booleans() | st.integers() | st.text(max_size=8),
        lambda inner: st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(
                ["Type", "Properties", "Ref", "Fn::If", "Fn::Sub", "Fn::GetAtt", "Fn::Join", "Policies", "Events", "Statement",
                 "Environment", "ContainerDefinitions", "Auth", "AWS::NoValue", "Action", "Condition", "Principal"]
            ),
            inner,
            max_size=4,
        ),
        max_leaves=20,
    ),
    kind=st.sampled_from(
        ["AWS::Serverless::Function", "AWS::Lambda::Function", "AWS::ECS::TaskDefinition", "AWS::IAM::Role", "AWS::S3::Bucket",
         "AWS::Serverless::Api", "AWS::ApiGateway::RestApi", "AWS::EC2::SecurityGroup", "AWS::RDS::DBInstance"]
    ),
)  # fmt: skip
def test_no_shape_of_properties_raises(data: object, kind: str) -> None:
    template = {
        "Transform": "AWS::Serverless-2016-10-31",
        "Resources": {
            "A": {"Type": kind, "Properties": data},
            "B": {"Type": kind, "Properties": {"Policies": data, "Events": data}},
        },
    }
    from fourfold.pipeline import builtin_checks, examine

    tree = Tree(Path(__file__).parent, {"t.json": json.dumps(template).encode()})
    tree.files = lambda: iter(["t.json"])  # type: ignore[method-assign]
    assert examine(tree, builtin_checks(), ".").graph is not None

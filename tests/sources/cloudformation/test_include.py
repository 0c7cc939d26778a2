"""Macros: a local include is read, everything else is unknown, never absent."""

from __future__ import annotations

from collections.abc import Callable

from fourfold.model.resource import Reading
from fourfold.model.value import Unknown

Read = Callable[..., Reading]


def include(path: str) -> str:
    return f"{{Name: AWS::Include, Parameters: {{Location: {path}}}}}"


def test_a_local_include_is_read_and_evaluated(read: Read) -> None:
    text = f"""\
Parameters: {{Name: {{Type: String, Default: shop}}}}
Resources:
  Api:
    Type: AWS::ApiGateway::RestApi
    Properties:
      Body:
        Fn::Transform: {include("./api/openapi.yaml")}
      Fn::Transform: {include("more.json")}
      Mine: 1
"""
    files = {
        "t.yaml": text,
        "api/openapi.yaml": "openapi: 3.0.1\ninfo: {title: !Sub '${Name} api'}\n",
        "more.json": '{"Added": {"Ref": "Name"}, "Mine": 2}',
    }
    reading = read(files)
    assert reading.problems == []
    api = reading.resources[0]
    assert api.properties.plain() == {
        "Body": {"openapi": "3.0.1", "info": {"title": "shop api"}},
        "Added": "shop",
        "Mine": 1,
    }
    assert api.get("Body", "info", "title").span.file == "api/openapi.yaml"


def test_included_resources_belong_to_the_template(read: Read) -> None:
    text = f"Resources:\n  A: {{Type: A::B::C, Properties: {{X: !Ref B}}}}\n  Fn::Transform: {include('b.yaml')}\n"
    reading = read({"t.yaml": text, "b.yaml": "B: {Type: A::B::D}\n"})
    assert reading.problems == []
    a, b = reading.resources
    assert (b.file, b.key) == ("b.yaml", "t.yaml#B")
    assert a.get("X").target == b.key  # type: ignore[attr-defined]
    assert reading.covers == {"b.yaml"}


def test_what_a_macro_makes_is_unknown_not_absent(read: Read) -> None:
    text = """\
Resources:
  A:
    Type: A::B::C
    Properties:
      Written: {Inner: 1}
      Whole: {Fn::Transform: {Name: MyMacro}}
      Part: {Kept: 1, Fn::Transform: {Name: MyMacro}}
"""
    properties = read(text).resources[0].properties
    assert isinstance(properties.get("Whole", "Anything"), Unknown)
    assert properties.get("Part", "Kept").plain() == 1
    other = properties.get("Part", "Other")
    assert isinstance(other, Unknown)
    assert other.maybe_absent
    assert properties.get("Written", "Other").absent


def test_a_macro_of_the_whole_template_leaves_nothing_surely_absent(read: Read) -> None:
    text = """\
Transform: [AWS::LanguageExtensions, Mine]
Resources:
  A: {Type: A::B::C, Properties: {Written: {Inner: !Ref Elsewhere}}}
  B: {Type: A::B::C}
"""
    reading = read(text)
    assert [p.reason for p in reading.problems] == [
        "macro `Mine` rewrites this template at deployment; what is not written in it is unknown"
    ]
    a, b = reading.resources
    for value in (a.get("Other"), a.get("Written", "Other"), b.get("Other")):
        assert isinstance(value, Unknown)
        assert value.maybe_absent


def test_transforms_of_aws_change_nothing_that_is_written(read: Read) -> None:
    text = "Transform: [AWS::LanguageExtensions, AWS::SecretsManager-2024-09-16]\nResources:\n  A: {Type: A::B::C}\n"
    reading = read(text)
    assert reading.problems == []
    assert reading.resources[0].get("X").absent


def test_includes_that_cannot_be_read_are_unknown(read: Read) -> None:
    for path in ("s3://bucket/x.yaml", "../../etc/passwd", "gone.yaml", "t.yaml", "'${Bucket}/x'", "[a]"):
        reading = read(f"Resources:\n  A: {{Type: A::B::C, Properties: {{X: {{Fn::Transform: {include(path)}}}}}}}\n")
        assert isinstance(reading.resources[0].get("X"), Unknown), path


def test_a_file_that_includes_itself_is_a_problem(read: Read) -> None:
    text = f"Resources:\n  A: {{Type: A::B::C, Properties: {{X: {{Fn::Transform: {include('x.yaml')}}}}}}}\n"
    inner = f"a: {{Fn::Transform: {include('x.yaml')}}}\nb: {{Fn::Transform: {include('x.yaml')}}}\n"
    reading = read({"t.yaml": text, "x.yaml": inner})
    assert {p.reason for p in reading.problems} == {"`x.yaml` includes itself"}

"""IAM policy files: which are claimed, what becomes of each shape, and that nothing raises."""

import json
import os
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fourfold.model.place import Source
from fourfold.model.resource import Resource
from fourfold.sources import iam
from fourfold.sources.tree import Tree

ALLOW = {"Effect": "Allow", "Action": "s3:GetObject", "Resource": "*"}
DOCUMENT = {"Version": "2012-10-17", "Statement": [ALLOW]}


def read(data: object, path: str = "policy.json") -> list[Resource]:
    text = json.dumps(data)
    if not iam.claims(path, text.encode()):
        return []
    return iam.read(Source(path, text), Tree(Path())).resources


def summary(data: object, path: str = "policy.json") -> list[tuple[str, object]]:
    return [(r.address, r.attributes.get("Kind").plain()) for r in read(data, path)]


def test_a_bare_document_is_named_after_its_file() -> None:
    (resource,) = read(DOCUMENT, "roles/orders.json")
    assert (resource.type, resource.address, resource.format) == ("IAM::PolicyDocument", "orders", "iam")
    action = resource.get("Statement", 0, "Action")
    assert action.plain() == "s3:GetObject"
    assert action.source.text[action.start : action.end] == '"s3:GetObject"'


def test_one_statement_without_a_list_is_a_document() -> None:
    assert len(read({"Statement": ALLOW})) == 1


@pytest.mark.parametrize(
    ("path", "kind"),
    [
        ("scp.json", "scp"),
        ("org/scps/deny.json", "scp"),
        ("escpape.json", None),
        ("permissions-boundary.json", "boundary"),
    ],
)
def test_the_file_name_tells_what_a_document_cannot(path: str, kind: str | None) -> None:
    assert summary(DOCUMENT, path) == [(path.rpartition("/")[2].removesuffix(".json"), kind)]


@pytest.mark.parametrize(
    ("output", "expected"),
    [
        ({"RoleName": "r", "PolicyName": "p", "PolicyDocument": DOCUMENT}, ("policy/r/p", None)),
        ({"PolicyVersion": {"Document": DOCUMENT, "VersionId": "v1", "IsDefaultVersion": True}}, ("policy", None)),
        ({"Role": {"RoleName": "r", "AssumeRolePolicyDocument": DOCUMENT}}, ("policy/r/trust", "trust")),
        ({"Policy": json.dumps(DOCUMENT)}, ("policy", "resource")),
        (
            {
                "Policy": {
                    "PolicySummary": {"Name": "n", "Type": "SERVICE_CONTROL_POLICY"},
                    "Content": json.dumps(DOCUMENT),
                }
            },
            ("policy", "scp"),
        ),
        (
            {
                "RoleDetailList": [
                    {"RoleName": "r", "RolePolicyList": [{"PolicyName": "p", "PolicyDocument": DOCUMENT}]}
                ]
            },
            ("policy/r/p", None),
        ),
    ],
)
def test_outputs_of_the_command_line(output: object, expected: tuple[str, str | None]) -> None:
    assert summary(output) == [expected]


def test_a_version_that_is_not_in_force_is_not_read() -> None:
    assert summary({"PolicyVersion": {"Document": DOCUMENT, "VersionId": "v1", "IsDefaultVersion": False}}) == []


def test_documents_of_one_name_are_told_apart() -> None:
    assert [address for address, _ in summary([DOCUMENT, DOCUMENT])] == ["policy", "policy#2"]


@pytest.mark.parametrize(
    "data",
    [
        {"AWSTemplateFormatVersion": "2010-09-09", "Resources": {}, "Statement": [ALLOW]},
        {"containerDefinitions": [], "Statement": [ALLOW]},
        {"Templates": {"S3Read": {"Definition": DOCUMENT}}},
        {"Statement": "Effect"},
        {"Effect": "Allow", "note": "Statement"},
        [],
    ],
)
def test_other_json_is_left_to_others(data: object) -> None:
    assert not iam.claims("x.json", json.dumps(data).encode())


def test_a_broken_policy_is_a_problem_with_its_line() -> None:
    text = '{"Version": "2012-10-17",\n "Statement": [{"Effect": "Allow",}]}'
    assert iam.claims("p.json", text.encode())
    reading = iam.read(Source("p.json", text), Tree(Path()))
    assert reading.resources == []
    assert [p.line for p in reading.problems] == [2]


def test_deep_nesting_is_survived() -> None:
    text = '{"Version": 1, "Statement": "Effect", "x": ' + "[" * 100_000 + "]" * 100_000 + "}"
    assert iam.claims("p.json", text.encode())
    assert iam.read(Source("p.json", text), Tree(Path())).problems


def _seed(name: str) -> str:
    root = Path(os.environ.get("FOURFOLD_SHARED", Path(__file__).parents[3] / "shared"))
    path = root / "seed-examples" / name
    if not path.is_file():
        pytest.skip("the shared examples are not beside the repository")
    return path.read_text()


@settings(max_examples=60, deadline=None)
@given(st.data())
def test_no_input_raises(data: st.DataObject) -> None:
    text = _seed("organization-policy.json")
    for _ in range(data.draw(st.integers(1, 4))):
        at = data.draw(st.integers(0, len(text)))
        size = data.draw(st.integers(0, 12))
        text = text[:at] + data.draw(st.text('{}[]",:\\\n0x\u00e9', max_size=6)) + text[at + size :]
    iam.claims("p.json", text.encode())
    for resource in iam.read(Source("p.json", text), Tree(Path())).resources:
        assert resource.span.line >= 1

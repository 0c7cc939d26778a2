"""`fourfold policy compare` and `fourfold policy assert`."""

import io
import json
import sys
from pathlib import Path
from typing import Any

import pytest

from fourfold.faces.cli import main
from fourfold.faces.cli.policy import COMMANDS

READ = """\
{"Version": "2012-10-17",
 "Statement": [
   {"Sid": "Read", "Effect": "Allow", "Action": "s3:GetObject", "Resource": "arn:aws:s3:::b/*"}]}
"""
SECURE = """\
{"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "s3:GetObject", "Resource": "arn:aws:s3:::b/*",
  "Condition": {"Bool": {"aws:SecureTransport": "true"}}}]}
"""
WRITE = READ.replace("Get", "Put")
BOTH = READ.replace('"s3:GetObject"', '["s3:GetObject", "s3:PutObject"]')
PUBLIC = READ.replace('"Sid"', '"Principal": "*", "Sid"')
TEMPLATE = """\
Parameters:
  Who: {Type: String}
Resources:
  Reader:
    Type: AWS::IAM::ManagedPolicy
    Properties:
      PolicyDocument:
        Version: "2012-10-17"
        Statement:
          - Effect: Allow
            Action: s3:GetObject
            Resource: arn:aws:s3:::b/*
  Open:
    Type: AWS::IAM::ManagedPolicy
    Properties:
      PolicyDocument:
        Version: "2012-10-17"
        Statement: [{Effect: Allow, Action: "s3:*", Resource: !Sub "arn:aws:s3:::${Who}"}]
"""


@pytest.fixture
def files(tmp_path: Path) -> Path:
    texts = {"read": READ, "secure": SECURE, "write": WRITE, "both": BOTH, "public": PUBLIC}
    for name, text in texts.items():
        (tmp_path / f"{name}.json").write_text(text)
    (tmp_path / "template.yaml").write_text(TEMPLATE)
    return tmp_path


def ask(capsys: pytest.CaptureFixture[str], *arguments: Any) -> tuple[int, str]:
    status = main(["policy", *map(str, arguments)])
    told = capsys.readouterr()
    return status, told.out + told.err


@pytest.mark.parametrize(
    ("reference", "candidate", "relation", "status"),
    [
        ("read", "read", "equivalent", 0),
        ("read", "secure", "narrower", 0),
        ("secure", "read", "broader", 1),
        ("read", "both", "broader", 1),
        ("read", "write", "disjoint", 1),
    ],
)
def test_how_two_policies_relate(
    files: Path, capsys: pytest.CaptureFixture[str], reference: str, candidate: str, relation: str, status: int
) -> None:
    found = ask(capsys, "compare", files / f"{reference}.json", files / f"{candidate}.json", "--format", "json")
    row = json.loads(found[1])
    assert (found[0], row["relation"]) == (status, relation)
    assert row["no_new_access"]["verdict"] == ("witness" if status else "proved")


def test_policies_that_overlap(files: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (files / "other.json").write_text(BOTH.replace("GetObject", "DeleteObject"))
    status, told = ask(capsys, "compare", files / "both.json", files / "other.json", "--format", "json")
    row = json.loads(told)
    assert (status, row["relation"]) == (1, "overlaps")
    assert row["overlap"]["request"]["action"] == "s3:PutObject"


def test_the_request_and_the_lines_that_decide_are_told(files: Path, capsys: pytest.CaptureFixture[str]) -> None:
    status, told = ask(capsys, "compare", files / "secure.json", files / "read.json")
    assert status == 1
    assert told.startswith("new access: the candidate allows all that the reference allows, and more\n")
    assert "  action     s3:GetObject\n" in told
    assert f"candidate: allowed by Statement[0] `Read` ({files}/read.json:3)\n" in told
    assert "reference: no statement allows it" in told
    row = json.loads(ask(capsys, "compare", files / "secure.json", files / "read.json", "--format", "json")[1])
    (statement,) = row["no_new_access"]["deciding"]["candidate"]["statements"]
    assert (statement["sid"], statement["line"], statement["column"]) == ("Read", 3, 4)


def test_policies_of_a_template(files: Path, capsys: pytest.CaptureFixture[str]) -> None:
    template = files / "template.yaml"
    assert ask(capsys, "compare", files / "read.json", f"{template}#Reader")[0] == 0
    status, told = ask(capsys, "compare", files / "secure.json", f"{template}:11")
    assert status == 1
    assert "allowed by Statement[0] (template.yaml:10)" in told
    status, told = ask(capsys, "compare", files / "read.json", f"{template}#Open")
    assert status == 3
    assert "`Who`" in told or "Who" in told
    status, told = ask(capsys, "compare", files / "read.json", f"{template}#Nobody")
    assert (status, "no policies at `Nobody`" in told, "Reader" in told) == (2, True, True)


def test_standard_input_is_a_policy(
    files: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(READ.encode())))
    assert ask(capsys, "compare", "-", files / "secure.json")[0] == 0
    assert ask(capsys, "compare", "-", "-")[0] == 2


def test_every_line_of_a_batch_is_answered(files: Path, capsys: pytest.CaptureFixture[str]) -> None:
    lines: list[Any] = [
        {"id": 1, "reference": READ, "candidate": json.loads(SECURE)},
        {"id": 2, "reference": SECURE, "candidate": READ, "question": "equivalent"},
        {"reference": READ, "candidate": WRITE, "question": "disjoint", "kind": "boundary"},
        {"id": 4, "reference": READ, "candidate": '{"Statement": []'},
        {"id": 5, "reference": READ},
        {"reference": READ, "candidate": READ, "question": "why"},
        {"reference": READ, "candidate": READ, "kind": "law"},
        {"reference": READ, "candidate": READ, "knid": "scp"},
        [],
    ]
    text = "\n\n".join(json.dumps(line) for line in lines) + "\n\nnonsense"
    (files / "questions.jsonl").write_text(text)
    status, told = ask(capsys, "compare", "--batch", files / "questions.jsonl")
    rows = [json.loads(line) for line in told.splitlines()]
    assert [row["verdict"] for row in rows] == ["proved", "witness", "proved", "unknown", *["error"] * 6]
    assert [row["line"] for row in rows] == [1, 3, 5, 7, 9, 11, 13, 15, 17, 19]
    assert (rows[1]["id"], rows[1]["question"], rows[1]["request"]["action"]) == (2, "equivalent", "s3:GetObject")
    assert all(row["reason"] for row in rows[3:])
    assert status == 2


@pytest.mark.parametrize(
    ("lines", "status"),
    [([(READ, SECURE)], 0), ([(READ, SECURE), (SECURE, READ)], 1), ([(READ, "[]"), (READ, SECURE)], 3), ([], 0)],
)
def test_the_status_of_a_batch(
    files: Path, capsys: pytest.CaptureFixture[str], lines: list[tuple[str, str]], status: int
) -> None:
    text = "".join(json.dumps({"reference": a, "candidate": b}) + "\n" for a, b in lines)
    (files / "q.jsonl").write_text(text)
    assert ask(capsys, "compare", "--batch", files / "q.jsonl")[0] == status


@pytest.mark.parametrize(
    ("policy", "options", "status"),
    [
        ("read", ["--no-access", "iam:*, s3:PutObject"], 0),
        ("read", ["--no-access", "s3:Get*"], 1),
        ("read", ["--no-access", "s3:Get*", "--resource", "arn:aws:s3:::c/*"], 0),
        ("read", ["--no-access", "*", "--resource", "arn:aws:s3:::b/secret"], 1),
        ("public", ["--no-public-access"], 1),
        ("public", ["--no-public-access", "--kind", "resource", "--no-access", "iam:*"], 1),
        ("secure", ["--no-new-access", "read.json"], 0),
        ("both", ["--no-new-access", "read.json"], 1),
        ("template.yaml#Open", ["--no-access", "iam:*"], 3),
    ],
)
def test_assertions(
    files: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch,
    policy: str, options: list[str], status: int,
) -> None:  # fmt: skip
    monkeypatch.chdir(files)
    found, told = ask(capsys, "assert", policy if "#" in policy else f"{policy}.json", *options)
    assert found == status, told
    assert ("proved: ", "violated: ", "", "unknown: ")[status] in told


def test_assertions_as_json(files: Path, capsys: pytest.CaptureFixture[str]) -> None:
    status, told = ask(capsys, "assert", files / "public.json", "--no-public-access", "--no-access", "iam:*",
                       "--trusted", "o-abcdefghij", "--format", "json")  # fmt: skip
    made = json.loads(told)
    assert (status, made["kind"]) == (1, "resource")
    assert [row["verdict"] for row in made["assertions"]] == ["proved", "witness"]
    assert made["assertions"][1]["deciding"]["policy"]["statements"][0]["sid"] == "Read"


@pytest.mark.parametrize(
    "arguments",
    [
        ["nonsense"],
        ["compare", "a.json"],
        ["compare", "missing.json", "missing.json"],
        ["compare", "--batch", "missing.jsonl"],
        ["compare", "--batch", "-", "a.json"],
        ["assert", "missing.json"],
        ["assert", "read.json"],
        ["assert", "read.json", "--resource", "*", "--no-public-access"],
        ["assert", "read.json", "--no-access", "GetObject"],
        ["assert", "read.json", "--no-access", "s3:GetObject", "--resource", "bucket"],
        ["assert", "public.json", "--no-public-access", "--trusted", "everybody"],
        ["assert", "read.json", "--trusted", "o-abc", "--no-access", "*"],
        ["assert", "public.json", "--no-new-access", "read.json"],  # of different kinds, as it looks
    ],
)
def test_wrong_arguments(
    files: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, arguments: list[str]
) -> None:
    monkeypatch.chdir(files)
    status, told = ask(capsys, *arguments)
    assert status == 2
    assert told.startswith("fourfold: ")


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ('{"Statement": [', "unexpected end (line 1, column 16)"),
        ('{"Statement": [],\n}', "unexpected `}` after a comma (line 2, column 1)"),
        ("[" * 5000, "nested deeper than 100 levels"),
        ("[1]", "a policy is a JSON object"),
        ('{"Version": NaN}', "not valid JSON"),
        (READ.replace('"Sid"', '"Action": "s3:*", "Sid"'), "key `Action` is written twice"),
        ("", "unexpected end"),
        ("\x00", "not valid JSON"),
    ],
)
def test_a_document_that_cannot_be_read_says_where(
    files: Path, capsys: pytest.CaptureFixture[str], text: str, said: str
) -> None:
    (files / "odd.json").write_text(text)
    status, told = ask(capsys, "compare", files / "read.json", files / "odd.json")
    assert status in (2, 3)
    assert said in told


def test_documents_that_are_no_text_or_too_long(files: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (files / "odd.json").write_bytes(b'{\n"Version": "\xff"}')
    status, told = ask(capsys, "compare", files / "read.json", files / "odd.json")
    assert (status, "not UTF-8 (line 2, column 13)" in told) == (2, True)
    (files / "odd.json").write_bytes(b" " * 4_000_001)
    status, told = ask(capsys, "compare", files / "read.json", files / "odd.json")
    assert (status, "more than 4,000,000 bytes" in told) == (2, True)


def test_help_names_every_command(capsys: pytest.CaptureFixture[str]) -> None:
    status, told = ask(capsys, "--help")
    assert status == 0
    assert all(f"\n  {name} " in told for name in COMMANDS)
    assert main(["policy"]) == 2


def test_the_page_tells_every_field_and_option(files: Path, capsys: pytest.CaptureFixture[str]) -> None:
    from fourfold.engines.iam.validate.issues import CODES, NOT_RAISED
    from fourfold.faces.cli.policy import assertion, check, compare

    page = (Path(__file__).resolve().parents[2] / "docs/policy.md").read_text()
    row = json.loads(ask(capsys, "compare", files / "read.json", files / "write.json", "--format", "json")[1])
    new = row["no_new_access"]
    names = {*row, *new, *new["request"], *new["deciding"]["candidate"]} - {"kind"}
    names |= {*new["deciding"]["candidate"]["statements"][0], *compare.RELATIONS}
    assert [name for name in sorted(names) if f"`{name}`" not in page] == []
    assert [code for code in (*CODES, *NOT_RAISED) if f"`{code}`" not in page] == []
    options = [
        o for p in (assertion.parser(), check.parser(), compare.parser()) for a in p._actions for o in a.option_strings
    ]
    assert [o for o in options if o.startswith("--") and o not in page and o not in ("--help", "--format")] == []


BAD = READ.replace('"s3:GetObject"', '["s3:GetObject", "s3:GetObjekt", "s3:Get*"]')


def test_issues_of_policies(files: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (files / "bad.json").write_text(BAD)
    status, told = ask(capsys, "check", files / "bad.json", files / "read.json", files / "public.json")
    bad = files / "bad.json"
    assert status == 1
    assert told.splitlines() == [
        f"{bad}:3:66: error INVALID_ACTION: there is no action `s3:GetObjekt` as of 2026-10-27; `s3:GetObject` is one",
        f"{bad}:3:50: suggestion REDUNDANT_ACTION: `s3:Get*` takes in `s3:GetObject`",
        f"{bad}:3:66: suggestion REDUNDANT_ACTION: `s3:Get*` takes in `s3:GetObjekt`",
        f"{bad}: 1 error, 2 suggestions, as a policy of kind `identity`",
        f"{files}/read.json: no issues, as a policy of kind `identity`",
        f"{files}/public.json: no issues, as a policy of kind `resource`",
    ]


def test_issues_as_json(files: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (files / "bad.json").write_text(BAD)
    status, told = ask(capsys, "check", files / "bad.json", "--format", "json", "--ignore", "REDUNDANT_ACTION")
    (row,) = json.loads(told)["policies"]
    (issue,) = row["issues"]
    assert (status, row["kind"]) == (1, "identity")
    assert (issue["path"], issue["where"]) == (["Statement", 0, "Action", 1], "Statement[0].Action[1]")
    assert (issue["basis"], issue["line"], issue["column"]) == ("catalogue", 3, 66)
    assert issue["documentation"].endswith("#access-analyzer-reference-policy-checks-error-invalid-action")


@pytest.mark.parametrize(
    ("options", "status"),
    [
        (["bad.json", "--ignore", "INVALID_ACTION"], 0),
        (["bad.json", "--ignore", "INVALID_ACTION", "--fail-on", "suggestion"], 1),
        (["bad.json", "--fail-on", "error"], 1),
        (["template.yaml#Open"], 0),
        (["template.yaml#Open", "--strict"], 3),
        (["template.yaml#Reader", "--strict"], 0),
        (["public.json", "--kind", "identity"], 1),
        (["public.json", "--resource-type", "AWS::SQS::Queue"], 1),
        (["bad.json", "--ignore", "NO_SUCH_CODE"], 2),
        (["no.json"], 2),
        (["broken.json"], 2),
        (["-", "-"], 2),
    ],
)
def test_the_status_of_a_check(
    files: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, options: list[str], status: int
) -> None:
    monkeypatch.chdir(files)
    (files / "bad.json").write_text(BAD)
    (files / "broken.json").write_text("{")
    found, told = ask(capsys, "check", *options)
    assert found == status, told

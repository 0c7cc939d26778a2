"""States: what exists, and the secrets in them."""

import json
from pathlib import Path
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

import fourfold
from fourfold.model.place import Source
from fourfold.reports import terminal
from fourfold.reports.plain import view
from fourfold.reports.text import Style
from fourfold.sources.tfstate import claims, read
from fourfold.sources.tree import Tree

STATE: dict[str, Any] = {
    "version": 4,
    "terraform_version": "1.11.4",
    "serial": 3,
    "lineage": "a",
    "outputs": {},
    "resources": [
        {
            "module": "module.db[0]",
            "mode": "managed",
            "type": "aws_db_instance",
            "name": "d",
            "provider": 'provider["registry.terraform.io/hashicorp/aws"]',
            "instances": [
                {
                    "index_key": "a",
                    "attributes": {
                        "identifier": "d",
                        "publicly_accessible": True,
                        "username": "admin",
                        "password": "hunter2hunter2",
                        "tags": None,
                    },
                    "sensitive_attributes": [],
                }
            ],
        },
        {
            "mode": "managed",
            "type": "random_password",
            "name": "r",
            "instances": [
                {
                    "attributes": {"length": 12, "result": "Zw8Q3kLm9x2P"},
                    "sensitive_attributes": [[{"type": "get_attr", "value": "result"}]],
                }
            ],
        },
        {"mode": "data", "type": "aws_ami", "name": "x", "instances": [{"attributes": {"id": "ami-1"}}]},
    ],
}


def scanned(folder: Path, state: dict[str, Any], name: str = "terraform.tfstate") -> fourfold.Report:
    (folder / name).write_text(json.dumps(state, indent=2))
    return fourfold.scan(folder)


def test_a_state_is_told_by_its_keys() -> None:
    assert claims("terraform.tfstate", json.dumps(STATE).encode())
    assert not claims(
        "terraform.tfstate", b'{"planned_values": {}, "terraform_version": 1, "values": 1, "root_module": 1}'
    )


def test_what_exists_is_judged_where_there_is_no_configuration(tmp_path: Path) -> None:
    report = scanned(tmp_path, STATE)
    found = {r.address: r.type for r in report.graph.resources.values()}
    assert found['module.db[0].aws_db_instance.d["a"]'] == "AWS::RDS::DBInstance"
    assert "public_database" in {f.check for f in report.findings}


def test_secrets_are_found_by_name_and_by_mark_and_never_printed(tmp_path: Path) -> None:
    report = scanned(tmp_path, STATE)
    secrets = [f for f in report.findings if f.check == "plaintext_secret"]
    assert sorted(f.span.line for f in secrets) == [21, 36]
    shown = terminal.render(view(report, texts=True), Style(), terminal.Show(full=True, unknown=True))
    assert "hunter2" not in shown
    assert "Zw8Q3" not in shown


def test_with_the_configuration_only_the_secrets_are_the_states(tmp_path: Path) -> None:
    (tmp_path / "main.tf").write_text(
        'module "db" {\n  count = 1\n  source = "./db"\n}\nresource "random_password" "r" {\n  length = 12\n}\n'
    )
    (tmp_path / "db").mkdir()
    (tmp_path / "db" / "main.tf").write_text('resource "aws_db_instance" "d" {\n  for_each = toset(["a"])\n}\n')
    report = scanned(tmp_path, STATE)
    addresses = sorted((r.file, r.address) for r in report.graph.resources.values())
    assert addresses == [
        ("db/main.tf", 'module.db[0].aws_db_instance.d["a"]'),
        ("terraform.tfstate", "terraform.tfstate"),
    ]
    assert len([f for f in report.findings if f.check == "plaintext_secret"]) == 2


def test_a_shown_state_is_read_too(tmp_path: Path) -> None:
    rows = [
        {
            "address": "aws_db_instance.d",
            "mode": "managed",
            "type": "aws_db_instance",
            "name": "d",
            "values": {"publicly_accessible": True, "tokenlike": "x7Gk2pQ9x7Gk2pQ9"},
            "sensitive_values": {"tokenlike": True},
        }
    ]
    state = {"format_version": "1.0", "terraform_version": "1.11.4", "values": {"root_module": {"resources": rows}}}
    report = scanned(tmp_path, state, "state.json")
    assert {"public_database", "plaintext_secret"} <= {f.check for f in report.findings}


def test_an_old_state_is_said(tmp_path: Path) -> None:
    report = scanned(
        tmp_path, {"version": 3, "terraform_version": "0.11.1", "lineage": "a", "modules": [{"resources": {}}]}
    )
    assert [p.reason for p in report.problems] == [
        "a state of version 3 is not read; terraform 0.12 and later write version 4"
    ]


@settings(deadline=None, max_examples=60)
@given(
    st.lists(
        st.tuples(st.integers(0, 1200), st.sampled_from(['"', "{", "}", "[", "null", "1", "true", ",", ":"])),
        max_size=4,
    )
)
def test_no_state_raises(changes: list[tuple[int, str]]) -> None:
    text = json.dumps(STATE)
    for at, piece in changes:
        text = text[:at] + piece + text[at + 1 :]
    read(Source("terraform.tfstate", text), Tree(Path(__file__).parent / "none", {"terraform.tfstate": text.encode()}))


@settings(deadline=None, max_examples=80)
@given(
    st.sampled_from(
        [
            "resources",
            "instances",
            "attributes",
            "sensitive_attributes",
            "mode",
            "module",
            "type",
            "index_key",
            "version",
        ]
    ),
    st.sampled_from([None, True, 1, "x", [], {}, [None], [1], {"a": 1}, [[]], [{}]]),
)
def test_no_other_shape_raises(key: str, other: Any) -> None:
    def changed(value: Any) -> Any:
        if isinstance(value, dict):
            return {k: other if k == key else changed(v) for k, v in value.items()}
        return [changed(v) for v in value] if isinstance(value, list) else value

    text = json.dumps(changed(STATE))
    read(Source("terraform.tfstate", text), Tree(Path(__file__).parent / "none", {"terraform.tfstate": text.encode()}))

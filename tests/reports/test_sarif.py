"""SARIF, as GitHub and other viewers take it."""

import json
import os
import subprocess
from collections.abc import Callable
from pathlib import Path

import msgspec
import pytest
from inline_snapshot import snapshot
from reports.samples import CACHE, ROOT, SAMPLE, SECRET

import fourfold
from fourfold.reports.plain import view
from fourfold.reports.sarif import RESULTS_MAX, document, render
from fourfold.reports.view import View

PROJECT = Path(__file__).resolve().parents[2]


def multitool() -> Path | None:
    """Microsoft's validator: named by FOURFOLD_SARIF_MULTITOOL (a node_modules folder), or installed by `./test`."""
    named = os.environ.get("FOURFOLD_SARIF_MULTITOOL")
    for folder in (Path(named) if named else None, PROJECT / ".venv/npm/node_modules", PROJECT / "node_modules"):
        if folder is not None:
            found = folder / "@microsoft/sarif-multitool-linux/Sarif.Multitool"
            if found.is_file():
                return found
    return None


@pytest.fixture
def validate(tmp_path: Path) -> Callable[[View], list[str]]:
    """Errors and warnings that the validator has about the SARIF of a view."""
    tool = multitool()
    if tool is None:
        pytest.skip("no sarif-multitool: `./test` installs it, or name its node_modules in FOURFOLD_SARIF_MULTITOOL")

    def run(what: View) -> list[str]:
        file = tmp_path / "fourfold.sarif"
        file.write_text(render(what, "infra"))
        done = subprocess.run(
            [tool, "validate", "--rule-kind", "Sarif;Ghas", str(file)],
            capture_output=True,
            text=True,
            check=False,
            env={"DOTNET_SYSTEM_GLOBALIZATION_INVARIANT": "1", "PATH": os.environ["PATH"], "HOME": str(tmp_path)},
        )
        assert "Analysis completed successfully" in done.stdout, done.stdout + done.stderr
        return [line for line in done.stdout.splitlines() if ": error " in line or ": warning " in line]

    return run


def test_one_result() -> None:
    run = document(msgspec.structs.replace(SAMPLE, items=(ROOT,)), "infra/app")["runs"][0]
    assert run["automationDetails"]["id"] == "fourfold/infra/app/"
    assert run["results"] == snapshot(
        [
            {
                "ruleId": "FF3001",
                "ruleIndex": 0,
                "level": "warning",
                "message": {"text": "Container `web` can write to its root filesystem when Env = prod."},
                "locations": [
                    {
                        "physicalLocation": {
                            "artifactLocation": {"uri": "infra/app/app/template.yaml", "uriBaseId": "%SRCROOT%"},
                            "region": {
                                "startLine": 8,
                                "startColumn": 11,
                                "endLine": 8,
                                "endColumn": 60,
                                "snippet": {"text": "ReadonlyRootFilesystem: !If [IsProd, false, true]"},
                            },
                            "contextRegion": {
                                "startLine": 6,
                                "endLine": 10,
                                "snippet": {
                                    "text": """\
        - Name: web
          Image: example/web:1.4
          ReadonlyRootFilesystem: !If [IsProd, false, true]
          Environment:
            - Name: DB_PASSWORD
"""
                                },
                            },
                        },
                        "logicalLocations": [{"fullyQualifiedName": "Task/container/web", "kind": "resource"}],
                    }
                ],
                "partialFingerprints": {
                    "fourfold/v1": "8f027d2a29708bdf",
                    "primaryLocationLineHash": "c2c04af2a5d9fdec:1",
                },
                "properties": {
                    "severity": "medium",
                    "security-severity": "5.5",
                    "certainty": "when",
                    "check": "writable_root_filesystem",
                    "address": "Task/container/web",
                    "condition": "Env = prod",
                },
                "codeFlows": [
                    {
                        "threadFlows": [
                            {
                                "locations": [
                                    {
                                        "location": {
                                            "physicalLocation": {
                                                "artifactLocation": {
                                                    "uri": "infra/app/app/template.yaml",
                                                    "uriBaseId": "%SRCROOT%",
                                                },
                                                "region": {
                                                    "startLine": 2,
                                                    "startColumn": 3,
                                                    "endLine": 2,
                                                    "endColumn": 7,
                                                    "snippet": {"text": "Task"},
                                                },
                                                "contextRegion": {
                                                    "startLine": 1,
                                                    "endLine": 4,
                                                    "snippet": {
                                                        "text": """\
Resources:
  Task:
    Type: AWS::ECS::TaskDefinition
    Properties:
"""
                                                    },
                                                },
                                            },
                                            "message": {"text": "Condition `IsProd`."},
                                        }
                                    },
                                    {
                                        "location": {
                                            "physicalLocation": {
                                                "artifactLocation": {
                                                    "uri": "infra/app/app/template.yaml",
                                                    "uriBaseId": "%SRCROOT%",
                                                },
                                                "region": {
                                                    "startLine": 8,
                                                    "startColumn": 11,
                                                    "endLine": 8,
                                                    "endColumn": 60,
                                                    "snippet": {
                                                        "text": "ReadonlyRootFilesystem: !If [IsProd, false, true]"
                                                    },
                                                },
                                                "contextRegion": {
                                                    "startLine": 6,
                                                    "endLine": 10,
                                                    "snippet": {
                                                        "text": """\
        - Name: web
          Image: example/web:1.4
          ReadonlyRootFilesystem: !If [IsProd, false, true]
          Environment:
            - Name: DB_PASSWORD
"""
                                                    },
                                                },
                                            },
                                            "message": {"text": "Container `web` can write to its root filesystem."},
                                        }
                                    },
                                ]
                            }
                        ]
                    }
                ],
                "fixes": [
                    {
                        "description": {"text": "Mends it."},
                        "artifactChanges": [
                            {
                                "artifactLocation": {"uri": "infra/app/app/template.yaml", "uriBaseId": "%SRCROOT%"},
                                "replacements": [
                                    {
                                        "deletedRegion": {
                                            "startLine": 8,
                                            "startColumn": 35,
                                            "endLine": 8,
                                            "endColumn": 60,
                                        },
                                        "insertedContent": {"text": "true"},
                                    }
                                ],
                            }
                        ],
                    }
                ],
            }
        ]
    )


def test_one_rule() -> None:
    run = document(SAMPLE)["runs"][0]
    assert [rule["id"] for rule in run["tool"]["driver"]["rules"]] == ["FF3001", "FF4001"]
    assert run["tool"]["driver"]["rules"][1] == snapshot(
        {
            "id": "FF4001",
            "name": "SecretInVariable",
            "shortDescription": {"text": "Password stands in plain text."},
            "fullDescription": {"text": "Everybody who can describe the task can read it."},
            "help": {
                "text": """\
Password stands in plain text.

Everybody who can describe the task can read it.\
""",
                "markdown": """\
**Password stands in plain text** (`secret_in_variable`)

Everybody who can describe the task can read it.\
""",
            },
            "defaultConfiguration": {"level": "error"},
            "properties": {
                "tags": ["security", "supply-chain", "external/cwe/cwe-798"],
                "precision": "high",
                "security-severity": "8.0",
                "problem.severity": "error",
                "principle": "Supply chain",
            },
        }
    )


def test_fingerprints_do_not_move_with_the_line() -> None:
    place = msgspec.structs.replace(CACHE.place, line=112, end_line=112, first=110)
    moved = msgspec.structs.replace(CACHE, place=place)
    prints = [
        document(msgspec.structs.replace(SAMPLE, items=(item,)))["runs"][0]["results"][0]["partialFingerprints"]
        for item in (CACHE, moved)
    ]
    assert prints[0] == prints[1]
    assert prints[0]["fourfold/v1"] == CACHE.id


def test_two_findings_on_one_line_are_told_apart() -> None:
    twins = (CACHE, msgspec.structs.replace(CACHE, id="0" * 16))
    results = document(msgspec.structs.replace(SAMPLE, items=twins))["runs"][0]["results"]
    hashes = [r["partialFingerprints"]["primaryLocationLineHash"] for r in results]
    assert [h.rpartition(":")[2] for h in hashes] == ["1", "2"]


def test_problems_are_notifications_and_an_excess_is_told() -> None:
    many = msgspec.structs.replace(SAMPLE, items=(CACHE,) * (RESULTS_MAX + 3))
    run = document(many)["runs"][0]
    assert len(run["results"]) == RESULTS_MAX
    texts = [n["message"]["text"] for n in run["invocations"][0]["toolExecutionNotifications"]]
    assert texts == [
        "`app/broken.yaml`: not valid YAML: did not find expected key.",
        f"3 findings were left out: a log holds at most {RESULTS_MAX}.",
    ]


def test_file_names_become_addresses() -> None:
    place = msgspec.structs.replace(CACHE.place, file="a b/ü?#.yaml")
    run = document(msgspec.structs.replace(SAMPLE, items=(msgspec.structs.replace(CACHE, place=place),)))["runs"][0]
    artifact = run["results"][0]["locations"][0]["physicalLocation"]["artifactLocation"]
    assert artifact["uri"] == "a%20b/%C3%BC%3F%23.yaml"


def test_the_validator_has_nothing_to_say(validate: Callable[[View], list[str]]) -> None:
    odd = msgspec.structs.replace(CACHE, title="`x` **bold** <b>\n\tü", certainty="possible", condition="a `b`")
    assert validate(msgspec.structs.replace(SAMPLE, items=(SECRET, ROOT, CACHE, odd))) == []


def test_the_validator_has_nothing_to_say_about_the_demo(validate: Callable[[View], list[str]]) -> None:
    assert validate(view(fourfold.scan(PROJECT / "src/fourfold/demo"), texts=True)) == []


def test_it_is_json_with_a_line_end() -> None:
    text = render(SAMPLE)
    assert text.endswith("}\n")
    assert json.loads(text)["version"] == "2.1.0"

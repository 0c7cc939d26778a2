"""The expansion against AWS's own translator, on templates of every construct and on real ones."""

from __future__ import annotations

import json
import logging
from collections.abc import Iterator
from importlib import resources
from pathlib import Path
from typing import Any

import pytest
from sources.cloudformation.sam import oracle

from fourfold.sources.cloudformation.sam import merge

pytest.importorskip(
    "samtranslator",
    reason="aws-sam-translator is not installed (`./test` installs it): the expansion is not compared with it",
)

TEMPLATES = sorted((Path(__file__).parent / "templates").glob("*.yaml"))


@pytest.fixture(autouse=True)
def _translator(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setenv("AWS_DEFAULT_REGION", oracle.REGION)
    logging.disable(logging.CRITICAL)
    yield
    logging.disable(logging.NOTSET)


def compared(template: dict[str, Any]) -> list[str]:
    count, found = oracle.differences(template, oracle.translated(template))
    assert count
    return found


def data(name: str) -> Any:
    return json.loads(resources.files("fourfold.sources.cloudformation.sam").joinpath(name).read_text("utf-8"))


@pytest.mark.parametrize("path", TEMPLATES, ids=lambda path: path.stem)
def test_templates_of_every_construct(path: Path) -> None:
    assert compared(oracle.load(path.read_text())) == []


def test_policy_templates() -> None:
    """Every policy template, with a parameter of each kind of value."""
    import samtranslator

    folder = Path(samtranslator.__file__).parent / "policy_templates_data"
    theirs = json.loads((folder / "policy_templates.json").read_text())["Templates"]
    assert set(data("policy_templates.json")) == set(theirs)
    for value in ("name", {"Ref": "Given"}, {"Fn::Sub": "${Given}-x"}):
        functions = {
            f"F{name}".replace("_", ""): {
                "Type": "AWS::Serverless::Function",
                "Properties": {
                    "InlineCode": "x", "Runtime": "python3.13", "Handler": "a.b",
                    "Policies": [{name: dict.fromkeys(policy["Parameters"], value)}],
                },
            }
            for name, policy in theirs.items()
        }  # fmt: skip
        template = {
            "Transform": oracle.TRANSFORM,
            "Parameters": {"Given": {"Type": "String"}},
            "Resources": functions,
        }
        assert compared(template) == []


def test_connectors() -> None:
    """Every pair of source and destination, with every permission that it has."""
    profiles = data("connectors.json")
    pairs = [
        (source, profile["to"], [kind for kind in ("Read", "Write") if kind in profile])
        for profile in profiles["policies"]
        for source in profile["from"]
    ]
    pairs += [(source, "AWS::Lambda::Function", ["Write"]) for source in profiles["permissions"]]
    pairs += [(source, to, ["Write"]) for to, sources in profiles["resource_policies"].items() for source in sources]
    connectors = {
        f"Connector{index}": {
            "Type": "AWS::Serverless::Connector",
            "Properties": {"Source": _end(source, "from"), "Destination": _end(to, "to"), "Permissions": permissions},
        }
        for index, (source, to, permissions) in enumerate(pairs)
    }
    assert len(connectors) >= 30
    assert compared({"Transform": oracle.TRANSFORM, "Resources": connectors}) == []


def _end(kind: str, name: str) -> dict[str, str]:
    return {
        "Type": kind, "Arn": f"arn:aws:x:eu-west-1:1:{name}", "RoleName": f"{name}-role", "ResourceId": f"{name}-id",
        "Name": name, "QueueUrl": f"https://example.com/{name}", "Qualifier": "*",
    }  # fmt: skip


def test_what_globals_can_say() -> None:
    from samtranslator.plugins.globals.globals import Globals

    theirs = {kind.rpartition("::")[2]: sorted(names) for kind, names in Globals.supported_properties.items()}
    for section, names in merge.SUPPORTED.items():
        assert names.split() == theirs[section]


def test_real_templates(shared: Path) -> None:
    from samtranslator.model.exceptions import InvalidDocumentException
    from yaml import YAMLError

    equal = resources_read = 0
    for path in sorted((shared / "corpus").rglob("*.y*ml")):
        text = path.read_text()
        if oracle.TRANSFORM not in text:
            continue
        try:
            template = oracle.load(text)
            output = oracle.translated(template)
        except (InvalidDocumentException, YAMLError):
            continue  # a template that AWS refuses
        count, found = oracle.differences(template, output)
        assert found == [], path.name
        equal += 1
        resources_read += count
    assert (equal, resources_read) >= (40, 400)

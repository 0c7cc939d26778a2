"""Decisions that the AWS documentation states, one case each: `cases/*.toml`.

A file has `page` (where the documentation says it; a case may name another), `[documents]` that cases name, and `[[case]]`
with `name`, `principal`, `action`, `resource`, `context`, `facts`, `layers` (kinds to names of documents, or to lists of names
for levels) and `expect`: an outcome, or `undecided`. `assumed` and `because` are parts of what the decision says besides.
"""

import tomllib
from pathlib import Path

import pytest

from fourfold.errors import UsageError
from fourfold.iam import decide

FILES = sorted(Path(__file__).parent.joinpath("cases").glob("*.toml"))
COMMON = {
    "everything": {"Statement": {"Effect": "Allow", "Action": "*", "Resource": "*"}},
    "nothing": {"Statement": []},
    "never": {"Statement": {"Effect": "Deny", "Action": "*", "Resource": "*"}},
}
FIELDS = {
    "name", "principal", "action", "resource", "context", "facts", "layers", "expect", "assumed", "because", "page", "version",
}  # fmt: skip


def cases():
    for file in FILES:
        given = tomllib.loads(file.read_text())
        for case in given["case"]:
            assert not case.keys() - FIELDS, (file.name, case["name"])
            yield pytest.param(given, {**given.get("defaults", {}), **case}, id=f"{file.stem}: {case['name']}")


def named(given, name):
    if isinstance(name, list):
        return [named(given, one) for one in name]
    return {"Version": "2012-10-17", **{**COMMON, **given.get("documents", {})}[name]}


@pytest.mark.parametrize(("given", "case"), list(cases()))
def test_case(given, case) -> None:
    assert case.get("page", given["page"]).startswith("https://docs.aws.amazon.com/")
    request = {
        "principal": case["principal"],
        "action": case["action"],
        "resource": case.get("resource", "*"),
        "context": case.get("context", {}),
    }
    layers = {kind: [named(given, name) for name in names] for kind, names in case["layers"].items()}
    if case["expect"] == "undecided":
        with pytest.raises(UsageError, match=case["because"]):
            decide(request, layers, case.get("facts"))
        return
    decision = decide(request, layers, case.get("facts"))
    assert decision.outcome == case["expect"], decision
    assert case.get("because", "") in decision.reason
    assert case.get("assumed", "") in "\n".join(decision.assumed)


def test_names_say_which_case() -> None:
    names = [param.id for param in cases()]
    assert len(set(names)) == len(names) > 150

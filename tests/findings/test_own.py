"""Users' own checks, from the settings of the scanned folder."""

from pathlib import Path

import pytest

import fourfold
from fourfold.findings.own import own_checks
from fourfold.pipeline import builtin_checks, checks_for

ROW = {
    "id": "queue_without_name",
    "code": "FF3901",
    "severity": "low",
    "type": "AWS::SQS::Queue",
    "path": "QueueName",
    "present": True,
    "title": "queue `{name}` has no name",
}


def test_an_own_check_is_asked_like_any_other(tmp_path: Path) -> None:
    (tmp_path / "template.yaml").write_text("Resources:\n  Jobs:\n    Type: AWS::SQS::Queue\n")
    rows = "".join(f"{key} = {str(value).lower() if value is True else repr(value)}\n" for key, value in ROW.items())
    (tmp_path / "fourfold.toml").write_text("[[check]]\n" + rows)
    (found,) = fourfold.scan(tmp_path, only=["queue_without_name"]).findings
    assert (found.title, found.principle, found.code) == ("queue `Jobs` has no name", "defense_in_depth", "FF3901")
    assert "FF3901" in {check.code for check in checks_for(tmp_path)}
    assert "FF3901" in {f.code for f in fourfold.scan(tmp_path).findings}


@pytest.mark.parametrize(
    ("change", "says"),
    [
        ({"id": "Bad Id"}, "its id is not"),
        ({"code": "XX1"}, "its code is not"),
        ({"code": "FF9001"}, "its code is not"),
        ({"code": "FF3001"}, "the code `FF3001` is taken"),
        ({"id": "writable_root_filesystem"}, "is taken"),
        ({"severity": "huge"}, "its severity is none of"),
        ({"title": "{name.__class__}"}, "its title may hold"),
        ({"title": "{name:>999999999}"}, "its title may hold"),
        ({"title": "{oops}"}, "its title may hold"),
        ({"title": "{"}, "a brace without a partner"),
        ({"type": ["AWS::SQS::Queue", 3]}, "is not a text"),
        ({"unless": "KmsKey"}, "`unless` is not a list"),
        ({"at_least": "x"}, "`at_least` is not a number"),
        ({"what": 1}, "has unknown key `what`"),
        ({"path": None}, "`path` is not a text"),
    ],
)
def test_what_does_not_fit_is_a_problem(change: dict[str, object], says: str) -> None:
    checks, (problem,) = own_checks([ROW | change], builtin_checks(), "fourfold.toml")
    assert checks == []
    assert says in problem.reason
    assert problem.file == "fourfold.toml"


def test_a_check_that_lacks_something_is_a_problem() -> None:
    for key in ROW:
        checks, problems = own_checks([{k: v for k, v in ROW.items() if k != key}], [], "fourfold.toml")
        assert (checks, len(problems)) == ([], 1), key

"""The report for machines."""

import json
from pathlib import Path

import fourfold
from fourfold.reports.json import render
from fourfold.reports.plain import view

TASK = """{
  "family": "orders",
  "containerDefinitions": [
    {
      "name": "orders",
      "image": "example/orders:1.4"
    }
  ]
}
"""


def test_a_finding_has_the_fields_of_the_contract(tmp_path: Path) -> None:
    (tmp_path / "task.json").write_text(TASK)
    document = json.loads(render(view(fourfold.scan(tmp_path, only=["FF3001"]))))
    assert (document["schema"], document["fourfold"]) == (1, fourfold.__version__)
    (found,) = document["findings"]
    assert found == found | {
        "check": "writable_root_filesystem",
        "code": "FF3001",
        "principle": "defense_in_depth",
        "certainty": "proved",
        "condition": "",
        "address": "orders/container/orders",
        "resource_type": "AWS::ECS::TaskDefinition",
        "file": "task.json",
        "line": 4,
        "column": 5,
        "end_line": 4,
        "related": [],
        "evidence": {},
    }
    assert found["fix"]["safe"] is False
    (edit,) = found["fix"]["edits"]
    assert (edit["op"], edit["path"], edit["value"]) == ("insert", ["ReadonlyRootFilesystem"], True)
    assert (edit["line"], edit["end_line"]) == (4, 7)


def test_the_summary_counts_questions_and_scores_each_principle(tmp_path: Path) -> None:
    (tmp_path / "task.json").write_text(TASK)
    summary = json.loads(render(view(fourfold.scan(tmp_path, only=["FF3001"]))))["summary"]
    assert summary["files"] == summary["resources"] == summary["questions"] == 1
    assert summary["by_principle"]["defense_in_depth"]["score"] == 0
    assert summary["by_principle"]["supply_chain"]["score"] is None, "nothing was asked"

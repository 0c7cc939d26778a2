"""What a fix becomes in the text."""

from pathlib import Path

import fourfold
from fourfold.reports.plain import view
from fourfold.reports.view import Hunk, Replacement

TEMPLATE = """\
Resources:
  Task:
    Type: AWS::ECS::TaskDefinition
    Properties:
      ContainerDefinitions:
        - Name: web
          Image: example/web:1
          ReadonlyRootFilesystem: false
          Essential: true
"""


def test_a_change_as_replacement_and_as_hunk(tmp_path: Path) -> None:
    (tmp_path / "t.yaml").write_text(TEMPLATE)
    fix = view(fourfold.scan(tmp_path, only=["FF3001"]), texts=True).items[0].fix
    assert fix is not None
    assert fix.replacements == (Replacement("t.yaml", 8, 35, 8, 40, "true"),)
    assert fix.hunks == (
        Hunk(
            "t.yaml",
            6,
            (
                "         - Name: web",
                "           Image: example/web:1",
                "-          ReadonlyRootFilesystem: false",
                "+          ReadonlyRootFilesystem: true",
                "           Essential: true",
            ),
        ),
    )


def test_replacements_and_hunks_say_the_same(tmp_path: Path) -> None:
    """Applied to the text, the replacements give every added line, and no removed one that was not added again."""
    root = Path(fourfold.__file__).parent / "demo"
    fixes = [i.fix for i in view(fourfold.scan(root), texts=True).items if i.fix and i.fix.replacements]
    assert len(fixes) > 3
    for fix in fixes:
        for file in {r.file for r in fix.replacements}:
            text = (root / file).read_text()
            starts = [0]
            for line in text.splitlines(keepends=True):
                starts.append(starts[-1] + len(line))
            for r in sorted((r for r in fix.replacements if r.file == file), key=lambda r: (-r.line, -r.column)):
                begin, end = starts[r.line - 1] + r.column - 1, starts[r.end_line - 1] + r.end_column - 1
                text = text[:begin] + r.text + text[end:]
            lines = text.splitlines()
            added = [line[1:] for h in fix.hunks if h.file == file for line in h.lines if line[:1] == "+"]
            assert added or any(line[:1] == "-" for h in fix.hunks for line in h.lines)
            assert [line for line in added if line not in lines and "***" not in line] == []


def test_without_texts_nothing_is_lowered(tmp_path: Path) -> None:
    (tmp_path / "t.yaml").write_text(TEMPLATE)
    fix = view(fourfold.scan(tmp_path, only=["FF3001"])).items[0].fix
    assert fix is not None
    assert (fix.replacements, fix.hunks) == ((), ())
    assert len(fix.changes) == 1

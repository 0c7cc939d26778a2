"""Writes what fourfold finds in the real inputs of `shared/corpus`: `python -m tools.snapshot`.

The files are kept in `tests/corpus/`, one for each folder of the corpus; a test compares them. When they change, read the
difference by eye: each line that comes or goes is a verdict that changed.
"""

from __future__ import annotations

import os
import sys
from pathlib import Path

import fourfold

ROOT = Path(__file__).resolve().parent.parent
KEPT = ROOT / "tests" / "corpus"


def render(folder: Path) -> str:
    """Findings, problems and the number of open questions of one folder, a line each."""
    os.environ["FOURFOLD_TODAY"] = "2026-11-22"
    report = fourfold.scan(folder)
    lines = []
    for f in report.findings:
        sure = {"proved": "", "when": f" when {f.condition}", "possible": f" possibly: {f.condition}"}[f.certainty]
        lines.append(f"{f.span.file}:{f.span.line} {f.code} {f.check} {f.severity} {f.address}{sure}")
    lines += [f"{p.file}:{p.line} problem: {p.reason}" for p in report.problems]
    unknown: dict[str, int] = {}
    for u in report.unknown:
        unknown[u.check] = unknown.get(u.check, 0) + 1
    lines += [f"~ {name} could not be decided {count} times" for name, count in unknown.items()]
    return "\n".join(sorted(lines)) + "\n"


def main() -> None:
    """Write all snapshots."""
    corpus = Path(os.environ.get("FOURFOLD_SHARED", ROOT.parent / "shared")) / "corpus"
    for folder in sorted(p for p in corpus.iterdir() if p.is_dir()):
        text = render(folder)
        (KEPT / f"{folder.name}.txt").write_text(text)
        print(f"{folder.name}: {text.count(chr(10))} lines", file=sys.stderr)


if __name__ == "__main__":
    main()

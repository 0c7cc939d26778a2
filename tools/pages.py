"""Writes the pages of the checks: `python -m tools.pages`. A test compares them with what is committed."""

from __future__ import annotations

import sys
from pathlib import Path

from fourfold.findings.check import Check
from fourfold.findings.principles import PRINCIPLES
from fourfold.pipeline import builtin_checks

ROOT = Path(__file__).resolve().parent.parent


def render() -> dict[str, str]:
    """Path below the project: text."""
    checks = builtin_checks()
    pages = {f"docs/checks/{check.id}.md": _page(check) for check in checks}
    lines = ["# The checks", "", "Made from the checks themselves by `python -m tools.pages`.", ""]
    for principle, title in PRINCIPLES.items():
        lines += [f"## {title}", "", "| code | check | severity | what is wrong |", "|---|---|---|---|"]
        lines += [
            f"| {c.code} | [{c.id}](checks/{c.id}.md) | {c.severity} | {c.title} |"
            for c in checks
            if c.principle == principle
        ]
        lines.append("")
    pages["docs/checks.md"] = "\n".join(lines)
    return pages


def _page(check: Check) -> str:
    title, _, rest = check.page.partition("\n")
    facts = [
        f"`{check.id}` ({check.code})",
        PRINCIPLES[check.principle].lower(),
        check.severity,
        f"since {check.since}",
    ]
    refs = f"\n\nThe same demand elsewhere: {', '.join(f'`{ref}`' for ref in check.refs)}." if check.refs else ""
    return f"# {title}\n\n{' - '.join(facts)}\n\n{rest.strip()}{refs}\n"


def main() -> None:
    """Write what is missing or old; remove pages of checks that are gone."""
    pages = render()
    (ROOT / "docs" / "checks").mkdir(parents=True, exist_ok=True)
    for gone in (ROOT / "docs" / "checks").glob("*.md"):
        if str(gone.relative_to(ROOT)) not in pages:
            gone.unlink()
    for path, text in pages.items():
        (ROOT / path).write_text(text)
    print(f"{len(pages)} pages", file=sys.stderr)


if __name__ == "__main__":
    main()

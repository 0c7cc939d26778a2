"""Lowers edits into each format, and proves them.

`plan(report, findings)` gives the changed files for as many of the findings as can be proved; nothing is written.
"""

from fourfold.fixes.prove import FileChange, Plan, Refused, plan

__all__ = ["FileChange", "Plan", "Refused", "plan"]

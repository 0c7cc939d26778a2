"""How bad a finding is, and how sure."""

from __future__ import annotations

from typing import Literal

Severity = Literal["critical", "high", "medium", "low", "info"]
Certainty = Literal["proved", "possible", "when"]

CRITICAL: Severity = "critical"
HIGH: Severity = "high"
MEDIUM: Severity = "medium"
LOW: Severity = "low"
INFO: Severity = "info"

ORDER: dict[str, int] = {CRITICAL: 0, HIGH: 1, MEDIUM: 2, LOW: 3, INFO: 4}
"""Worst first."""

SCORE: dict[str, str] = {CRITICAL: "9.5", HIGH: "8.0", MEDIUM: "5.5", LOW: "3.0", INFO: "1.0"}
"""`security-severity` as GitHub groups it: over 9 critical, 7 to 8.9 high, 4 to 6.9 medium, 0.1 to 3.9 low."""


def at_least(severity: str, threshold: str) -> bool:
    """Whether `severity` is as bad as `threshold`, or worse."""
    return ORDER[severity] <= ORDER[threshold]

"""Where parsing stops, and how deep it goes."""

from __future__ import annotations

DEPTH_MAX = 120
"""Expressions and blocks inside each other."""


class Fault(Exception):  # noqa: N818
    """Where parsing stopped, and why."""

    def __init__(self, at: int, reason: str) -> None:
        super().__init__(reason)
        self.at = at

"""What an exact engine answers: a proof, a witness, or why it does not know."""

from __future__ import annotations

from typing import Any, Literal

import msgspec


class Proved(msgspec.Struct, frozen=True):
    """The property holds for every point."""

    verdict: Literal["proved"] = "proved"

    request: None = None
    trace: tuple[str, ...] = ()
    reason: str = ""


class Witness(msgspec.Struct, frozen=True):
    """The property does not hold: here is a point that shows it, checked by an evaluator that knows nothing of atoms."""

    request: dict[str, Any]
    trace: tuple[str, ...] = ()
    """What decides at the point, one sentence each."""

    verdict: Literal["witness"] = "witness"
    reason: str = ""


class Unknown(msgspec.Struct, frozen=True):
    """Neither proved nor refuted. It is no proof, and no finding."""

    reason: str
    verdict: Literal["unknown"] = "unknown"
    request: None = None
    trace: tuple[str, ...] = ()


Answer = Proved | Witness | Unknown
"""`verdict` is `proved`, `witness` or `unknown`; `request`, `trace` and `reason` can be asked of each."""

"""Values that a template's parameter decides."""

from __future__ import annotations

from fourfold.model.value import Value


def parameter_of(value: Value) -> str:
    """Name of the parameter whose default or allowed value this is, or that gives it; empty where none does."""
    for step in getattr(value, "provenance", ()):
        before, tick, rest = step.note.partition("parameter `")
        if tick and before in {"", "default of ", "allowed value of "}:
            return str(rest.partition("`")[0])
    return ""

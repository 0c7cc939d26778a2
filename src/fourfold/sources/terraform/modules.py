"""Where the files of a called module lie in the scanned tree. Nothing is fetched.

Sources: Terraform language documentation, "Module Sources"; `.terraform/modules/modules.json` is the manifest that
`terraform init` and `terraform get` write: `{"Modules": [{"Key": "vpc", "Source": ..., "Version": ..., "Dir": ...}]}`.
"""

from __future__ import annotations

import json
import posixpath
import re

from fourfold.sources.terraform.evaluate.config import Declaration
from fourfold.sources.terraform.files import inside
from fourfold.sources.tree import Tree

MANIFEST = ".terraform/modules/modules.json"
MANIFEST_BYTES_MAX = 4 * 1024 * 1024

_REGISTRY = re.compile(r"(?:registry\.terraform\.io/)?([\w-]+)/([\w-]+)/([\w-]+)")
_STEP = re.compile(r'module\.([^.\[]+)(?:\[(?:"(?:[^"\\]|\\.)*"|\d+)\])?\.')


def is_local(source: str) -> bool:
    """Whether a module source is a path."""
    return source.startswith(("./", "../")) or source in (".", "..")


def key_of(path: str, name: str) -> str:
    """The key of a call in the manifest: `vpc.subnets`, from the module instance's path and the call's name."""
    return ".".join((*_STEP.findall(path), name))


def manifest(tree: Tree, folder: str) -> dict[str, str]:
    """Folder (from the tree's root) by key, of the modules that were installed for a root module."""
    path = posixpath.join(folder, MANIFEST)
    data = tree.data(path) if tree.has(path) else None
    if data is None or len(data) > MANIFEST_BYTES_MAX:
        return {}
    try:
        rows = json.loads(data)["Modules"]
    except (ValueError, KeyError, TypeError, RecursionError):
        tree.problem(path, 0, "is not the list of modules that `terraform init` writes; run it again")
        return {}
    out = {}
    for row in rows if isinstance(rows, list) else ():
        if isinstance(row, dict) and isinstance(row.get("Key"), str) and isinstance(row.get("Dir"), str):
            where = inside(folder, row["Dir"])
            if where is not None:
                out[row["Key"]] = where
    return out


def repository(source: str) -> str | None:
    """The git repository behind a module source; None where it is not known.

    A module of the public registry lies in `terraform-PROVIDER-NAME` of its namespace on GitHub: the registry asks for that.
    """
    source = source.partition("//")[0] if "://" not in source else source
    registry = _REGISTRY.fullmatch(source)
    if registry:
        return f"https://github.com/{registry[1]}/terraform-{registry[3]}-{registry[2]}"
    url = source.removeprefix("git::").partition("?")[0]
    head, mark, rest = url.partition("://")
    url = head + mark + rest.partition("//")[0]
    if url.startswith("github.com/"):
        return f"https://{url}"
    return url if source.startswith(("git::", "git@")) or url.endswith(".git") else None


def below(source: str) -> str:
    """The folder inside a repository that a source names behind `//`."""
    rest = source.partition("://")[2] or source
    return rest.partition("//")[2].partition("?")[0]


def reference(source: str) -> str:
    """The branch, tag or commit that a git source names."""
    return source.partition("?ref=")[2].partition("&")[0]


def shown(name: str, declared: Declaration) -> str:
    """A call as a message names it: "module `vpc` (terraform-aws-modules/vpc/aws 5.1.2)"."""
    source, version = declared.text("source"), declared.text("version")
    return f"module `{name}` ({' '.join(filter(None, (source or 'no source', version)))})"

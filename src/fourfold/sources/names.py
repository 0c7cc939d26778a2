"""What a file may be, by its name alone: nothing else is opened."""

from __future__ import annotations

import re
from typing import Literal

Kind = Literal["yaml", "json", "template", "dockerfile", "terraform", "tfvars", "log", ""]
"""`template` is CloudFormation's own suffix, for YAML or JSON; `tfvars` is read only as a part of a Terraform
configuration; an empty kind is nothing fourfold reads."""

_SUFFIXES: dict[str, Kind] = {
    "yaml": "yaml",
    "yml": "yaml",
    "json": "json",
    "template": "template",
    "dockerfile": "dockerfile",
    "containerfile": "dockerfile",
    "tf": "terraform",
    "tofu": "terraform",
    "tfvars": "tfvars",
    "tfstate": "json",
    "txt": "log",
    "log": "log",
}

_DOCKERFILE = re.compile(r"(?:dockerfile|containerfile)(?:[._-](?P<tag>.+))?")

_NOT_DOCKERFILES = frozenset(
    (
        "dockerignore md rst html xml toml ini cfg conf lock sum bak orig rej swp swo diff patch "
        "j2 jinja jinja2 tmpl tpl template mustache erb gotmpl ejs hbs in dhall "
        "py pyc pyi rb go rs js mjs cjs ts tsx jsx java kt cs fs c h cc cpp hpp php pl lua swift scala groovy vim el "
        "sh bash zsh ps1 bat sql tf png svg jpg gif zip gz tar pdf"
    ).split()
)
"""Suffixes of texts about Dockerfiles, of programs, and of what only becomes a Dockerfile by another tool."""

_OURS = re.compile(
    r"""
    (?: template | serverless\.template | cloudformation | (?:docker-)?compose(?:[._-][^/]*)? | kustomization
      | task-?def(?:inition)? | Chart
    ) \. (?: ya?ml | json | template )
    """,
    re.VERBOSE | re.IGNORECASE,
)


def kind_of(name: str) -> Kind:
    """The kind of a file name, without its folder."""
    if name == "Kustomization":
        return "yaml"
    if name == "terragrunt.hcl":
        return "terraform"
    if name.endswith(".tfstate.backup"):
        return "json"
    stem, dot, suffix = name.rpartition(".")
    lowered = suffix.lower()
    kind = _SUFFIXES.get(lowered, "") if dot else ""
    if kind and kind != "log":
        return kind if stem or kind == "dockerfile" else ""
    if name == "Kustomization":
        return "yaml"
    if (name[0] in "dDcC") and (found := _DOCKERFILE.fullmatch(name.lower())):
        tag = found["tag"] or ""
        return "" if tag.rpartition(".")[2] in _NOT_DOCKERFILES or name.endswith("~") else "dockerfile"
    return kind


def ours_by_name(name: str) -> bool:
    """Whether the name alone says that the file is infrastructure as code, so that it is missed where it is unreadable."""
    return kind_of(name) in ("dockerfile", "terraform") or name == "Kustomization" or _OURS.fullmatch(name) is not None

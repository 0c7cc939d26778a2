"""Dockerfiles, with stages as resources: see `stages` for their properties.

Source: https://docs.docker.com/reference/dockerfile/.
"""

from __future__ import annotations

import re

from fourfold.model.place import Source
from fourfold.model.resource import Reading
from fourfold.sources.dockerfile.stages import Stages
from fourfold.sources.tree import Tree

# The first line that is neither blank nor a comment.
_FIRST = re.compile(rb"(?:[ \t\r\n\f]|#[^\n]*(?:\n|\Z)|\xef\xbb\xbf)*(?:FROM|ARG)[ \t]", re.IGNORECASE)

_PLAIN_NAMES = ("dockerfile", "containerfile")


def claims(path: str, data: bytes) -> bool:
    """Whether this is a Dockerfile: by its whole name, or by a part of it and the instruction it begins with."""
    return path[path.rfind("/") + 1 :].lower() in _PLAIN_NAMES or _FIRST.match(data) is not None


def unit_of(path: str) -> str:
    """What the addresses of a file's stages begin with: its folder, or the whole path where that would not tell enough."""
    folder, _, name = path.rpartition("/")
    return folder if folder and name.lower() in _PLAIN_NAMES else path


def read(source: Source, tree: Tree) -> Reading:
    """The stages of one Dockerfile."""
    stages = Stages(source, unit_of(source.path))
    return Reading(stages.resources, stages.problems)

"""What code is made of, and what watches it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

from fourfold.model.nodes.node import NOTHING, Node
from fourfold.model.value import Value

if TYPE_CHECKING:
    from fourfold.model.nodes.compute import Variable


class Image(Node, frozen=True, kw_only=True, eq=False):
    """An image that a Dockerfile of the scan builds, as its last stage describes it."""

    base: Value = NOTHING
    """What the last stage starts from, with build arguments resolved; another stage is followed to its own base."""
    user: Value = NOTHING
    """The last USER of the stage or of the stages it is built on; absent: the base image's (usually root)."""
    health_check: Value = NOTHING
    steps: tuple[BuildStep, ...] = ()
    """All instructions of all stages, in order."""
    variables: tuple[Variable, ...] = ()
    """ENV and ARG with values."""
    entrypoint: Value = NOTHING
    command: Value = NOTHING
    ports: Value = NOTHING


class BuildStep(Node, frozen=True, kw_only=True, eq=False):
    """One instruction."""

    instruction: str
    """Upper case: `RUN`, `COPY`, `ADD`, `FROM`, ..."""
    arguments: Value = NOTHING
    """What follows, as one text, with continuation lines joined."""
    flags: Value = NOTHING
    """A mapping of `--name=value`."""
    stage: str = ""
    final: bool = True
    """Whether its stage is part of the image that is shipped."""


class Detector(Node, frozen=True, kw_only=True, eq=False):
    """Something that watches: GuardDuty, Security Hub, Config, an alarm, a scanner of a registry."""

    kind: Literal["guardduty", "securityhub", "config", "inspector", "macie", "alarm", "image-scan", "access-analyzer"]
    enabled: Value = NOTHING

"""Mounting file systems of Amazon EFS.

Source: https://docs.aws.amazon.com/efs/latest/ug/iam-access-control-nfs-efs.html - a file system without a policy of its own
has one that lets in every client that can reach a mount target, signed or not.
"""

from __future__ import annotations

from collections.abc import Iterator

from fourfold.engines.iam.decision import Extra, Layers
from fourfold.engines.iam.request import Request

_CLIENT = "elasticfilesystem:client"


def grants(request: Request, layers: Layers) -> Iterator[Extra]:
    """What the default policy allows."""
    if request.action.lower().startswith(_CLIENT) and not any(layers.get("resource", ())):
        yield Extra("default file system policy", frozenset({"free"}))

"""Every exception a user can meet. Each says what to do next."""

from __future__ import annotations


class FourfoldError(Exception):
    """Base of them all; the message is for the user."""


class UsageError(FourfoldError):
    """An option, check name or setting that does not exist or does not fit."""


class NothingToReadError(FourfoldError):
    """The path does not exist, or holds nothing fourfold reads."""

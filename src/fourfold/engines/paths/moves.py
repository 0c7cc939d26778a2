"""What somebody can come to hold, and the moves by which: plain data.

A move follows from facts that are proved by another engine (a packet gets through, a request is allowed) or are written in
a file. What is only assumed - a flaw in code - is said with it, and so is what nobody knows.
"""

from __future__ import annotations

from typing import Any, Literal

import msgspec

from fourfold.model.edit import Edit
from fourfold.model.place import Span

Kind = Literal["start", "outside", "call", "run", "node", "hold", "read", "write", "destroy", "administer"]
"""What is held: `outside` an address on the internet, `call` requests that reach code, `run` code of one's own in it,
`node` the machine below containers, `hold` the credentials of an identity, `read`, `write` and `destroy` data,
`administer` everything."""
Goal = Literal["data", "administrator", "destroy", "compute"]


class Fact(msgspec.Struct, frozen=True, order=True):
    """Something that somebody holds."""

    kind: Kind
    subject: str
    """Key of a node or resource, ARN of an identity."""
    name: str = ""
    """What people call the subject."""

    def __str__(self) -> str:
        return f"{_SAID[self.kind]} {self.name or self.subject}"


_SAID: dict[str, str] = {
    "start": "start as", "outside": "be on", "call": "call", "run": "run code in", "node": "control the machine of",
    "hold": "act as", "read": "read", "write": "change", "destroy": "destroy", "administer": "administer",
}  # fmt: skip


class Remedy(msgspec.Struct, frozen=True):
    """A change of the files."""

    text: str
    """What it does, in one sentence."""
    edits: tuple[Edit, ...]
    address: str
    """Of the resource that it changes."""
    span: Span
    safe: bool = False
    """Whether everything that works surely works as before."""


class Move(msgspec.Struct, frozen=True, kw_only=True):
    """One step of a path."""

    id: str
    """Which kind of move: a name of ours, or of a public catalogue."""
    technique: str
    """MITRE ATT&CK."""
    premises: tuple[Fact, ...]
    conclusion: Fact
    text: str
    """One sentence: what happens, without what was held before."""
    spans: tuple[Span, ...] = ()
    """Where it is written, what decides first."""
    witness: dict[str, Any] = {}
    """The request or packet that shows it."""
    assumes: str = ""
    """What must be so besides what is proved."""
    missing: str = ""
    """What is not known, and would have to be so."""
    when: str = ""
    """The condition of the template under which it holds."""
    log: str = ""
    """Which log would show it; empty: none does."""
    effort: int = 1
    """How far-fetched it is: 1 for what is proved, more for what is assumed or unknown."""
    remedies: tuple[Remedy, ...] = ()
    """Changes of the files that may take it away; whether they do is tried."""

    @property
    def key(self) -> tuple[str, tuple[Fact, ...], Fact, str]:
        """The same for the same move in two scans."""
        return self.id, self.premises, self.conclusion, self.text

    @property
    def certainty(self) -> Literal["proved", "assumed", "unknown"]:
        return "unknown" if self.missing else "assumed" if self.assumes else "proved"


class Path(msgspec.Struct, frozen=True, kw_only=True):
    """A way from what an actor has to a goal, premises before conclusions."""

    actor: str
    goal: Goal
    target: Fact
    moves: tuple[Move, ...]
    effort: int

    @property
    def weakest(self) -> str:
        """The assumption or unknown that it hangs on most."""
        worst = max(self.moves, key=lambda m: m.effort, default=None)
        return (worst.missing or worst.assumes) if worst else ""

"""Many comparisons at once: a line of JSON in, a line of JSON out."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Any

from fourfold.errors import NothingToReadError
from fourfold.faces.cli.output import write
from fourfold.faces.cli.policy import PROVED, SHOWN, UNKNOWN
from fourfold.faces.cli.policy.answers import plain
from fourfold.faces.cli.policy.compare import ask
from fourfold.faces.cli.policy.documents import BYTES_MAX, KINDS

QUESTIONS = ("no_new_access", "equivalent", "disjoint")
_FIELDS = ("id", "reference", "candidate", "kind", "question")


def answer_all(name: str, kind: str | None) -> int:
    """Answer every line of a file; returns the exit status."""
    seen: set[str] = set()
    with _opened(name) as stream:
        for number, line in _lines(stream):
            row = {"line": number, **answer(line, kind or "identity")}
            seen.add(row["verdict"])
            write(json.dumps(row, ensure_ascii=False, separators=(",", ":")) + "\n", None)
    if "error" in seen:
        return 2
    return SHOWN if "witness" in seen else UNKNOWN if "unknown" in seen else PROVED


@contextmanager
def _opened(name: str) -> Iterator[IO[bytes]]:
    if name == "-":
        yield sys.stdin.buffer
        return
    try:
        stream = Path(name).open("rb")  # noqa: SIM115 - closed below; what reading raises is not told as a missing file
    except OSError as error:
        raise NothingToReadError(f"`{name}` cannot be read: {(error.strerror or 'error').lower()}") from error
    with stream:
        yield stream


def _lines(stream: IO[bytes]) -> Iterator[tuple[int, bytes]]:
    """The lines that are not blank, with their numbers; one that is too long comes as its beginning."""
    limit, number = 2 * BYTES_MAX, 0
    while line := stream.readline(limit + 1):
        number, rest = number + 1, line
        while len(rest) > limit and not rest.endswith(b"\n"):
            rest = stream.readline(limit + 1)
        if line.strip():
            yield number, line


def answer(line: bytes, kind: str) -> dict[str, Any]:
    """The answer to one line; the verdict `error` and a reason where it is no question."""
    if len(line) > 2 * BYTES_MAX:
        return _wrong(None, f"a line of more than {2 * BYTES_MAX:,} bytes")
    try:
        asked = json.loads(line)
    except (ValueError, RecursionError) as error:
        return _wrong(None, f"no JSON: {str(error).lower()}")
    if not isinstance(asked, dict):
        return _wrong(None, "a question is a JSON object")
    name, question, kind = asked.get("id"), asked.get("question", "no_new_access"), asked.get("kind", kind)
    wrong = [key for key in asked if key not in _FIELDS]
    if wrong:
        return _wrong(name, f"a question has no `{wrong[0]}`: it is {', '.join(_FIELDS)}")
    if question not in QUESTIONS:
        return _wrong(name, f"no question: `{question}`; one of {', '.join(QUESTIONS)}")
    if kind not in KINDS:
        return _wrong(name, f"no kind of policy: `{kind}`; one of {', '.join(KINDS)}")
    missing = [side for side in ("reference", "candidate") if not isinstance(asked.get(side), dict | str)]
    if missing:
        return _wrong(name, f"`{missing[0]}` must be a document or the JSON text of one")
    from fourfold.engines.iam.written import written

    sides = {side: written(asked[side], side) for side in ("reference", "candidate")}
    reference, candidate = ((one, one.policy(kind)) for one in sides.values())  # type: ignore[arg-type]
    found = ask(question, reference, candidate)
    return {"id": name, "question": question, **plain(found, candidate=candidate, reference=reference)}


def _wrong(name: Any, reason: str) -> dict[str, Any]:
    return {"id": name, "verdict": "error", "reason": reason}

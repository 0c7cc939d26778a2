"""Suppressions: findings that somebody decided to live with, and said why.

They stand in three places: `[[suppress]]` of `fourfold.toml`; a comment on the line of the finding's place, or the one
above (YAML, Dockerfile):

    # fourfold:ignore writable_root_filesystem until=2027-05-31 reason="the vendor's image writes to /opt"

and `Metadata` of a resource, for JSON and what CDK writes:

    "Metadata": {"fourfold": {"ignore": [{"check": "FF3001", "reason": "...", "until": "2027-05-31"}]}}

Nothing is hidden in silence: a suppressed finding is counted, one without a reason does not count, and one that is
expired, suppresses nothing or names no check is a problem.
"""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Iterable, Iterator
from fnmatch import fnmatchcase

import msgspec

from fourfold.config import Suppression
from fourfold.errors import UsageError
from fourfold.findings.check import Check, select
from fourfold.findings.finding import Finding
from fourfold.findings.report import Suppressed
from fourfold.model.graph import Graph
from fourfold.model.place import Problem, Source
from fourfold.model.value import Map, Seq, Value

MARK = "fourfold:ignore"
_COMMENT = re.compile(r"#\s*fourfold:ignore\b(?P<rest>.*)")
_REASON = re.compile(r"\breason=(?:\"([^\"]*)\"|'([^']*)'|(\S+))")
_UNTIL = re.compile(r"\buntil=(\S*)")


class _Mute(msgspec.Struct):
    """One suppression, wherever it is written, for one check name."""

    name: str
    because: str
    file: str
    line: int
    until: dt.date | None = None
    where: str = ""
    """From the settings file: matches file, address or id."""
    lines: tuple[int, ...] = ()
    """From a comment: the lines on which a finding of this file may begin."""
    address: str = ""
    """From metadata: the resource."""
    checks: frozenset[str] = frozenset()
    used: bool = False

    def covers(self, f: Finding) -> bool:
        if f.check not in self.checks:
            return False
        if self.lines:
            return f.span.file == self.file and f.span.line in self.lines
        if self.address:
            return f.address == self.address or f.address.startswith(self.address + "/")
        whom = (f.span.file, f.address, f.id)
        return any(fnmatchcase(text, self.where) for text in whom) or f.span.file.startswith(
            self.where.rstrip("/") + "/"
        )


def suppress(
    findings: Iterable[Finding],
    graph: Graph,
    settings: Iterable[Suppression],
    checks: list[Check],
    asked: Iterable[Check],
    today: dt.date,
) -> tuple[list[Finding], list[Suppressed], list[Problem]]:
    """Findings that stay, findings that were suppressed, and what is wrong with the suppressions.

    `checks` are all that exist, `asked` those that were run: a suppression of another one may well suppress nothing.
    """
    problems: list[Problem] = []
    mutes = [_Mute(s.check, s.because, s.file, s.line, s.until, where=s.where) for s in settings]
    mutes += _comments(graph, problems)
    mutes += _metadata(graph, problems)
    active = [m for m in mutes if _ready(m, checks, today, problems)]
    kept: list[Finding] = []
    hushed: list[Suppressed] = []
    for f in findings:
        mute = next((m for m in active if m.covers(f)), None)
        if mute is None:
            kept.append(f)
        else:
            mute.used = True
            hushed.append(Suppressed(f, mute.because, f"{mute.file}:{mute.line}" if mute.line else mute.file))
    ran = {c.id for c in asked}
    problems += [
        Problem(m.file, m.line, f"the suppression of `{m.name}` suppresses nothing; remove it")
        for m in active
        if not m.used and m.checks <= ran
    ]
    return kept, hushed, problems


def _ready(mute: _Mute, checks: list[Check], today: dt.date, problems: list[Problem]) -> bool:
    try:
        mute.checks = frozenset(c.id for c in select(checks, [mute.name]))
    except UsageError as error:
        problems.append(Problem(mute.file, mute.line, f"a suppression does not count: {error}"))
        return False
    if mute.until is not None and mute.until < today:
        why = f"the suppression of `{mute.name}` expired on {mute.until}; mend the finding or set a new date"
        problems.append(Problem(mute.file, mute.line, why))
        return False
    return True


def _comments(graph: Graph, problems: list[Problem]) -> Iterator[_Mute]:
    """Those in comments of the files that declare something."""
    sources: dict[str, Source] = {}
    for resource in graph.resources.values():
        sources.setdefault(resource.span.source.path, resource.span.source)
    for source in sources.values():
        at = source.text.find(MARK)
        if at < 0 or source.text.lstrip()[:1] in "{[":
            continue
        while at >= 0:
            line = source.position(at)[0]
            found = _COMMENT.search(source.line(line))
            if found:
                yield from _comment(source, line, found["rest"], problems)
            at = source.text.find(
                MARK, source.line_starts[line] if line < len(source.line_starts) else len(source.text)
            )


def _comment(source: Source, line: int, rest: str, problems: list[Problem]) -> Iterator[_Mute]:
    file, below = source.path, line + 1
    while source.line(below).lstrip().startswith("#"):
        below += 1
    reason = _REASON.search(rest)
    names = re.split(r"[,\s]+", _UNTIL.sub("", _REASON.sub("", rest)).strip())
    because = next((group for group in reason.groups() if group), "").strip() if reason else ""
    until = _UNTIL.search(rest)
    for name in filter(None, names):
        yield from _mute(name, because, until[1] if until else "", file, line, problems, lines=(line, below))
    if not any(names):
        problems.append(Problem(file, line, "a suppression names no check; it does not count"))


def _metadata(graph: Graph, problems: list[Problem]) -> Iterator[_Mute]:
    for resource in graph.resources.values():
        metadata = resource.metadata
        ours = metadata.entries_.get("fourfold") if isinstance(metadata, Map) else None
        ignore = ours.get("ignore") if ours is not None else None
        if not isinstance(ignore, Seq):
            continue
        for entry in ignore.items_:
            name, because, until = (_text(entry.get(key)) for key in ("check", "reason", "until"))
            if not isinstance(entry, Map):
                name, because, until = _text(entry), "", ""
            yield from _mute(name, because, until, entry.span.file, entry.span.line, problems, address=resource.address)


def _text(value: Value) -> str:
    plain = value.plain()
    return plain.strip() if isinstance(plain, str) else ""


def _mute(
    name: str,
    because: str,
    until: str,
    file: str,
    line: int,
    problems: list[Problem],
    *,
    lines: tuple[int, ...] = (),
    address: str = "",
) -> Iterator[_Mute]:
    day = None
    try:
        day = dt.date.fromisoformat(until) if until else None
    except ValueError:
        problems.append(Problem(file, line, f"a suppression has `until={until}`, which is no date; it does not count"))
        return
    if not because:
        why = f'the suppression of `{name}` gives no reason; it does not count until it says `reason="..."`'
        problems.append(Problem(file, line, why))
        return
    yield _Mute(name, because, file, line, day, lines=lines, address=address)

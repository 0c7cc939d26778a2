"""What must never be printed in full: values found to be secrets, wherever a report would show their text."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterable

from fourfold.findings.finding import Finding
from fourfold.model.place import Source, Span

STARS = "***"


def mask(secret: str) -> str:
    """The first two characters and stars, whatever the length; stars alone where it is shorter than eight.

    Quotes around it stay.
    """
    if len(secret) > 1 and secret[0] == secret[-1] and secret[0] in "\"'":
        return secret[0] + mask(secret[1:-1]) + secret[0]
    return secret[:2] + STARS if len(secret) >= 8 else STARS


class Redactor:
    """Shows source text with every secret of a report's findings masked."""

    def __init__(self, findings: Iterable[Finding]) -> None:
        spans: dict[str, set[tuple[int, int, Source]]] = {}
        for finding in findings:
            for span in finding.secrets:
                spans.setdefault(span.file, set()).add((span.start, span.end, span.source))
        self._secrets = {
            file: [Span(source, start, end) for start, end, source in sorted(found, key=lambda s: s[:2])]
            for file, found in spans.items()
        }
        self._longest = {file: max(s.end - s.start for s in found) for file, found in self._secrets.items()}

    def line(self, source: Source, number: int) -> str:
        """Line `number` (1-based) of a source, for people to see."""
        text = source.line(number)
        if source.path not in self._secrets or not 1 <= number <= len(source.line_starts):
            return text
        start = source.line_starts[number - 1]
        return self._masked(text, start, source.path)

    def text(self, span: Span) -> str:
        """The text of a stretch, for people to see."""
        return self._masked(span.source.text[span.start : span.end], span.start, span.file)

    def scrub(self, text: str, source: Source, start: int, end: int) -> str:
        """A text made from a stretch of a source: what was secret there is masked wherever it stands now."""
        for span in self._between(source.path, start, end):
            secret = span.source.text[span.start : span.end]
            text = text.replace(secret, mask(secret))
            inner = secret[1:-1] if secret[:1] in ("'", '"') else secret
            text = text.replace(inner, mask(inner)) if inner else text
        return text

    def _between(self, file: str, start: int, end: int) -> list[Span]:
        """Secrets that meet a stretch, in order. Only those that begin near enough are looked at."""
        secrets = self._secrets.get(file)
        if not secrets:
            return []
        first = bisect_left(secrets, start - self._longest[file], key=lambda s: s.start)
        last = bisect_left(secrets, end, key=lambda s: s.start)
        return [s for s in secrets[first:last] if s.end > start]

    def _masked(self, text: str, offset: int, file: str) -> str:
        for span in reversed(self._between(file, offset, offset + len(text))):
            start, end = max(span.start - offset, 0), min(span.end - offset, len(text))
            if start < end:
                shown = mask(span.source.text[span.start : span.end]) if span.start >= offset else STARS
                text = text[:start] + shown + text[end:]
        return text

"""What must never be printed in full: values found to be secrets, wherever a report would show their text."""

from __future__ import annotations

from collections.abc import Iterable

from fourfold.findings.finding import Finding
from fourfold.model.place import Source, Span

STARS = "***"


def mask(secret: str) -> str:
    """The first two characters and stars, whatever the length; stars alone where it is shorter than eight."""
    return secret[:2] + STARS if len(secret) >= 8 else STARS


class Redactor:
    """Shows source text with every secret of a report's findings masked."""

    def __init__(self, findings: Iterable[Finding]) -> None:
        self._secrets: dict[str, list[Span]] = {}
        for finding in findings:
            for span in finding.secrets:
                self._secrets.setdefault(span.file, []).append(span)

    def line(self, source: Source, number: int) -> str:
        """Line `number` (1-based) of a source, for people to see."""
        text = source.line(number)
        secrets = self._secrets.get(source.path)
        if not secrets or not 1 <= number <= len(source.line_starts):
            return text
        start = source.line_starts[number - 1]
        return self._masked(text, start, secrets)

    def text(self, span: Span) -> str:
        """The text of a stretch, for people to see."""
        text = span.source.text[span.start : span.end]
        return self._masked(text, span.start, self._secrets.get(span.file, ()))

    def _masked(self, text: str, offset: int, secrets: Iterable[Span]) -> str:
        for span in sorted(secrets, key=lambda s: -s.start):
            start, end = max(span.start - offset, 0), min(span.end - offset, len(text))
            if start < end:
                shown = mask(span.source.text[span.start : span.end]) if span.start >= offset else STARS
                text = text[:start] + shown + text[end:]
        return text

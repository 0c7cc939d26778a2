"""The example in a check's page: page, positive test, negative test and fix test at once.

A page holds one block of this form:

    ```diff template.yaml
      Resources:
        Queue:
          Type: AWS::SQS::Queue
          Properties:
    -       SqsManagedSseEnabled: false
    +       SqsManagedSseEnabled: true
    ```

Every line begins with two characters: `- ` only the old side has it, `+ ` only the new side, two blanks both, and
`! ` both, but the finding's place is here. The name after `diff` is the file's (`template.yaml` where it is left out);
a line `+++ NAME` inside the block begins a further file.

The old side must give findings of the check, each of which begins at a line marked `!`; where none is marked, at a `-`
line; where there is none of these either, its place must be around the `+` lines (an absence). The new side must give
none, and what the findings' fixes make of the old side must be the new side to the letter.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping

import msgspec

from fourfold.findings.check import Check
from fourfold.findings.finding import Finding, Undetermined

_BLOCK = re.compile(r"^```diff[ \t]*(\S*)[ \t]*\n(.*?)^```[ \t]*$", re.MULTILINE | re.DOTALL)
_FILE = re.compile(r"^\+\+\+ (\S+)$")

DEFAULT_NAME = "template.yaml"


class File(msgspec.Struct, frozen=True):
    """One file of an example, before and after."""

    name: str
    old: str
    new: str
    marks: frozenset[int]
    """Lines of the old side (1-based) where a finding may begin."""
    gaps: tuple[int, ...]
    """Lines of the old side after which the new side has something more."""


class Example(msgspec.Struct, frozen=True):
    """The example of one page."""

    files: tuple[File, ...]

    @property
    def old(self) -> dict[str, str]:
        """Text by file name, before."""
        return {f.name: f.old for f in self.files if f.old}

    @property
    def new(self) -> dict[str, str]:
        """Text by file name, after."""
        return {f.name: f.new for f in self.files if f.new}


class Judged(msgspec.Struct, frozen=True):
    """What a scan of an example's files said."""

    findings: tuple[Finding, ...]
    problems: tuple[str, ...]
    unknown: tuple[Undetermined, ...] = ()


Judge = Callable[[Mapping[str, str], Check], Judged]
"""Scans files (text by name) with one check."""

Mend = Callable[[Mapping[str, str], Check], Mapping[str, str]]
"""Applies the fixes of one check's findings to files (text by name)."""


def examples_of(page: str) -> list[Example]:
    """The example blocks of a page; a page is expected to hold one. Raises `ValueError` where a line has no mark."""
    return [Example(tuple(_files(match[1] or DEFAULT_NAME, match[2]))) for match in _BLOCK.finditer(page)]


def without_examples(page: str) -> str:
    """The page's text alone."""
    return _BLOCK.sub("", page).strip()


def _files(name: str, block: str) -> Iterable[File]:
    lines: list[str] = []
    for line in block.splitlines():
        following = _FILE.match(line)
        if following and any(lines):
            yield _file(name, lines)
            lines = []
        if following:
            name = following[1]
        else:
            lines.append(line)
    yield _file(name, lines)


def _file(name: str, lines: list[str]) -> File:
    old: list[str] = []
    new: list[str] = []
    marked: set[int] = set()
    removed: set[int] = set()
    gaps: list[int] = []
    for line in lines:
        mark, text = line[:1] or " ", line[2:]
        if mark not in " -+!" or (len(line) > 1 and line[1] != " "):
            raise ValueError(f"`{line}` begins with none of `  `, `- `, `+ `, `! `")
        if mark != "+":
            old.append(text)
        if mark != "-":
            new.append(text)
        if mark == "!":
            marked.add(len(old))
        elif mark == "-":
            removed.add(len(old))
        elif mark == "+":
            gaps.append(len(old))
    return File(name, _text(old), _text(new), frozenset(marked or removed), tuple(gaps))


def _text(lines: list[str]) -> str:
    return "".join(f"{line}\n" for line in lines)


def wrongs(check: Check, judge: Judge, mend: Mend | None = None) -> list[str]:
    """What is wrong with a check's example, each as a sentence; nothing where it holds.

    Without `mend` the fixes are not tried.
    """
    try:
        examples = examples_of(check.page)
    except ValueError as error:
        return [str(error)]
    if len(examples) != 1:
        return [f"the page has {len(examples)} examples, it must have one"]
    example = examples[0]
    before = judge(example.old, check)
    after = judge(example.new, check)
    out = [f"the old side cannot be read: {p}" for p in before.problems]
    out += [f"the new side cannot be read: {p}" for p in after.problems]
    if not before.findings:
        out.append("the old side gives no finding" + "".join(f"; unknown: {u.reason}" for u in before.unknown))
    out += [f"the new side still gives: {f.title}" for f in after.findings]
    out += [f"the new side is not decided: {u.reason}" for u in after.unknown]
    out += [why for f in before.findings if (why := _misplaced(f, example))]
    if mend is not None and not out and any(f.fix for f in before.findings):
        mended = mend(example.old, check)
        out += [
            f"the fix makes of `{name}`:\n{mended.get(name, '')}"
            for name, new in example.new.items()
            if mended.get(name) != new
        ]
    return out


def _misplaced(finding: Finding, example: Example) -> str:
    file = next((f for f in example.files if f.name == finding.span.file), None)
    if file is None:
        return f"the finding is in `{finding.span.file}`, which the example has not"
    line, end = finding.span.line, finding.span.end_line
    marks = any(f.marks for f in example.files)
    if marks and line not in file.marks:
        return f"the finding begins at line {line} of `{file.name}`, not at a marked one ({sorted(file.marks)})"
    if not marks and not any(line <= gap <= end for gap in file.gaps):
        return f"the finding is at lines {line} to {end} of `{file.name}`, not around what the new side adds"
    return ""

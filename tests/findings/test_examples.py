"""The runner of the examples notices what is wrong with one."""

from __future__ import annotations

import pytest

from fourfold.findings.check import Findings, check
from fourfold.findings.examples import Judged, examples_of, without_examples, wrongs
from fourfold.findings.finding import Finding
from fourfold.model.place import Source, Span
from fourfold.model.resource import Resource

PAGE = """
Title

Text.

```diff
  a:
- b: 1
+ b: 2
! c: 3
+++ other/Dockerfile
  FROM x
+ USER y
```
"""


def test_a_block_is_two_sides_of_several_files() -> None:
    (example,) = examples_of(PAGE)
    assert example.old == {"template.yaml": "a:\nb: 1\nc: 3\n", "other/Dockerfile": "FROM x\n"}
    assert example.new == {"template.yaml": "a:\nb: 2\nc: 3\n", "other/Dockerfile": "FROM x\nUSER y\n"}
    assert [f.marks for f in example.files] == [{3}, frozenset()]
    assert without_examples(PAGE) == "Title\n\nText."


def test_a_file_can_be_named_first() -> None:
    (example,) = examples_of("```diff Dockerfile\n- FROM a\n+ FROM b\n```")
    assert example.new == {"Dockerfile": "FROM b\n"}


def test_a_line_without_a_mark_is_refused() -> None:
    with pytest.raises(ValueError, match="begins with none of"):
        examples_of("```diff\nResources:\n```")


def judged(line: int, end: int = 0, file: str = "template.yaml"):
    """A judge that finds something at a line of texts that hold `bad`, or lack `good`."""

    def judge(files, check):
        text = files.get(file, "")
        if "bad" not in text and "good" in text:
            return Judged((), ())
        source = Source(file, text)
        starts = source.line_starts
        span = Span(source, starts[line - 1], starts[(end or line) - 1] + 1)
        return Judged((Finding("x", "c", "FF3001", "p", "low", "proved", "", "is bad", "A", "T", span),), ())

    return judge


def page(block: str):
    def function(resource: Resource) -> Findings:
        yield from ()

    function.__doc__ = f"Title\n\n```diff\n{block}```\n"
    return check("low", code="FF3001", since="0.1")(function)


CHANGED = page("  a: 1\n- b: bad\n+ b: good\n")
ADDED = page("  a: 1\n  m:\n    n: 1\n+   o: good\n  z: 1\n")
MARKED = page("! a: 1\n- b: bad\n+ b: good\n")


@pytest.mark.parametrize(
    ("check_", "judge", "wrong"),
    [
        (CHANGED, judged(2), ""),
        (CHANGED, judged(1), "not at a marked one"),
        (MARKED, judged(1), ""),
        (MARKED, judged(2), "not at a marked one"),
        (ADDED, judged(2, 3), ""),
        (ADDED, judged(4), "not around what the new side adds"),
        (ADDED, judged(1, file="template.json"), "which the example has not"),
        (CHANGED, lambda files, check: Judged((), ()), "gives no finding"),
        (
            CHANGED,
            lambda files, check: judged(2)({"template.yaml": "a: 1\nb: bad\n"}, check),
            "the new side still gives",
        ),
        (CHANGED, lambda files, check: Judged((), ("t:1 unreadable",)), "cannot be read"),
    ],
)
def test_what_is_wrong_is_said(check_, judge, wrong: str) -> None:
    if wrong == "which the example has not":
        judge = lambda files, check: judged(1, file="else.yaml")({"else.yaml": "bad"}, check)
    said = wrongs(check_, judge) if check_ is not None else []
    assert (said == []) if not wrong else any(wrong in s for s in said), said


def test_a_page_must_have_one_example() -> None:
    def none(resource: Resource) -> Findings:
        """Title"""
        yield from ()

    assert wrongs(check("low", code="FF3001", since="0.1")(none), judged(1)) == [
        "the page has 0 examples, it must have one"
    ]

"""Dockerfiles are taken apart as BuildKit's own parser does it (the package `dockerfile`)."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fourfold.model.place import Source
from fourfold.sources.dockerfile.lines import Lines

dockerfile: Any = pytest.importorskip("dockerfile", reason="BuildKit's parser is not installed on this platform")

_LINES = st.sampled_from(
    [
        "FROM a AS b", "FROM --platform=x a", "RUN a \\", "RUN a \\ ", "RUN a \\\\", "RUN a `", "RUN a # b", "  b", " \\", "\\",
        "", "# c", "# escape=`", "# syntax=x", "COPY <<E /x", "COPY <<E <<F /x", "RUN <<-E a", "RUN <<'X Y' a", 'RUN <<"E"',
        'RUN <<E"F', "E", "\tE", "F", "RUN echo '<<E'", 'RUN ["a", "<<E"]', "ADD <<E <<-F x", "RUN 3<<E", "ONBUILD RUN x",
        'CMD ["a", "b"]', "ENV a=b \\", ' c="d e" f=g\\ h', "ENV a b c", "USER x", "ARG a", "RUN a \\\r", "run <<e", "e",
        "RUN --mount=type=x,y=z a", "HEALTHCHECK --interval=5s CMD a", "\tUSER y  ",
    ]
)  # fmt: skip


@settings(max_examples=150, deadline=None)
@given(st.lists(_LINES, max_size=8), st.booleans())
def test_the_same_instructions(lines: list[str], ends: bool) -> None:
    text = "\n".join(["FROM z", *lines]) + "\n" * ends
    try:
        theirs = [command for command in dockerfile.parse_string(text) if command.cmd]  # it lists empty lines, too
    except dockerfile.GoParseError:
        return
    ours = Lines(Source("Dockerfile", text)).instructions
    assert [(i.keyword, [(h.name, text[h.start : h.end]) for h in i.heredocs]) for i in ours] == [
        (c.cmd.upper(), [(h.name, h.content) for h in c.heredocs]) for c in theirs
    ]
    for mine, command in zip(ours, theirs, strict=True):
        if mine.keyword in {"RUN", "CMD"} and not command.json and not command.flags:
            assert (mine.text,) == (command.value or ("",))

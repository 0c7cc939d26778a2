"""Dockerfiles to stages."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fourfold.model.place import Source
from fourfold.model.resource import Reading, Resource
from fourfold.model.value import Known, Map, Ref, Text, Unknown, Value
from fourfold.sources.dockerfile import claims, read, unit_of
from fourfold.sources.dockerfile.lines import INSTRUCTIONS_MAX, Lines
from fourfold.sources.tree import Tree


def reading(text: str, path: str = "app/Dockerfile") -> Reading:
    return read(Source(path, text), Tree(Path()))


def stages(text: str) -> list[Resource]:
    got = reading(text)
    assert got.problems == []
    return got.resources


def last(text: str) -> Resource:
    return stages(text)[-1]


def instruction(stage: Resource, keyword: str) -> Value:
    for _, entry in stage.get("Instructions").elements():
        if entry.get("Instruction").surely(keyword):
            return entry
    raise AssertionError(keyword)


def written(value: Value) -> str:
    return value.source.text[value.start : value.end]


def reasons(text: str) -> list[tuple[int, str]]:
    return [(p.line, p.reason) for p in reading(text).problems]


@pytest.mark.parametrize(
    ("path", "data", "answer"),
    [
        ("Dockerfile", "", True),
        ("a/Containerfile", "nonsense", True),
        ("Dockerfile.prod", "FROM a", True),
        ("Dockerfile.prod", "\ufeff# c\n\n  arg A=1\nFROM a", True),
        ("Dockerfile.prod", "RUN a", False),
        ("Dockerfile.notes", "From here on", True),
        ("web.dockerfile", "# only a comment", False),
    ],
)
def test_claims(path: str, data: str, answer: bool) -> None:
    assert claims(path, data.encode()) is answer


def test_addresses_do_not_hang_on_lines() -> None:
    assert unit_of("Dockerfile") == "Dockerfile"
    assert unit_of("app/Dockerfile") == "app"
    assert unit_of("app/Dockerfile.dev") == "app/Dockerfile.dev"
    got = stages("FROM a AS Build\nFROM b\nFROM c AS build\n")
    assert [(s.type, s.address, s.span.line) for s in got] == [
        ("Dockerfile::Stage", "app/build", 1),
        ("Dockerfile::Stage", "app/1", 2),
        ("Dockerfile::Stage", "app/2", 3),
    ]


def test_continuations_comments_and_blank_lines_inside() -> None:
    text = "FROM a\nRUN one \\\n# comment\n\n  # another \\\n   two && \\ \t\n three\nUSER x\n"
    stage = last(text)
    run = instruction(stage, "RUN")
    assert run.get("Arguments").plain() == "one    two &&  three"
    assert (run.span.line, run.span.end_line) == (2, 7)
    assert stage.get("User").plain() == "x"


def test_a_line_that_only_continues() -> None:
    stage = last("FROM a\n \\\n  user b\n")
    assert stage.get("User").plain() == "b"
    assert stage.get("User").span.line == 3


def test_the_escape_directive() -> None:
    stage = last("# escape=`\nFROM a\nCOPY C:\\x `\n  D:\\\nUSER x\n")
    assert instruction(stage, "COPY").get("Words").plain() == ["C:\\x", "D:\\"]
    assert stage.get("User").plain() == "x"


def test_a_directive_after_a_comment_is_a_comment() -> None:
    stage = last("# hello\n# escape=`\nFROM a\nRUN x \\\n y\n")
    assert instruction(stage, "RUN").get("Arguments").plain() == "x  y"


def test_heredocs() -> None:
    text = (
        "FROM a\n"
        "COPY <<one.txt <<-'two' /dst/\nUSER no\none.txt\n\tHEALTHCHECK no\n\ttwo\n"
        'RUN <<EOF sh && echo "<<NOT"\ncurl x | sh\nEOF\n'
        "USER yes\n"
    )
    stage = last(text)
    assert stage.get("User").plain() == "yes"
    run = instruction(stage, "RUN")
    assert run.get("Arguments").plain() == '<<EOF sh && echo "<<NOT"\ncurl x | sh\nEOF'
    assert (run.span.line, run.span.end_line) == (7, 9)
    found = [i.heredocs for i in Lines(Source("Dockerfile", text)).instructions if i.heredocs]
    assert [(h.name, h.expand, h.chomp, text[h.start : h.end]) for h in found[0]] == [
        ("one.txt", True, False, "USER no\n"),
        ("two", False, True, "\tHEALTHCHECK no\n"),
    ]


def test_a_heredoc_that_does_not_end_is_said() -> None:
    assert reasons("FROM a\nRUN <<EOF\nUSER x\n") == [(2, "the here-document `EOF` does not end")]


def test_stages_refer_to_each_other() -> None:
    build, final, other = stages("FROM golang AS build\nFROM Build AS final\nFROM scratch\nCOPY --from=build a b\n")
    base = final.get("FromStage")
    assert isinstance(base, Ref)
    assert base.target == build.key
    assert build.get("FromStage").absent
    assert instruction(other, "COPY").get("Flags", "from").plain() == "build"


def test_arguments_before_from_are_seen_only_there() -> None:
    text = "ARG V=3.1\nARG W=${V}-slim\nFROM python:$W\nLABEL a=$V\nARG V\nLABEL b=$V\nARG V=9\nLABEL c=$V\n"
    stage = last(text)
    image = stage.get("From")
    assert isinstance(image, Known)
    assert image.value == "python:3.1-slim"
    assert written(image) == "python:$W"
    assert [step.span.line for step in image.provenance if step.span] == [1, 2]
    assert isinstance(stage.get("Labels", "a"), Unknown)
    assert stage.get("Labels", "b").plain() == "3.1"
    assert stage.get("Labels", "c").plain() == "9"


def test_an_argument_without_default_is_unknown() -> None:
    stage = last("ARG BASE\nFROM $BASE\nARG U\nUSER $U\nLABEL a=${U:-app} b=${U:+set} c=x-$U\n")
    assert isinstance(stage.get("From"), Unknown)
    assert "no default" in stage.get("User").reason
    assert stage.get("Labels", "a").plain() == "app"
    assert stage.get("Labels", "b").plain() == ""
    assert isinstance(stage.get("Labels", "c"), Text)
    assert stage.get("Labels", "c").plain() == "x-${U}"


@pytest.mark.parametrize(
    ("word", "value"),
    [
        ("$A", "one"),
        ("${A}x", "onex"),
        ('"$A"', "one"),
        ("'$A'", "$A"),
        (r"\$A", "$A"),
        (r'"\$A \x"', r"$A \x"),
        ("${A:-x}", "one"),
        ("${E:-x}", "x"),
        ("${E-x}", ""),
        ("${N:-x}", "x"),
        ("${N-$A}", "one"),
        ("${N:-${A:+${B}}}", "/usr/local/bin"),
        ("${A:+x}", "x"),
        ("${E:+x}", ""),
        ("${E+x}", "x"),
        ("${N:+x}", ""),
        ("${A:?must}", "one"),
        ("$N", ""),
        ("${B##*/}", "bin"),
        ("${B#*/}", "usr/local/bin"),
        ("${B%/*}", "/usr/local"),
        ("${B%%/l*}", "/usr"),
        ("${B/\\//-}", "-usr/local/bin"),
        ("${B//l/L}", "/usr/LocaL/bin"),
        ("a$", "a$"),
        ("$1x", "x"),
    ],
)
def test_substitution(word: str, value: str) -> None:
    stage = last(f"FROM scratch\nENV A=one B=/usr/local/bin E=\nUSER {word}\n")
    assert stage.get("User").plain() == value


def test_a_name_that_the_base_may_set_is_unknown() -> None:
    stage = last("FROM python:3\nENV PATH=/x:$PATH\nUSER ${NB_USER:-root}\n")
    assert stage.get("Env", "PATH").plain() == "/x:${PATH}"
    assert stage.get("User").reason == "`NB_USER` is not set in the Dockerfile; `python:3` may set it"


def test_env_goes_before_arg_and_stages_inherit() -> None:
    text = "FROM scratch AS a\nENV U=env\nARG U=arg\nARG W=1\nFROM a\nUSER $U$W\nENV U=x V=$U\n"
    stage = last(text)
    assert stage.get("User").plain() == "env1"
    assert stage.get("Env").plain() == {"U": "x", "V": "env"}


def test_pairs() -> None:
    stage = last('FROM a\nENV K one two\nENV A="b c" D=e\\ f \\\n  G=\'h\'\nLABEL "x.y"="z" \nARG P Q=1\n')
    assert stage.get("Env").plain() == {"K": "one two", "A": "b c", "D": "e f", "G": "h"}
    assert stage.get("Labels").plain() == {"x.y": "z"}
    assert stage.get("Args", "Q").plain() == "1"
    assert isinstance(stage.get("Args", "P"), Unknown)
    assert written(stage.get("Env", "A")) == '"b c"'
    assert stage.get("Env", "G").span.line == 4


def test_commands_in_both_forms() -> None:
    stage = last('FROM a\nSHELL ["bash", "-c"]\nENTRYPOINT [ "a", \\\n "b\\n" ]\nCMD run $X\nRUN ["x", 1]\n')
    assert stage.get("Shell").plain() == ["bash", "-c"]
    assert stage.get("Entrypoint").plain() == ["a", "b\n"]
    assert written(stage.get("Entrypoint", 1)) == '"b\\n"'
    assert stage.get("Cmd").plain() == "run $X"
    assert instruction(stage, "RUN").get("Exec").absent
    assert last('FROM a\nCMD ["x", "y"] # z\n').get("Cmd").plain() == ["x", "y"]


def test_health_checks() -> None:
    assert last("FROM a\nHEALTHCHECK none\n").get("Healthcheck").plain() == "NONE"
    check = last("FROM a\nHEALTHCHECK --interval=5m --timeout=3s CMD curl -f x || exit 1\n").get("Healthcheck")
    assert check.plain() == {"Command": "curl -f x || exit 1", "interval": "5m", "timeout": "3s"}
    assert last('FROM a\nHEALTHCHECK CMD ["a", "b"]\n').get("Healthcheck", "Command").plain() == ["a", "b"]


def test_lists_and_flags() -> None:
    text = 'FROM --platform=$BUILDPLATFORM a\nEXPOSE 80/tcp $P\nEXPOSE 443\nVOLUME ["/a", "/b"]\nADD --chown=1:1 --link ["a b", "c"]\n'
    stage = last(text)
    assert stage.get("Expose").plain() == ["80/tcp", "P", "443"]
    assert stage.get("Volumes").plain() == ["/a", "/b"]
    add = instruction(stage, "ADD")
    assert add.get("Flags").plain() == {"chown": "1:1", "link": True}
    assert add.get("Words").plain() == ["a b", "c"]
    assert add.get("Arguments").plain() == '["a b", "c"]'
    assert isinstance(stage.get("Platform"), Unknown)


def test_places() -> None:
    text = "FROM a\n  user   app:app  \n"
    user = last(text).get("User")
    assert (user.span.line, user.span.column, user.span.end_column) == (2, 3, 17)
    assert written(user) == "app:app"
    nobody = last("FROM a\nRUN x\n").get("User")
    assert nobody.absent
    assert (nobody.span.line, nobody.span.end_line) == (1, 2)


def test_windows_line_ends() -> None:
    stage = last("FROM a\r\nRUN x \\\r\n y\r\nUSER b\r\n")
    assert stage.get("User").plain() == "b"
    assert instruction(stage, "RUN").get("Arguments").plain() == "x  y"


@pytest.mark.parametrize(
    ("text", "line", "reason"),
    [
        ("", 1, "holds no FROM instruction"),
        ("# nothing\n", 1, "holds no FROM instruction"),
        ("FROM a\nRUNN x\n", 2, "`RUNN` is no instruction of a Dockerfile; it was left out"),
        ("RUN x\nFROM a\n", 1, "RUN stands before the first FROM; it was left out"),
        ("FROM\n", 1, "FROM takes one image, and `AS` with one name; the stage was left out"),
        ("FROM a\nUSER\n", 2, "USER says nothing; it was left out"),
        ("FROM a\nENV A\n", 2, "ENV `A` has no value; it was left out"),
        ("FROM a\nENV A=1 B\n", 2, "ENV takes `NAME=value`, not `B`; it was left out"),
        ("FROM a\nSHELL sh\n", 2, "SHELL takes a JSON list; it was left out"),
        ("FROM a\nHEALTHCHECK x\n", 2, "HEALTHCHECK takes `NONE` or `CMD` with a command; it was left out"),
        ("# escape=x\nFROM a\n", 1, "`x` cannot be the escape character; ` or \\ can"),
    ],
)
def test_problems(text: str, line: int, reason: str) -> None:
    assert reasons(text) == [(line, reason)]


def test_limits() -> None:
    assert "more than" in reasons("FROM a\n" + "RUN x\n" * INSTRUCTIONS_MAX)[0][1]
    doubling = "FROM scratch\nENV A=xxxxxxxxxx\n" + "ENV A=$A$A\n" * 60
    assert not isinstance(last(doubling).get("Env", "A"), Known)
    open_ = "FROM a\nENV A=$B\n" + "ENV A=$A-$A\n" * 60
    assert len(last(open_).get("Env", "A").plain()) < 1000
    deep = "${A:-" * 2000 + "}" * 2000
    assert isinstance(last(f"FROM scratch\nUSER {deep}\n").get("User"), Unknown)


_PIECES = st.sampled_from(
    [
        "FROM", "a", "AS", "b", "RUN", "COPY", "ENV", "ARG", "A=1", "$A", "${A:-", "}", "\\", "\\\n", "\n", " ", "\t", "#",
        "# escape=`\n", "`", '"', "'", "[", "]", ",", "<<EOF", "<<-'E'", "EOF\n", "E\n", "--from=", "USER", "HEALTHCHECK",
        "CMD", "ONBUILD", "SHELL", "\r\n", "\ufeff", "=", "${", "%%", "/", "*", "\0", "é",
    ]
)  # fmt: skip


@settings(max_examples=150, deadline=None)
@given(st.lists(_PIECES, max_size=40))
def test_no_text_raises(pieces: list[str]) -> None:
    text = "".join(pieces)
    got = reading(text)
    for stage in got.resources:
        assert isinstance(stage.properties, Map)
        assert 0 <= stage.span.start <= stage.span.end <= len(stage.span.source.text)
        stack: list[Value] = [stage.properties]
        while stack:
            value = stack.pop()
            assert value.start <= value.end or value.source is not stage.span.source
            stack.extend(entry for _, _, entry in value.pairs())
            if not isinstance(value, Map):
                stack.extend(item for _, item in value.elements() if item is not value)
    for problem in got.problems:
        assert problem.line >= 1

"""Instructions to stages: one resource for each FROM, with what its instructions set.

A stage is a `Dockerfile::Stage` with these properties, each only where it is written:

    Name                what `AS` calls it
    Index               its number from 0
    From                the image it starts from, as one text, or the name of the stage
    FromStage           a reference to that stage's resource
    Platform            `--platform`
    User Workdir StopSignal Shell Entrypoint Cmd Healthcheck     the last one of the stage
    Env Labels          mappings; a later value of a name replaces an earlier one
    Args                build arguments declared in the stage, with their defaults
    Expose Volumes      lists
    Instructions        all of them, in order, as mappings of Instruction, Arguments (one text), Flags, and where it has
                        them: Pairs (ENV, ARG, LABEL), Words (COPY, ADD, EXPOSE, VOLUME), Exec (the JSON form)

Its attributes hold `Args`: the build arguments declared before the first FROM.

Variables are replaced where the builder replaces them. In RUN, CMD and ENTRYPOINT a shell does, so they stay as written.
Source: https://docs.docker.com/reference/dockerfile/.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping

import msgspec

from fourfold.model.place import Problem, Source, Span
from fourfold.model.resource import Resource
from fourfold.model.value import Known, Map, Ref, Seq, Step, Unknown, Value
from fourfold.sources.dockerfile.lines import Instruction, Lines, word_spans
from fourfold.sources.dockerfile.variables import (
    PLATFORM_ARGUMENTS,
    Expander,
    Scope,
    argument_without_default,
)

KEYWORDS = frozenset(
    (
        "ADD ARG CMD COPY ENTRYPOINT ENV EXPOSE FROM HEALTHCHECK LABEL MAINTAINER ONBUILD RUN SHELL STOPSIGNAL USER VOLUME "
        "WORKDIR"
    ).split()
)

STAGES_MAX = 500

_ONE_WORD = {"USER": "User", "WORKDIR": "Workdir", "STOPSIGNAL": "StopSignal"}
_COMMANDS = {"CMD": "Cmd", "ENTRYPOINT": "Entrypoint", "SHELL": "Shell", "RUN": ""}
_PAIRS = {"ENV": "Env", "LABEL": "Labels", "ARG": "Args"}
_LISTS = {"EXPOSE": "Expose", "VOLUME": "Volumes", "COPY": "", "ADD": ""}
_DECODER = json.JSONDecoder()
_JSON_STRING = re.compile(r'"(?:[^"\\]|\\.)*"', re.DOTALL)
_FLAG = re.compile(r"--([a-zA-Z][a-zA-Z0-9_.-]*)(=?)")
_BLANKS = re.compile(r"\s*")
_CHECK_COMMAND = re.compile(r"CMD\b\s*", re.IGNORECASE)


class Stage(msgspec.Struct):
    """A stage while it is read."""

    address: str
    name: str
    start: int
    end: int
    scope: Scope
    entries: dict[str, Value]
    instructions: list[Value] = msgspec.field(default_factory=list)


class Stages:
    """Reads the instructions of one file; `resources` and `problems` are the result."""

    def __init__(self, source: Source, unit: str, given: Mapping[str, Value] | None = None) -> None:
        """`unit` begins the addresses of the stages; `given` build arguments go before their defaults."""
        self.source = source
        self._given = given or {}
        self.unit = unit
        lines = Lines(source)
        self.escape = lines.escape
        self.problems = lines.problems
        self.stages: list[Stage] = []
        self._by_name: dict[str, Stage] = {}
        self._outer = Scope()
        for name in PLATFORM_ARGUMENTS:
            self._outer.arguments[name] = argument_without_default(name, Known(source, 0, 0, -1, None))
        self._outer_entries: dict[str, Value] = {}
        self._stage: Stage | None = None
        for instruction in lines.instructions:
            self._instruction(instruction)
        if not self.stages and not self.problems:
            self._problem(0, "holds no FROM instruction")
        self.resources = [self._resource(stage) for stage in self.stages]

    def _problem(self, offset: int, reason: str) -> None:
        self.problems.append(Problem(self.source.path, self.source.position(offset)[0], reason))

    def _resource(self, stage: Stage) -> Resource:
        first = stage.instructions[0]
        stage.entries["Instructions"] = Seq(self.source, stage.start, stage.end, -1, tuple(stage.instructions))
        properties = Map(self.source, stage.start, stage.end, -1, stage.entries)
        span = Span(self.source, first.start, first.end)
        outer = Map(self.source, 0, 0, -1, self._outer_entries)
        return Resource("Dockerfile::Stage", stage.address, properties, span, "dockerfile", attributes=outer)

    # -- instructions ----------------------------------------------------------------------------------------------

    def _instruction(self, instruction: Instruction) -> None:
        keyword = instruction.keyword
        if keyword not in KEYWORDS:
            self._problem(instruction.start, f"`{keyword[:40]}` is no instruction of a Dockerfile; it was left out")
        elif keyword == "FROM":
            self._from(instruction)
        elif keyword == "ARG" and self._stage is None:
            self._pairs(instruction, 0, self._outer, self._outer_entries)
        elif self._stage is None:
            self._problem(instruction.start, f"{keyword} stands before the first FROM; it was left out")
        elif not instruction.text:
            self._problem(instruction.start, f"{keyword} says nothing; it was left out")
        else:
            self._stage.end = instruction.end
            self._stage.instructions.append(self._body(instruction, self._stage))

    def _from(self, instruction: Instruction) -> None:
        flags, at = self._flags(instruction, self._outer)
        words = [(start + at, end + at) for start, end in word_spans(instruction.text[at:], self.escape)]
        texts = [instruction.text[start:end] for start, end in words]
        if len(words) not in (1, 3) or (len(words) == 3 and texts[1].upper() != "AS"):
            self._problem(instruction.start, "FROM takes one image, and `AS` with one name; the stage was left out")
            self._stage = None
            return
        if len(self.stages) >= STAGES_MAX:
            self._problem(instruction.start, f"more than {STAGES_MAX} stages; the rest was left out")
            self._stage = None
            return
        image = Expander(self.source, instruction, self._outer, self.escape).value(
            *words[0], key_start=instruction.start
        )
        name = texts[2].lower() if len(words) == 3 else ""
        index = len(self.stages)
        base = (
            self._by_name.get(image.value.lower())
            if isinstance(image, Known) and isinstance(image.value, str)
            else None
        )
        stage = Stage(
            address=f"{self.unit}/{name if name and name not in self._by_name else index}",
            name=name,
            start=instruction.start,
            end=instruction.end,
            scope=base.scope.child() if base else Scope(open_=_from_base(image)),
            entries={"Index": Known(self.source, instruction.start, instruction.end, -1, index), "From": image},
        )
        if name:
            first, last = instruction.stretch(*words[2])
            stage.entries["Name"] = Known(self.source, first, last, instruction.start, name)
            self._by_name[name] = stage
        if base:
            key = f"{self.source.path}#{base.address}"
            stage.entries["FromStage"] = Ref(self.source, image.start, image.end, instruction.start, key)
        if "platform" in flags:
            stage.entries["Platform"] = flags["platform"]
        stage.instructions.append(self._entry(instruction, flags, at, {}))
        self.stages.append(stage)
        self._stage = stage

    def _entry(self, instruction: Instruction, flags: dict[str, Value], at: int, more: dict[str, Value]) -> Value:
        """The mapping of one instruction."""
        start, end = instruction.start, instruction.end
        text = instruction.text[at:]
        if instruction.heredocs:
            text = f"{text}\n{self.source.text[instruction.heredocs[0].start : end]}"
        first = instruction.place(min(at, max(len(instruction.text) - 1, 0)))
        entries: dict[str, Value] = {
            "Instruction": Known(self.source, start, start + len(instruction.keyword), -1, instruction.keyword),
            "Arguments": Known(self.source, first, end, start, text),
            "Flags": Map(self.source, start, first, -1, flags),
            **more,
        }
        return Map(self.source, start, end, -1, entries)

    def _body(self, instruction: Instruction, stage: Stage) -> Value:
        """One instruction of a stage, and what it sets there."""
        keyword = instruction.keyword
        flags, at = self._flags(instruction, stage.scope)
        if keyword in _PAIRS:
            pairs = self._pairs(instruction, at, stage.scope, stage.entries)
            return self._entry(instruction, flags, at, {"Pairs": pairs})
        if keyword in _ONE_WORD:
            expander = Expander(self.source, instruction, stage.scope, self.escape)
            stage.entries[_ONE_WORD[keyword]] = expander.value(at, len(instruction.text), key_start=instruction.start)
        elif keyword in _COMMANDS:
            return self._command(instruction, flags, at, stage)
        elif keyword in _LISTS:
            return self._list(instruction, flags, at, stage)
        elif keyword == "HEALTHCHECK":
            self._health_check(instruction, flags, at, stage)
        return self._entry(instruction, flags, at, {})

    # -- parts of instructions -------------------------------------------------------------------------------------

    def _flags(self, instruction: Instruction, scope: Scope) -> tuple[dict[str, Value], int]:
        """`--name=value` before the arguments, and where these begin."""
        text, at = instruction.text, 0
        flags: dict[str, Value] = {}
        if not text.startswith("--"):
            return flags, 0
        expander = Expander(self.source, instruction, scope, self.escape)
        for start, end in word_spans(text, self.escape):
            found = _FLAG.match(text, start)
            at = start
            if found is None:
                break
            first = instruction.place(start)
            # A flag without a value is a switch that is on.
            flags[found[1]] = (
                expander.value(found.end(), end, key_start=first)
                if found[2]
                else Known(self.source, first, instruction.stretch(start, end)[1], first, value=True)
            )
            at = len(text)
        return flags, at

    def _pairs(self, instruction: Instruction, at: int, scope: Scope, entries: dict[str, Value]) -> Map:
        """`NAME=value ...`, the old `NAME value`, or for ARG also a bare NAME.

        All values of one instruction are made from what was set before it.
        """
        keyword, text = instruction.keyword, instruction.text
        expander = Expander(self.source, instruction, scope, self.escape)
        spans = [(start + at, end + at) for start, end in word_spans(text[at:], self.escape)]
        pairs: dict[str, Value] = {}
        if keyword != "ARG" and spans and "=" not in text[slice(*spans[0])]:
            name = text[slice(*spans[0])]
            value_at = _BLANKS.match(text, spans[0][1]).end()  # type: ignore[union-attr]
            if value_at >= len(text):
                self._problem(instruction.start, f"{keyword} `{name[:40]}` has no value; it was left out")
            else:
                pairs[name] = expander.value(value_at, len(text), key_start=instruction.place(spans[0][0]))
        else:
            for start, end in spans:
                name, equals, _ = text[start:end].partition("=")
                place = instruction.place(start)
                if equals and name:
                    pairs[name.strip("\"'")] = expander.value(start + len(name) + 1, end, key_start=place)
                elif keyword == "ARG" and name:
                    pairs[name] = self._declared(name, instruction.stretch(start, end))
                else:
                    self._problem(place, f"{keyword} takes `NAME=value`, not `{text[start:end][:40]}`; it was left out")
        if keyword == "ARG" and self._given:
            pairs = {name: self._with_given(name, value) for name, value in pairs.items()}
        self._set(keyword, pairs, scope, entries, instruction)
        return Map(self.source, instruction.start, instruction.end, -1, pairs)

    def _with_given(self, name: str, value: Value) -> Value:
        """The argument that is given, at the place where it is declared."""
        given = self._given.get(name)
        if given is None:
            return value
        place = (value.source, value.start, value.end, value.key_start)
        if isinstance(given, Known):
            return Known(*place, given._text(), (Step(f"build argument `{name}`", given.span),))
        return Unknown(*place, given.reason or f"build argument `{name}` is not known", name=name)

    def _declared(self, name: str, stretch: tuple[int, int]) -> Value:
        """ARG without a default: in a stage it takes the value of the file's own ARG of that name."""
        outer = self._outer.arguments.get(name) if self._stage is not None else None
        at = Known(self.source, *stretch, stretch[0], None)
        if outer is None or name in PLATFORM_ARGUMENTS:
            return argument_without_default(name, at)
        return outer

    def _set(
        self, keyword: str, pairs: dict[str, Value], scope: Scope, entries: dict[str, Value], instruction: Instruction
    ) -> None:
        if keyword != "LABEL":
            (scope.environment if keyword == "ENV" else scope.arguments).update(pairs)
        present = entries.get(_PAIRS[keyword])
        before = present.entries_ if isinstance(present, Map) else {}
        start = present.start if isinstance(present, Map) else instruction.start
        entries[_PAIRS[keyword]] = Map(self.source, start, instruction.end, -1, {**before, **pairs})

    def _command(self, instruction: Instruction, flags: dict[str, Value], at: int, stage: Stage) -> Value:
        """RUN, CMD, ENTRYPOINT, SHELL: the JSON form, or a line for the shell."""
        listed = self._json(instruction, at)
        entry = self._entry(instruction, flags, at, {} if listed is None else {"Exec": listed})
        key = _COMMANDS[instruction.keyword]
        if key == "Shell" and listed is None:
            self._problem(instruction.start, "SHELL takes a JSON list; it was left out")
        elif key:
            stage.entries[key] = entry.get("Arguments") if listed is None else listed
        return entry

    def _json(self, instruction: Instruction, at: int) -> Seq | None:
        """The JSON form; None where it is not one, which makes it a line for the shell."""
        text = instruction.text[at:]
        if not text.startswith("["):
            return None
        try:
            items, _ = _DECODER.raw_decode(text)  # the builder, too, lets anything follow the list
        except (ValueError, RecursionError):
            return None
        if not isinstance(items, list) or not all(isinstance(item, str) for item in items):
            return None
        values: list[Value] = []
        for item, found in zip(items, _JSON_STRING.finditer(text), strict=False):
            first, last = instruction.stretch(found.start() + at, found.end() + at)
            values.append(Known(self.source, first, last, -1, item))
        first, last = instruction.stretch(at, len(instruction.text))
        return Seq(self.source, first, last, instruction.start, tuple(values))

    def _list(self, instruction: Instruction, flags: dict[str, Value], at: int, stage: Stage) -> Value:
        """COPY, ADD, EXPOSE, VOLUME: words, or the JSON form."""
        listed = self._json(instruction, at)
        if listed is None:
            expander = Expander(self.source, instruction, stage.scope, self.escape)
            spans = word_spans(instruction.text[at:], self.escape)
            words = tuple(expander.value(start + at, end + at) for start, end in spans)
            first, last = instruction.stretch(at, len(instruction.text))
            listed = Seq(self.source, first, last, instruction.start, words)
        key = _LISTS[instruction.keyword]
        if key:
            present = stage.entries.get(key)
            before = present.items_ if isinstance(present, Seq) else ()
            stage.entries[key] = Seq(
                self.source, listed.start, listed.end, instruction.start, (*before, *listed.items_)
            )
        return self._entry(instruction, flags, at, {"Words": listed})

    def _health_check(self, instruction: Instruction, flags: dict[str, Value], at: int, stage: Stage) -> None:
        """`HEALTHCHECK NONE`, or a mapping of Command and the flags."""
        text = instruction.text[at:]
        first, last = instruction.stretch(at, len(instruction.text))
        if text.upper() == "NONE":
            stage.entries["Healthcheck"] = Known(self.source, first, last, instruction.start, "NONE")
            return
        command = _CHECK_COMMAND.match(text)
        if command is None or command.end() >= len(text):
            self._problem(instruction.start, "HEALTHCHECK takes `NONE` or `CMD` with a command; it was left out")
            return
        listed = self._json(instruction, at + command.end())
        start, end = instruction.stretch(at + command.end(), len(instruction.text))
        value = Known(self.source, start, end, first, text[command.end() :]) if listed is None else listed
        stage.entries["Healthcheck"] = Map(self.source, first, last, instruction.start, {"Command": value, **flags})


def _from_base(image: Value) -> str:
    """Where a name that a stage does not declare may come from."""
    if isinstance(image, Known) and image.value == "scratch":
        return ""
    return f"is not set in the Dockerfile; `{image}` may set it"

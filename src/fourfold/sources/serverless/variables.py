"""Variables of the Serverless Framework, `${source:address, fallback}`, as far as the tree tells them.

What only an account, a command line or an environment knows is its fallback, which says so, or an unknown of its own name.
Source: https://www.serverless.com/framework/docs/providers/aws/guide/variables (and `guide/parameters`).
"""

from __future__ import annotations

import re
from collections.abc import Iterator

import msgspec

from fourfold.model.place import Problem, Source
from fourfold.model.value import Absent, Known, Map, Seq, Step, Text, Unknown, Value, known, unknown
from fourfold.sources.tree import Tree

DEPTH_MAX = 40
STEPS_MAX = 50_000
FILES_MAX = 200
_VARIABLE = re.compile(r"\$\{(\s*[a-zA-Z][\w-]*(?:\([^{}]*?\))?:[^${}]*|\s*file\([^{}]*?\)[^${}]*)\}")
"""An innermost variable. CloudFormation's own `${AWS::Region}` and `${Name}` are none."""
_PART = re.compile(r"\s*(?:'([^']*)'|\"([^\"]*)\"|([^,]*))\s*(?:,|\Z)")
_SOURCE = re.compile(r"([a-zA-Z][\w-]*)(?:\(([^)]*)\))?(?::(.*))?\Z", re.DOTALL)
_REMOTE = {"ssm": "a parameter of Systems Manager", "cf": "an output of another stack", "s3": "an object of S3",
           "aws": "a fact of the account", "git": "a fact of the repository"}  # fmt: skip


class Variables:
    """The variables of one service."""

    def __init__(self, root: Map, tree: Tree, path: str) -> None:
        self.root = root
        self.tree = tree
        self.path = path
        self.problems: list[Problem] = []
        self.files: set[str] = set()
        """Files of the tree that were read as part of the service."""
        self._steps = STEPS_MAX
        self._depth = 0
        self._documents: dict[str, Value | None] = {}

    @property
    def stage(self) -> Value:
        """`sls:stage`: the option, else `provider.stage`, else `dev`."""
        written = self.root.get("provider", "stage")
        if isinstance(written, Absent):
            return known("dev", at=self.root, provenance=(Step("default of the stage"),))
        return self.resolved(written)

    def resolved(self, value: Value) -> Value:
        """The value with its variables put in, all the way down."""
        self._steps -= 1
        if self._steps < 0 or self._depth > DEPTH_MAX:
            return unknown("variables refer to each other too deeply or too often", at=value)
        self._depth += 1
        try:
            if isinstance(value, Map):
                entries = {key: self.resolved(entry) for key, entry in value.entries_.items()}
                return msgspec.structs.replace(value, entries_=entries)
            if isinstance(value, Seq):
                return msgspec.structs.replace(value, items_=tuple(map(self.resolved, value.items_)))
            if isinstance(value, Known) and isinstance(value.value, str) and "${" in value.value:
                return self._text(value, value.value)
            return value
        finally:
            self._depth -= 1

    def _text(self, at: Known, text: str) -> Value:
        """A text with its variables put in; the inner ones first."""
        whole = _VARIABLE.fullmatch(text)
        if whole is not None:
            return _placed(self._variable(whole[1], at), at)
        parts: list[str | Value] = []
        last = 0
        for found in _VARIABLE.finditer(text):
            parts += [text[last : found.start()], self._variable(found[1], at)]
            last = found.end()
        if not parts:
            return at
        parts.append(text[last:])
        joined: list[str | Value] = []
        for part in parts:
            piece = part._text() if isinstance(part, Known) else part
            if isinstance(piece, str) and joined and isinstance(joined[-1], str):
                joined[-1] += piece
            elif piece is not None and piece != "":
                joined.append(piece)
        steps = tuple(s for p in parts if isinstance(p, Known) for s in p.provenance)
        if all(isinstance(p, str) for p in joined):
            made = "".join(p for p in joined if isinstance(p, str))
            again = msgspec.structs.replace(at, value=made, provenance=steps)
            # What was put in may have made a whole variable: `${self:custom.${sls:stage}.key}`.
            return self.resolved(again) if _VARIABLE.search(made) and made != text else again
        return Text(at.source, at.start, at.end, at.key_start, tuple(joined), steps)

    def _variable(self, inside: str, at: Known) -> Value:
        last: Value = unknown(f"`${{{inside}}}` has no value", at=at, name=inside.strip())
        for text, literal in _alternatives(inside):
            if literal:
                return known(text, at=at, provenance=(Step(f"fallback of `{inside.partition(',')[0].strip()}`"),))
            found = self._source(text, at)
            if not isinstance(found, Absent):
                # An unknown of this run (an option, the environment) has its fallback where there is one.
                if not (isinstance(found, Unknown) and found.maybe_absent):
                    return found
                last = found
        return last

    def _source(self, text: str, at: Known) -> Value:
        found = _SOURCE.match(text)
        if found is None:
            return _scalar(text, at)
        kind, inner, address = found[1], found[2], (found[3] or "").strip()
        if kind == "self":
            return self.resolved(_walk(self.root, address))
        if kind == "file":
            document = self._file((inner or "").strip(), at)
            return self.resolved(_walk(document, address))
        if (kind, address) in (("sls", "stage"), ("opt", "stage")):
            # `provider.stage` may itself ask for the option, with its fallback.
            if kind == "opt":
                return unknown(
                    "the option `--stage` is given when it is deployed", at=at, name="opt:stage", maybe_absent=True
                )
            return self.stage
        if kind == "opt" or kind == "env":
            what = f"option `--{address}`" if kind == "opt" else f"environment variable `{address}`"
            return unknown(f"the {what} is given when it is deployed", at=at, name=text, maybe_absent=True)
        if kind == "param":
            stage = str(self.stage.plain())
            for group in (stage, "default"):
                for place in (("params", group, address), ("stages", group, "params", address)):
                    value = self.root.get(*place)
                    if not isinstance(value, Absent):
                        return self.resolved(value)
            return unknown(f"parameter `{address}` is given when it is deployed", at=at, name=text, maybe_absent=True)
        if kind in _REMOTE or kind == "sls":
            why = f"`{text}` is {_REMOTE.get(kind, 'known only when it is deployed')}"
            return unknown(why, at=at, name=text)
        if not address and inner is None:
            return _scalar(text, at)
        return unknown(f"`{text}` comes from a source that is not read", at=at, name=text)

    def _file(self, name: str, at: Known) -> Value:
        from fourfold.sources.cloudformation.tags import long_form
        from fourfold.sources.syntax.json import parse_json
        from fourfold.sources.syntax.yaml import parse_yaml

        path = self.tree.beside(self.path, name)
        if path is None or not path.endswith((".yml", ".yaml", ".json")) or len(self._documents) >= FILES_MAX:
            return unknown(f"`{name}` is not read: it is a program, or lies outside of the scanned folder", at=at)
        if path not in self._documents:
            source = self.tree.source(path) if self.tree.has(path) else None
            value: Value | None = None
            if source is not None:
                self.files.add(path)
                rendered = Source(path, source.text, rendered=True)
                if path.endswith(".json"):
                    value, problems = parse_json(rendered)
                else:
                    documents, problems = parse_yaml(rendered, long_form)
                    value = documents[0] if documents else None
                self.problems += problems
            self._documents[path] = value
        found = self._documents[path]
        return unknown(f"file `{name}` is not there", at=at) if found is None else found


def _alternatives(inside: str) -> Iterator[tuple[str, bool]]:
    """The source and its fallbacks, each with whether it is a literal text."""
    at = 0
    while at < len(inside):
        found = _PART.match(inside, at)
        if found is None or found.end() == at:
            return
        at = found.end()
        literal = found[1] if found[1] is not None else found[2]
        yield (literal, True) if literal is not None else ((found[3] or "").strip(), False)


def _scalar(text: str, at: Known) -> Value:
    """A fallback that is written without quotes: a number, a switch, null."""
    words = {"true": True, "false": False, "null": None}
    if text in words:
        return known(words[text], at=at)
    return known(int(text) if re.fullmatch(r"-?\d+", text) else text, at=at)


def _walk(value: Value, address: str) -> Value:
    for key in filter(None, address.split(".")):
        value = value.get(int(key) if isinstance(value, Seq) and key.isdigit() else key)
    return value


def _placed(value: Value, at: Known) -> Value:
    """A scalar where it is used, with where it comes from; a mapping or list stays where it is written."""
    if not isinstance(value, Known):
        return value
    steps = value.provenance
    if value.start != at.start or value.source is not at.source:
        steps = (Step(f"`{at.value}`", value.value_span), *steps)
    return Known(at.source, at.start, at.end, at.key_start, value.value, steps)

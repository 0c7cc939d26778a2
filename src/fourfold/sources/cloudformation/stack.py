"""One stack: a template with what its parameters are given, evaluated on demand.

What is asked for is evaluated and remembered; what asks for itself is a problem and an unknown.
"""

from __future__ import annotations

from collections.abc import Iterator

from fourfold.model.condition import TRUE, Condition, Free, Variable
from fourfold.model.place import Problem, Source
from fourfold.model.value import Absent, Known, Map, Ref, Seq, Text, Value
from fourfold.sources.cloudformation.conditions import formula
from fourfold.sources.cloudformation.functions import FUNCTIONS
from fourfold.sources.cloudformation.loops import LOOP, TRANSFORM, Loop, spread, substituted
from fourfold.sources.cloudformation.parameters import Chosen, Parameter, parameter
from fourfold.sources.cloudformation.texts import dynamic, hole, nothing
from fourfold.sources.tree import Tree

DEPTH_MAX = 60
"""Functions inside functions, conditions inside conditions, references through parameters of nested stacks."""
PROBLEMS_MAX = 200
"""Problems of one file that are told."""
SAM = "AWS::Serverless-2016-10-31"
PLAIN_TRANSFORMS = ("AWS::Include", "AWS::LanguageExtensions", "AWS::CodeDeployBlueGreen", "AWS::SecretsManager-")
"""Transforms of AWS that leave what is written as it is."""
PSEUDO = {
    "AWS::AccountId": "the account it is deployed to",
    "AWS::NotificationARNs": "chosen at deployment",
    "AWS::Partition": "the partition it is deployed to",
    "AWS::Region": "the region it is deployed to",
    "AWS::StackId": "given at deployment",
    "AWS::StackName": "chosen at deployment",
    "AWS::URLSuffix": "follows from the region it is deployed to",
}
"""https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/pseudo-parameter-reference.html"""


class Run:
    """What the stacks of one reading share."""

    def __init__(self, tree: Tree) -> None:
        self.tree = tree
        self.depth = 0
        self.instances = 0
        self.covers: set[str] = set()
        self.problems: list[Problem] = []
        self._said: set[Problem] = set()

    def problem(self, at: Value, reason: str) -> None:
        """Tell a problem once, at the place of a value."""
        told = Problem(at.source.path, at.source.position(at.start)[0], reason)
        if told not in self._said and len(self._said) <= PROBLEMS_MAX:
            self._said.add(told)
            full = len(self._said) > PROBLEMS_MAX
            self.problems.append(Problem(told.file, 0, "more problems than are told") if full else told)


class Stack:
    """One instance of a template."""

    def __init__(self, run: Run, source: Source, root: Map) -> None:
        self.run = run
        self.source = source
        self.root = root
        self.scope = source.path
        self.prefix = f"{source.path}#"
        self.loop: Loop = {}
        self._symbolic = False
        self._resolves = "{{resolve:" in source.text
        self._splices = LOOP in source.text or TRANSFORM in source.text
        self.transforms = tuple(_transforms(root.get("Transform")))
        self.sam = SAM in self.transforms
        self.macros = tuple(t for t in self.transforms if t != SAM and not t.startswith(PLAIN_TRANSFORMS))
        self.parameters: dict[str, Parameter] = {}
        for name, declaration in self.section("Parameters").items():
            if isinstance(declaration, Map):
                self.parameters[name] = parameter(name, declaration, self.scope)
            else:
                self.problem(declaration, f"parameter `{name}` is not a mapping")
        self.mappings = self.section("Mappings")
        self.open_mappings = TRANSFORM in self.mappings or bool(self.macros)
        self._conditions: dict[str, Condition | None] = {}
        self._condition_nodes = {name: (node, loop) for name, node, loop in self.declarations("Conditions")}
        self.declared = {name: (node, loop) for name, node, loop in self.declarations("Resources")}

    # -- sections ------------------------------------------------------------------------------------------------

    def section(self, name: str) -> dict[str, Value]:
        """The entries of a section as they are written."""
        section = self.root.get(name)
        if isinstance(section, Map):
            return section.entries_
        if not isinstance(section, Absent) and not (isinstance(section, Known) and section.value is None):
            self.problem(section, f"`{name}` is not a mapping; it was left out")
        return {}

    def declarations(self, section: str) -> Iterator[tuple[str, Value, Loop]]:
        """What a section declares, loops written out."""
        entries = self.section(section)
        yield from spread(self, entries, {})
        if TRANSFORM in entries:
            name = entries[TRANSFORM].get("Name")
            self.problem(entries[TRANSFORM], f"what macro `{name}` adds to `{section}` is not known")

    # -- telling -------------------------------------------------------------------------------------------------

    def problem(self, at: Value, reason: str) -> None:
        """Tell what could not be read."""
        self.run.problem(at, reason)

    # -- evaluation ----------------------------------------------------------------------------------------------

    def value(self, node: Value) -> Value:
        """A value with its functions evaluated; the same object where it has none."""
        kind = type(node)
        if kind is Known:
            return self._scalar(node) if self.loop or self._resolves else node  # type: ignore[arg-type]
        if kind is Map:
            return self._map(node)  # type: ignore[arg-type]
        if kind is Seq:
            return self._seq(node)  # type: ignore[arg-type]
        return node

    def within(self, loop: Loop, node: Value) -> Value:
        """A value inside the loops that its declaration stands in."""
        before, self.loop = self.loop, loop
        try:
            return self.value(node)
        finally:
            self.loop = before

    def symbolic(self, node: Value) -> Value:
        """A value for a condition: parameters and pseudo parameters stay variables."""
        before, self._symbolic = self._symbolic, True
        try:
            return self.value(node)
        finally:
            self._symbolic = before

    def _scalar(self, node: Known) -> Value:
        text = node.value
        if not isinstance(text, str):
            return node
        if self.loop and "{" in text:
            text = substituted(text, self.loop)
        if "{{resolve:" in text and "${" not in text:
            parts = dynamic([text], node)
            if len(parts) == 1:
                return node if isinstance(parts[0], str) else parts[0]
            return Text(node.source, node.start, node.end, node.key_start, tuple(parts))
        if text is node.value or text == node.value:
            return node
        return Known(node.source, node.start, node.end, node.key_start, text, node.provenance)

    def _map(self, node: Map) -> Value:
        entries = node.entries_
        if len(entries) == 1:
            (name,) = entries
            if name == "Ref" or (name[:4] == "Fn::" and not name.startswith(LOOP)):
                return self._call(node, name, entries[name])
        if (self._splices and any(key[:4] == "Fn::" for key in entries)) or self.loop:
            return self._spliced(node)
        changed: dict[str, Value] = {}
        for key, entry in entries.items():
            new = self.value(entry)
            if new is not entry:
                changed[key] = new
        if not changed:
            return node
        out: dict[str, Value] = {}
        for key, entry in entries.items():
            new = changed.get(key, entry)
            if type(new) is not Absent:
                out[key] = new
        return Map(node.source, node.start, node.end, node.key_start, out, node.provenance, node.style, node.rest)

    def _spliced(self, node: Map) -> Value:
        """A mapping with loops or a macro among its keys, or inside a loop."""
        out: dict[str, Value] = {}
        rest = node.rest
        for key, entry, loop in spread(self, node.entries_, self.loop):
            new = self.within(loop, entry)
            if type(new) is not Absent:
                out[key] = new
        macro = node.entries_.get(TRANSFORM)
        if macro is not None:
            added = FUNCTIONS[TRANSFORM](self, macro, macro)
            if isinstance(added, Map):
                out = {**added.entries_, **out}
            else:
                rest = added
        return Map(node.source, node.start, node.end, node.key_start, out, node.provenance, node.style, rest)

    def _seq(self, node: Seq) -> Value:
        items = node.items_
        for at, item in enumerate(items):
            new = self.value(item)
            if new is not item:
                out = [*items[:at], new, *(self.value(i) for i in items[at + 1 :])]
                there = tuple(i for i in out if type(i) is not Absent)
                return Seq(node.source, node.start, node.end, node.key_start, there, node.provenance, node.style)
        return node

    def _call(self, node: Map, name: str, argument: Value) -> Value:
        function = FUNCTIONS.get(name)
        if function is None:
            what = f"`{name}` is not a function of CloudFormation"
            self.problem(node, what)
            return hole(what, node)
        if self.run.depth >= DEPTH_MAX:
            what = f"functions are nested deeper than {DEPTH_MAX} levels"
            self.problem(node, what)
            return hole(what, node)
        self.run.depth += 1
        try:
            return function(self, node, argument)
        finally:
            self.run.depth -= 1

    # -- names ---------------------------------------------------------------------------------------------------

    def reference(self, name: str, at: Value) -> Value:
        """What `Ref` of a name gives, at the place of the reference."""
        if name in self.loop:
            return Known(at.source, at.start, at.end, at.key_start, self.loop[name])
        declared = self.parameters.get(name)
        if declared is not None:
            return declared.chosen(at) if self._symbolic else declared.use(at)
        if name in self.declared:
            return Ref(at.source, at.start, at.end, at.key_start, self.prefix + name)
        if name == "AWS::NoValue":
            return nothing(at)
        if name in PSEUDO:
            why = f"`{name}` is {PSEUDO[name]}"
            if self._symbolic:
                variable = Variable(self.scope, name)
                return Chosen(at.source, at.start, at.end, at.key_start, why, (), False, name, variable)
            return hole(why, at, name)
        return self._undeclared(name, "", at)

    def attribute(self, name: str, attribute: str, at: Value) -> Value:
        """What `Fn::GetAtt` gives."""
        if name in self.declared:
            return Ref(at.source, at.start, at.end, at.key_start, self.prefix + name, attribute)
        return self._undeclared(name, attribute, at)

    def _undeclared(self, name: str, attribute: str, at: Value) -> Value:
        if self.sam:  # SAM makes resources that are not written
            return Ref(at.source, at.start, at.end, at.key_start, self.prefix + name, attribute)
        what = f"`{name}` is neither a resource nor a parameter of this template"
        self.problem(at, what)
        return hole(what, at)

    def variable(self, name: str) -> Variable | None:
        """The variable behind an unknown of this name."""
        if name in self.parameters:
            return self.parameters[name].variable
        return Variable(self.scope, name) if name in PSEUDO else None

    # -- conditions ----------------------------------------------------------------------------------------------

    def condition(self, name: str, at: Value) -> Condition:
        """The formula of a named condition."""
        if name in self._conditions:
            found = self._conditions[name]
            if found is not None:
                return found
            self.problem(at, f"condition `{name}` depends on itself")
            return Free(self.scope, name)
        if name not in self._condition_nodes:
            self.problem(at, f"there is no condition `{name}`")
            return Free(self.scope, name)
        if self.run.depth >= DEPTH_MAX:
            self.problem(at, f"conditions are nested deeper than {DEPTH_MAX} levels")
            return Free(self.scope, name)
        node, loop = self._condition_nodes[name]
        self._conditions[name] = None
        before, self.loop = self.loop, loop
        self.run.depth += 1
        try:
            out = self._conditions[name] = formula(self, node)
        finally:
            self.loop = before
            self.run.depth -= 1
            if self._conditions[name] is None:
                del self._conditions[name]
        return out

    def exists(self, node: Value) -> Condition:
        """The formula of a `Condition` attribute; always where there is none."""
        name = node.get("Condition")
        if isinstance(name, Absent):
            return TRUE
        name = self.value(name)
        if isinstance(name, Known) and isinstance(name.value, str):
            return self.condition(name.value, name)
        self.problem(name, "`Condition` is not the name of a condition")
        return Free(self.scope, f"a condition at line {name.span.line}")


def _transforms(node: Value) -> Iterator[str]:
    for item in node.items_ if isinstance(node, Seq) else (node,):
        name = item.get("Name") if isinstance(item, Map) else item
        if isinstance(name, Known) and isinstance(name.value, str):
            yield name.value

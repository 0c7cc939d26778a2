"""One stack: a template with what its parameters are given, evaluated on demand.

What is asked for is evaluated and remembered; what asks for itself is a problem and an unknown.
"""

from __future__ import annotations

from collections.abc import Iterator

from fourfold.model.condition import TRUE, Condition, Free, Variable
from fourfold.model.place import Source
from fourfold.model.value import Absent, Known, Map, Ref, Seq, Step, Text, Value
from fourfold.sources.cloudformation import nested
from fourfold.sources.cloudformation.conditions import formula
from fourfold.sources.cloudformation.functions import FUNCTIONS
from fourfold.sources.cloudformation.include import include, opened, reason
from fourfold.sources.cloudformation.loops import LOOP, TRANSFORM, Loop, spread, substituted
from fourfold.sources.cloudformation.parameters import Chosen, Parameter, as_given, parameter
from fourfold.sources.cloudformation.run import Run
from fourfold.sources.cloudformation.texts import DYNAMIC, dynamic, hole, nothing, placed

DEPTH_MAX = 60
"""Functions inside functions, conditions inside conditions, references through parameters of nested stacks."""
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


class Outer:
    """Where a nested stack is declared, and what it is given there."""

    __slots__ = ("_computed", "_parameters", "condition", "loop", "name", "stack")

    def __init__(self, stack: Stack, name: str, parameters: Value, loop: Loop, condition: Condition) -> None:
        self.stack = stack
        self.name = name
        self.loop = loop
        self.condition = condition
        self._parameters = parameters
        self._computed = isinstance(parameters, Map) and any(k == "Ref" or k[:4] == "Fn::" for k in parameters.entries_)

    def given(self, name: str) -> Value:
        """What a parameter is given, not yet evaluated unless the whole mapping is computed."""
        if self._computed:
            self._computed, self._parameters = False, self.stack.within(self.loop, self._parameters)
        return self._parameters.get(name)


class Stack:
    """One instance of a template."""

    def __init__(self, run: Run, source: Source, root: Map, outer: Outer | None = None) -> None:
        self.run = run
        self.source = source
        self.root = root
        self.outer = outer
        self.variant = ""
        """What tells its resources from those of other instances (`Resource.variant`); empty for the outermost stack."""
        self.address = ""
        """What the addresses of its resources begin with: `Network/`, empty for the outermost stack."""
        self.outermost: str = source.path
        if outer is not None:
            self.outermost = outer.stack.outermost
            self.address = f"{outer.stack.address}{outer.name}/"
            self.variant = f"{self.outermost}/{self.address[:-1]}:{source.path}"
        self.scope = self.variant or source.path
        self.prefix = f"{self.scope}#{self.address}"
        """Key of a resource without its logical id."""
        self.loop: Loop = {}
        self._symbolic = False
        text = source.text
        self._resolves = DYNAMIC in text
        self._splices = LOOP in text or TRANSFORM in text
        self._shared: dict[int, Value] | None = {} if "&" in text and "*" in text else None
        """Results by node where aliases may lead to one node from many places."""
        self.transforms = tuple(_transforms(root.get("Transform")))
        self.sam = SAM in self.transforms
        self.macros = tuple(t for t in self.transforms if t != SAM and not t.startswith(PLAIN_TRANSFORMS))
        self.parameters = dict(self._parameters())
        self.mappings = self.section("Mappings")
        self.open = bool(self.macros)
        """Whether a macro may add to any section, so that a name that is not declared is no mistake."""
        self._conditions: dict[str, Condition] = {}
        self._condition_nodes = {name: (node, loop) for name, node, loop in self.declarations("Conditions")}
        self.declared = {name: (node, loop) for name, node, loop in self.declarations("Resources")}
        self.outputs = {name: (node, loop) for name, node, loop in self.declarations("Outputs")}
        self._nested: dict[str, Stack | None] = {}

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
        """What a section declares, loops written out and local includes read."""
        entries = self.section(section)
        seen: set[str] = set()
        for name, node, loop in spread(self, entries, {}):
            if name in seen:
                self.problem(node, f"`{name}` is declared twice in `{section}`; the last one counts")
            seen.add(name)
            yield name, node, loop
        call = entries.get(TRANSFORM)
        if call is None:
            return
        included = include(self, call)
        if isinstance(included, Map):
            yield from spread(self, included.entries_, {})
        else:
            self.open = True
            self.problem(call, f"{reason(call)}; what it adds to `{section}` is not known")

    def _parameters(self) -> Iterator[tuple[str, Parameter]]:
        for name, declaration in self.section("Parameters").items():
            if isinstance(declaration, Map):
                yield name, parameter(name, declaration, self.scope)
            elif name != TRANSFORM:
                self.problem(declaration, f"parameter `{name}` is not a mapping")

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
        if kind is not Map and kind is not Seq:
            return node
        if self._shared is not None and not self.loop and not self._symbolic:
            done = self._shared.get(id(node))
            if done is None:
                done = self._shared[id(node)] = self._map(node) if kind is Map else self._seq(node)  # type: ignore[arg-type]
            return done
        return self._map(node) if kind is Map else self._seq(node)  # type: ignore[arg-type]

    def within(self, loop: Loop, node: Value) -> Value:
        """A value inside the loops that its declaration stands in."""
        before, self.loop = self.loop, loop
        try:
            return self.value(node)
        finally:
            self.loop = before

    def symbolic(self, node: Value, loop: Loop | None = None) -> Value:
        """A value for a condition: parameters and pseudo parameters stay variables."""
        before, self._symbolic = self._symbolic, True
        try:
            return self.within(self.loop if loop is None else loop, node)
        finally:
            self._symbolic = before

    def _scalar(self, node: Known) -> Value:
        text = node.value
        if not isinstance(text, str):
            return node
        if self.loop and "{" in text:
            text = substituted(text, self.loop)
        if DYNAMIC in text and "${" not in text:
            parts = dynamic([text], node)
            if len(parts) == 1 and not isinstance(parts[0], str):
                return parts[0]
            if not all(isinstance(p, str) for p in parts):
                return Text(node.source, node.start, node.end, node.key_start, tuple(parts))
        if text == node.value:
            return node
        return Known(node.source, node.start, node.end, node.key_start, text, node.provenance)

    def _map(self, node: Map) -> Value:
        entries = node.entries_
        if len(entries) == 1:
            (name,) = entries
            if name == "Ref" or (name[:4] == "Fn::" and not name.startswith(LOOP)):
                return self._call(node, name, entries[name])
        if self.loop or (self._splices and any(key[:4] == "Fn::" for key in entries)):
            return self._spliced(node)
        changed: dict[str, Value] = {}
        for key, entry in entries.items():
            new = self.value(entry)
            if new is not entry:
                changed[key] = new
        if not changed:
            return node
        out = {}
        for key, entry in entries.items():
            new = changed.get(key, entry)
            if type(new) is not Absent:
                out[key] = new
        return Map(node.source, node.start, node.end, node.key_start, out, node.provenance, node.style, node.rest)

    def _spliced(self, node: Map) -> Value:
        """A mapping inside a loop, or with loops or a macro among its keys."""
        out: dict[str, Value] = {}
        rest = node.rest
        for key, entry, loop in spread(self, node.entries_, self.loop):
            new = self.within(loop, entry)
            if type(new) is not Absent:
                out[key] = new
        call = node.entries_.get(TRANSFORM)
        if call is not None:
            added = self._call(Map(call.source, call.start, call.end, -1, {}), TRANSFORM, call)
            if isinstance(added, Map):
                out = {**added.entries_, **out}
            else:
                rest = added
                out = {key: opened(value, added) for key, value in out.items()}
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
            return self.wrong(node, f"`{name}` is not a function of CloudFormation")
        if self.run.depth >= DEPTH_MAX:
            return self.wrong(node, f"functions are nested deeper than {DEPTH_MAX} levels")
        self.run.depth += 1
        try:
            return function(self, node, argument)
        finally:
            self.run.depth -= 1

    def wrong(self, at: Value, what: str) -> Value:
        """The value of a call that cannot be evaluated, and the problem."""
        self.problem(at, what)
        return hole(what, at)

    # -- names ---------------------------------------------------------------------------------------------------

    def reference(self, name: str, at: Value) -> Value:
        """What `Ref` of a name gives, at the place of the reference."""
        if name in self.loop:
            return Known(at.source, at.start, at.end, at.key_start, self.loop[name])
        declared = self.parameters.get(name)
        if declared is not None:
            return self._parameter(declared, at)
        if name in self.declared:
            return Ref(at.source, at.start, at.end, at.key_start, self.prefix + name)
        if name == "AWS::NoValue":
            return nothing(at)
        if name in PSEUDO:
            why = f"`{name}` is {PSEUDO[name]}"
            variable = Variable(self.outermost, name)
            return Chosen(at.source, at.start, at.end, at.key_start, why, (), False, name, variable)
        return self._undeclared(name, "", at)

    def attribute(self, name: str, attribute: str, at: Value) -> Value:
        """What `Fn::GetAtt` gives."""
        if name not in self.declared:
            return self._undeclared(name, attribute, at)
        if attribute.startswith("Outputs."):
            inner = self.nested(name)
            if inner is not None:
                return inner.output(attribute[len("Outputs.") :], at)
        if self.sam:
            name, attribute = self._generated(name, attribute)
        return Ref(at.source, at.start, at.end, at.key_start, self.prefix + name, attribute)

    def _undeclared(self, name: str, attribute: str, at: Value) -> Value:
        if self.sam:  # SAM makes resources that are not written
            name, attribute = self._generated(name, attribute)
            return Ref(at.source, at.start, at.end, at.key_start, self.prefix + name, attribute)
        what = f"`{name}` is neither a resource nor a parameter of this template"
        module = self.declared.get(name.partition(".")[0])
        if module is not None and str(module[0].get("Type").plain()).endswith("::MODULE"):
            return hole(f"`{name}` is a resource of a module that was not read", at)
        return hole(what, at) if self.open else self.wrong(at, what)

    def _generated(self, name: str, attribute: str) -> tuple[str, str]:
        """What a name leads to where it may be one that SAM gives to what it makes."""
        from fourfold.sources.cloudformation.sam.names import generated

        return generated(self, name, attribute)

    def _parameter(self, declared: Parameter, at: Value) -> Value:
        outer = self.outer
        given = None if outer is None else outer.given(declared.name)
        if outer is None or given is None or isinstance(given, Absent):
            value = declared.chosen(at) if self._symbolic else declared.use(at)
            if isinstance(value, Seq):
                self.run.spend(len(value.items_))
            return value
        asked = (id(self), declared.name, self._symbolic)
        if asked in self.run.active or self.run.depth >= DEPTH_MAX:
            return self.wrong(given, f"parameter `{declared.name}` of nested stack `{outer.name}` depends on itself")
        self.run.active.add(asked)
        self.run.depth += 1
        try:
            if self._symbolic:
                value = outer.stack.symbolic(given, outer.loop)
            else:
                value = outer.stack.within(outer.loop, given)
        finally:
            self.run.depth -= 1
            self.run.active.discard(asked)
        if isinstance(value, Absent):
            return declared.chosen(at) if self._symbolic else declared.use(at)
        step = Step(f"parameter `{declared.name}` of nested stack `{outer.name}`", given.span)
        return placed(as_given(value, declared.kind), at, step)

    # -- conditions ----------------------------------------------------------------------------------------------

    def condition(self, name: str, at: Value) -> Condition:
        """The formula of a named condition; a free boolean where it cannot be taken apart."""
        found = self._conditions.get(name)
        if found is not None:
            return found
        if name not in self._condition_nodes:
            if not self.open:
                self.problem(at, f"there is no condition `{name}`")
            return Free(self.scope, name)
        asked = (id(self), "condition", name)
        if asked in self.run.active:
            self.problem(at, f"condition `{name}` depends on itself")
            return Free(self.scope, name)
        if self.run.depth >= DEPTH_MAX:
            self.problem(at, f"conditions are nested deeper than {DEPTH_MAX} levels")
            return Free(self.scope, name)
        node, loop = self._condition_nodes[name]
        before, self.loop = self.loop, loop
        self.run.active.add(asked)
        self.run.depth += 1
        try:
            out = formula(self, node)
        finally:
            self.loop = before
            self.run.active.discard(asked)
            self.run.depth -= 1
        self._conditions[name] = out
        return out

    def exists(self, node: Value, loop: Loop | None = None) -> Condition:
        """The formula of a `Condition` attribute; always where there is none."""
        name = self.within(loop or {}, node.get("Condition"))
        if isinstance(name, Absent):
            return TRUE
        if isinstance(name, Known) and isinstance(name.value, str):
            return self.condition(name.value, name)
        self.problem(name, "`Condition` is not the name of a condition")
        return Free(self.scope, f"a condition at line {name.span.line}")

    # -- nested stacks -------------------------------------------------------------------------------------------

    def nested(self, name: str) -> Stack | None:
        """The stack that a resource of this one declares; None where it declares none or its template is not here."""
        if name not in self._nested:
            self._nested[name] = None  # while it is being looked for
            self._nested[name] = self._open_nested(name)
        return self._nested[name]

    def _open_nested(self, name: str) -> Stack | None:
        found = nested.template(self, name)
        if found is None:
            return None
        source, root = found
        body, loop = self.declared[name]
        outer = Outer(self, name, body.get("Properties", "Parameters"), loop, self.exists(body, loop))
        return Stack(self.run, source, root, outer)

    def output(self, name: str, at: Value) -> Value:
        """The value of an output of this (nested) stack, for the stack around it."""
        if name not in self.outputs:
            what = f"the nested template `{self.source.path}` has no output `{name}`"
            return hole(what, at) if self.open else self.wrong(at, what)
        asked = (id(self), "output", name)
        if asked in self.run.active or self.run.depth >= DEPTH_MAX:
            return self.wrong(at, f"output `{name}` depends on itself")
        node, loop = self.outputs[name]
        self.run.active.add(asked)
        self.run.depth += 1
        before, self._symbolic = self._symbolic, False
        try:
            value = self.within(loop, node.get("Value"))
        finally:
            self._symbolic = before
            self.run.depth -= 1
            self.run.active.discard(asked)
        return placed(value, at, Step(f"output `{name}` of nested stack `{self.address[:-1]}`", node.span))


def _transforms(node: Value) -> Iterator[str]:
    for item in node.items_ if isinstance(node, Seq) else (node,):
        name = item.get("Name") if isinstance(item, Map) else item
        if isinstance(name, Known) and isinstance(name.value, str):
            yield name.value

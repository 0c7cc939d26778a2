"""Module instances: variables, locals, resources and outputs, each evaluated when first asked for, and once.

A cycle is an unknown with a reason. `count` and `for_each` give instances; where they are not known, one instance
stands for all, and says so.
Sources: Terraform language documentation, "References to Named Values", "The count Meta-Argument", "The for_each
Meta-Argument", "dynamic Blocks", "Modules".
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Mapping
from typing import Any

from fourfold.model.place import Source, Span
from fourfold.model.value import Known, Map, Seq, Step, Unknown, Value
from fourfold.sources.terraform.evaluate.blocks import MODULE_META, argument, body
from fourfold.sources.terraform.evaluate.config import Config, Declaration
from fourfold.sources.terraform.evaluate.conversions import convert, to_string
from fourfold.sources.terraform.evaluate.elements import elements_of
from fourfold.sources.terraform.evaluate.expressions import Scope, TooMuch, legacy_index
from fourfold.sources.terraform.evaluate.kinds import (
    Invalid,
    SetOf,
    is_null,
    is_unknown,
    known,
    listed,
    mapped,
    unknown,
)
from fourfold.sources.terraform.evaluate.limits import CHAIN_MAX
from fourfold.sources.terraform.evaluate.marks import inherited, mark, marked, traced
from fourfold.sources.terraform.evaluate.numbers import counted
from fourfold.sources.terraform.evaluate.types import constraint_of
from fourfold.sources.terraform.evaluate.workspace import Computed, Instance, Workspace
from fourfold.sources.terraform.hcl.syntax import Attribute, Expr, Index, Literal, Name

FRAMES_MAX = 10_000
"""Python's own limit while modules are evaluated: enough for the longest chain of values."""
DEPTH_MAX = 40
"""Modules inside modules."""
_KINDS = ("data", "ephemeral")
_NO_NAMES: dict[str, Value] = {}


class Module:
    """One instance of a module."""

    def __init__(
        self,
        config: Config,
        world: Workspace,
        path: str = "",
        inputs: Mapping[str, Value] | None = None,
        depth: int = 0,
        given: Callable[[str], Value | None] | None = None,
    ) -> None:
        """`inputs` are the values of variables, or `given` gives each when it is asked for."""
        self.config = config
        self.world = world
        if world.root is None:
            world.root = self
        self.path = path
        self.given = given or dict(inputs or {}).get
        self.depth = depth
        self._memo: dict[Any, Value] = {}
        self._running: set[Any] = set()
        self._children: dict[str, list[tuple[Value | None, Module]] | Unknown] = {}
        self._instances: dict[Any, list[Instance]] = {}
        self._repeated: dict[int, tuple[list[tuple[Value | None, dict[str, Value]]], Unknown | None]] = {}

    # -- scopes ----------------------------------------------------------------------------------------------------

    def scope(self, source: Source, names: dict[str, Value] | None = None) -> Scope:
        """The names that an expression in one of the module's files can use."""
        return Scope(source, self.lookup, self.world.functions(self), self.world.budget, names)

    def once(self, key: Any, make: Callable[[], Value]) -> Value:
        """Evaluate once; a value that needs itself is unknown."""
        if key in self._memo:
            return self._memo[key]
        if key in self._running:
            return unknown(f"`{'.'.join(map(str, key))}` refers to itself")
        if self.world.chain >= CHAIN_MAX:
            return unknown(f"more than {CHAIN_MAX} values refer to each other in one chain")
        self._running.add(key)
        self.world.chain += 1
        try:
            self._memo[key] = out = make()
        except (Invalid, TooMuch) as reason:
            self._memo[key] = out = unknown(str(reason))
        except RecursionError:
            out = unknown("values refer to each other too deeply")
        finally:
            self._running.discard(key)
            self.world.chain -= 1
        return out

    def lookup(self, expr: Expr, scope: Scope) -> Value | None:
        """The value of a traversal that begins with a name of the module."""
        steps: list[Attribute | Index] = []
        root = expr
        while isinstance(root, (Attribute, Index)):
            steps.append(root)
            root = root.of
        if not isinstance(root, Name):
            return None
        steps.reverse()
        if root.name == "module":
            used, value = self._module_output(steps, scope)
        else:
            used, value = self._root(root.name, [s.name for s in steps[:2] if isinstance(s, Attribute)])
        if value is None:
            return None
        for one in steps[used:]:
            key = known(legacy_index(one.name)) if isinstance(one, Attribute) else scope.evaluate(one.key)
            value = scope.step(value, key)
        return value

    def _root(self, root: str, words: list[str]) -> tuple[int, Value | None]:
        """(steps used, value) of the beginning of a traversal."""
        first = words[0] if words else ""
        if root == "var" and first:
            return 1, self.variable(first)
        if root == "local" and first:
            return 1, self.local(first)
        if root in _KINDS and len(words) == 2:
            return 2, self.resource_value(root, first, words[1])
        if root in ("path", "terraform") and first:
            return 1, self.world.fact(self, root, first)
        if first and (root, first) in self.config.resources:
            return 1, self.resource_value("resource", root, first)
        return 0, None

    def _module_output(self, steps: list[Attribute | Index], scope: Scope) -> tuple[int, Value | None]:
        """`module.m.out`, `module.m[0].out`: only that output is evaluated, as others may need what is being evaluated."""
        if not steps or not isinstance(steps[0], Attribute):
            return 0, None
        name = steps[0].name
        declared = self.config.modules.get(name)
        repeated = declared is not None and not declared.arguments.keys().isdisjoint(("count", "for_each"))
        at = 2 if repeated else 1
        last = steps[at] if len(steps) > at else None
        if declared is None or not isinstance(last, Attribute):
            return 1, self.module_value(name)
        children = self.children(name)
        if not repeated and children:
            return 2, children[0][1].output(last.name)
        if repeated and self._each(declared)[1] is None:
            by = steps[1]
            key = known(legacy_index(by.name)) if isinstance(by, Attribute) else to_string(scope.evaluate(by.key))
            for own, child in children:
                if own is not None and isinstance(key, Known) and str(own.plain()) == str(key.value):
                    return 3, child.output(last.name)
        return 1, self.module_value(name)

    # -- what the module declares ------------------------------------------------------------------------------------

    def variable(self, name: str) -> Value:
        """A variable: what the caller gave, converted to its type, else its default, else unknown."""
        return self.once(("var", name), lambda: self._variable(name))

    def _variable(self, name: str) -> Value:
        declared = self.config.variables.get(name)
        if declared is None:
            raise Invalid(f"variable `{name}` is not declared")
        source = declared.source
        place = Span(source, declared.block.start, declared.block.start + len("variable"))
        given = self.given(name)
        note = f"variable {name}"
        value: Value
        if given is not None and not (is_null(given) and self._flag(declared, "nullable", default=True) is False):
            value = given
        elif "default" in declared.arguments:
            at, assignment = declared.arguments["default"]
            value = self.scope(at).value(assignment.value, assignment.start)
            note, place = f"default of variable {name}", Span(at, assignment.start, assignment.end)
        else:
            return Unknown(
                source,
                declared.block.start,
                declared.block.end,
                -1,
                f"variable `{name}` has no default",
                (Step(note, place),),
                False,
                f"{self.path}var.{name}",
            )
        if "type" in declared.arguments:
            at, assignment = declared.arguments["type"]
            value = convert(value, constraint_of(assignment.value, self.scope(at)))
        if self._flag(declared, "sensitive", default=False):
            self.world.budget.sensitive = True
            value = mark(value)
        return traced(value, Step(note, place))

    def _flag(self, declared: Declaration, name: str, *, default: bool) -> bool:
        found = declared.arguments.get(name)
        value = found[1].value if found else None
        return value.value is True if isinstance(value, Literal) else default

    def local(self, name: str) -> Value:
        """A local value."""

        def make() -> Value:
            if name not in self.config.locals:
                raise Invalid(f"local value `{name}` is not declared")
            source, assignment = self.config.locals[name]
            value = self.scope(source).value(assignment.value)
            return traced(value, Step(f"local.{name}", Span(source, assignment.start, assignment.end)))

        return self.once(("local", name), make)

    def output(self, name: str) -> Value:
        """An output value."""

        def make() -> Value:
            declared = self.config.outputs.get(name)
            if declared is None or "value" not in declared.arguments:
                raise Invalid(f"the module has no output `{name}`")
            source, assignment = declared.arguments["value"]
            # That an output says `sensitive` hides it from people only: where it is used, its value alone tells.
            return self.scope(source).value(assignment.value)

        return self.once(("output", name), make)

    # -- instances ---------------------------------------------------------------------------------------------------

    def repetitions(self, declared: Declaration) -> list[tuple[Value | None, dict[str, Value]]] | Unknown:
        """(key, names) of each instance by `count` or `for_each`; unknown where they are."""
        if "count" in declared.arguments:
            source, assignment = declared.arguments["count"]
            count = convert(self.scope(source).value(assignment.value), "number")
            if not isinstance(count, Known):
                return unknown(f"`count` is not known: {count.reason}")
            if not isinstance(count.value, int) or count.value < 0:
                raise Invalid(f"`count` is {count.value}")
            self.world.spend_instances(count.value)
            return [(known(i), {"count": mapped({"index": counted(i)})}) for i in range(count.value)]
        if "for_each" in declared.arguments:
            source, assignment = declared.arguments["for_each"]
            each = self.scope(source).value(assignment.value)
            if is_unknown(each):
                return unknown(f"`for_each` is not known: {each.reason}")
            if marked(each):
                raise Invalid("`for_each` takes no sensitive value")
            if not isinstance(each, (Map, SetOf)):
                raise Invalid("`for_each` needs a map or a set of strings")
            elements = elements_of(each)
            if not all(isinstance(k, Known) for k, _ in elements):
                return unknown("a key of `for_each` is not known")
            self.world.spend_instances(len(elements))
            return [
                (to_string(k), {"each": mapped({"key": to_string(k), "value": inherited(v, each)})})
                for k, v in elements
            ]
        return [(None, {})]

    def _each(self, declared: Declaration) -> tuple[list[tuple[Value | None, dict[str, Value]]], Unknown | None]:
        """Repetitions, evaluated once; where they are unknown, one that stands for all, and the reason."""
        kept = self._repeated.get(id(declared))
        if kept is None:
            kept = self._repeated[id(declared)] = self._repeat(declared)
        return kept

    def _repeat(self, declared: Declaration) -> tuple[list[tuple[Value | None, dict[str, Value]]], Unknown | None]:
        try:
            found = self.repetitions(declared)
        except (Invalid, TooMuch) as reason:
            found = unknown(str(reason))
        if isinstance(found, Unknown):
            self.world.note(declared, f"{found.reason}; one instance stands for all")
            stand_in = {"key": found, "value": found}
            return [(None, {"each": mapped({**stand_in}), "count": mapped({"index": found})})], found
        return found, None

    def _group(self, kind: str) -> dict[tuple[str, str], Declaration]:
        config = self.config
        return {"resource": config.resources, "data": config.data, "ephemeral": config.ephemeral}[kind]

    def instances(self, kind: str, type_: str, name: str) -> list[Instance]:
        """All instances of one resource or data source."""
        key = (kind, type_, name)
        if key not in self._instances:
            declared = self._group(kind)[type_, name]
            prefix = "" if kind == "resource" else f"{kind}."
            found, gap = self._each(declared)
            if not self.world.room(declared, len(found)):
                found = []
            self._instances[key] = [
                self._instance(kind, type_, name, f"{self.path}{prefix}{type_}.{name}{_key(k)}", names, declared)
                for k, names in found
            ]
            if id(declared) in self._repeated:
                # The names are needed no more, only the keys.
                self._repeated[id(declared)] = ([(k, _NO_NAMES) for k, _ in found], gap)
        return self._instances[key]

    def _instance(
        self, kind: str, type_: str, name: str, address: str, names: dict[str, Value], declared: Declaration
    ) -> Instance:
        computed = Computed(declared.source, declared.block.start, declared.block.end, -1, self.world.key(address))
        values = body(declared, lambda source: self.scope(source, names), computed)
        return Instance(kind, type_, name, address, values, declared, self)

    def resource_value(self, kind: str, type_: str, name: str) -> Value:
        """What `aws_s3_bucket.b` means in an expression."""

        def make() -> Value:
            declared = self._group(kind).get((type_, name))
            if declared is None:
                raise Invalid(f"{kind} `{type_}.{name}` is not declared")
            found = self.instances(kind, type_, name)
            values = [self.world.computed(instance) for instance in found]
            return self._collected(declared, values)

        return self.once((kind, type_, name), make)

    def _collected(self, declared: Declaration, values: list[Value]) -> Value:
        repeated, gap = self._each(declared)
        if gap is not None:
            return gap
        if len(values) != len(repeated):
            return unknown("the instances were not read, as there are too many")
        if "count" in declared.arguments:
            return listed(values, Seq)
        if "for_each" in declared.arguments:
            return mapped({str(k.plain()): v for (k, _), v in zip(repeated, values, strict=True) if k is not None})
        return values[0]

    # -- child modules -----------------------------------------------------------------------------------------------

    def children(self, name: str) -> list[tuple[Value | None, Module]]:
        """The instances of a module call; empty where the module's files are not there (a problem says so)."""
        if name not in self._children:
            declared = self.config.modules[name]
            config = self.world.child_config(self, name, declared)
            found: list[tuple[Value | None, Module]] = []
            if config is not None and self.depth < DEPTH_MAX:
                repeated, _ = self._each(declared)
                if not self.world.room_for_modules(declared, len(repeated)):
                    repeated = []
                for key, names in repeated:
                    path = f"{self.path}module.{name}{_key(key)}."
                    given = self._inputs(name, declared, names)
                    found.append((key, Module(config, self.world, path, depth=self.depth + 1, given=given)))
            elif config is not None:
                self.world.note(declared, f"modules are nested deeper than {DEPTH_MAX}; the rest was not read")
            self._children[name] = found
        out = self._children[name]
        return [] if isinstance(out, Unknown) else out

    def _inputs(self, name: str, declared: Declaration, names: dict[str, Value]) -> Callable[[str], Value | None]:
        """The arguments of a module call, each evaluated when it is asked for: one may need what another led to."""

        def given(variable: str) -> Value | None:
            found = declared.arguments.get(variable)
            if found is None or variable in MODULE_META:
                return None
            source, assignment = found
            note = Step(f"argument of module.{name}", Span(source, assignment.start, assignment.end))
            return traced(argument(assignment, self.scope(source, names)), note)

        return given

    def module_value(self, name: str) -> Value:
        """What `module.vpc` means in an expression: its outputs."""

        def make() -> Value:
            declared = self.config.modules.get(name)
            if declared is None:
                raise Invalid(f"module `{name}` is not declared")
            children = self.children(name)
            if not children and self.world.child_config(self, name, declared) is None:
                return unknown(f"module `{name}` was not read", name=f"{self.path}module.{name}")
            values: list[Value] = [mapped({o: child.output(o) for o in child.config.outputs}) for _, child in children]
            return self._collected(declared, values)

        return self.once(("module", name), make)

    def walk(self) -> list[Instance]:
        """All resource and data instances of this module and those below it."""
        before = sys.getrecursionlimit()
        sys.setrecursionlimit(max(before, FRAMES_MAX))
        try:
            return self._walk()
        finally:
            sys.setrecursionlimit(before)

    def _walk(self) -> list[Instance]:
        out: list[Instance] = []
        for kind, group in (
            ("resource", self.config.resources),
            ("data", self.config.data),
            ("ephemeral", self.config.ephemeral),
        ):
            for type_, name in group:
                out += self.instances(kind, type_, name)
        for name in self.config.modules:
            for _, child in self.children(name):
                out += child._walk()
        return out


def _key(key: Value | None) -> str:
    if key is None:
        return ""
    assert isinstance(key, Known)
    return f"[{key.value}]" if isinstance(key.value, int) else f'["{key.value}"]'


__all__ = ["Computed", "Instance", "Module", "Workspace"]

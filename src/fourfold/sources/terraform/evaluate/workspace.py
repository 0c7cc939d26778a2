"""What all modules of one root share: limits, problems, functions, and what references to a resource see."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING

import msgspec

from fourfold.model.place import Problem
from fourfold.model.value import Map, Ref, Seq, Value
from fourfold.sources.terraform.evaluate.blocks import block_types
from fourfold.sources.terraform.evaluate.config import Config, Declaration
from fourfold.sources.terraform.evaluate.kinds import Invalid, is_null, known, unknown
from fourfold.sources.terraform.evaluate.limits import Budget, TooMuch
from fourfold.sources.terraform.evaluate.unification import type_of

if TYPE_CHECKING:
    from fourfold.sources.terraform.evaluate.module import Module

INSTANCES_MAX = 50_000
"""Instances of resources and modules in one scan of a root module."""
MADE_MAX = 100_000
"""Instances in all, with those that are not repeated."""
MODULES_MAX = 5_000
"""Instances of modules."""


class Computed(Ref, frozen=True):
    """A resource, or a block of one: attributes that its configuration does not set are known only after apply."""

    def _child(self, key: str | int) -> Value:
        name = f"{self.attribute}.{key}" if self.attribute else str(key)
        return Ref(self.source, self.start, self.end, self.key_start, self.target, name, self.provenance)


class Instance(msgspec.Struct, frozen=True):
    """One resource (or data source) of one module instance."""

    kind: str
    """`resource`, `data` or `ephemeral`."""
    type: str
    name: str
    address: str
    """`module.vpc.aws_subnet.private[0]`."""
    values: Map
    declaration: Declaration
    module: Module


class Workspace:
    """What all modules of one root share: limits, problems, functions, and how a module's files are found."""

    def __init__(
        self,
        *,
        functions: Callable[[Module], Mapping[str, Callable[..., Value]]],
        find: Callable[[Module, str, Declaration], Config | None],
        facts: Mapping[tuple[str, str], Value],
        root_key: str,
        data: Mapping[str, Callable[[Instance], Value]] | None = None,
    ) -> None:
        """`functions` and `find` come from the reader; `data` computes data sources that need no provider, and under `*`
        all others."""
        self.root: Module | None = None
        """The root module, once it is made."""
        self.functions = functions
        self.budget = Budget()
        self.problems: list[Problem] = []
        self._find = find
        self._facts = facts
        self._root_key = root_key
        self._data = dict(data or {})
        self.chain = 0
        """Named values that are being evaluated, one for the sake of the other."""
        self._instances_left = INSTANCES_MAX
        self._made = 0
        self._modules = 0
        self._configs: dict[tuple[int, str], Config | None] = {}

    def key(self, address: str) -> str:
        """The key of the resource that an instance becomes (`Resource.key`)."""
        return f"{self._root_key}#{address}"

    def fact(self, module: Module, root: str, name: str) -> Value:
        """`path.module`, `path.root`, `path.cwd`, `terraform.workspace`."""
        if (root, name) == ("path", "module"):
            return known(module.config.folder or ".")
        found = self._facts.get((root, name))
        if found is None:
            raise Invalid(f"`{root}.{name}` does not exist")
        return found

    def note(self, declared: Declaration, reason: str) -> None:
        """A problem at a declaration, once."""
        line = declared.source.position(declared.block.start)[0]
        problem = Problem(declared.source.path, line, reason)
        if problem not in self.problems:
            self.problems.append(problem)

    def spend_instances(self, count: int) -> None:
        if count > self._instances_left:
            raise TooMuch(f"more than {INSTANCES_MAX} instances")
        self._instances_left -= count
        self.budget.grant(count)

    def room_for_modules(self, declared: Declaration, count: int) -> bool:
        """Whether this many more instances of modules are made; a problem says where they are not."""
        self._modules += count
        if self._modules > MODULES_MAX:
            if self._modules - count <= MODULES_MAX:
                self.note(declared, f"more than {MODULES_MAX} instances of modules; the rest was not read")
            return False
        return True

    def room(self, declared: Declaration, count: int) -> bool:
        """Whether this many more instances are made; a problem says where they are not."""
        self._made += count
        if self._made > MADE_MAX:
            if self._made - count <= MADE_MAX:
                self.note(declared, f"more than {MADE_MAX} resources and modules; the rest was not read")
            return False
        return True

    def child_config(self, module: Module, name: str, declared: Declaration) -> Config | None:
        """The declarations of a called module; None (and a problem) where its files are not there."""
        key = (id(module.config), name)
        if key not in self._configs:
            self._configs[key] = self._find(module, name, declared)
        return self._configs[key]

    def computed(self, instance: Instance) -> Value:
        """What references to an instance see: what its configuration says, the rest known after apply.

        An argument that is null counts as not said, as providers choose a value for most of those that others refer to
        (`name`).
        """
        compute = (self._data.get(instance.type) or self._data.get("*")) if instance.kind == "data" else None
        if compute:
            return compute(instance)
        values = instance.values
        if instance.type == "terraform_data":
            return self._terraform_data(values, self.key(instance.address))
        blocks = block_types(instance.declaration)
        entries = values.entries_
        if not blocks and not any(map(is_null, entries.values())):
            return values
        said = {
            name: _open(value, self.key(instance.address), name) if name in blocks else value
            for name, value in entries.items()
            if not is_null(value)
        }
        return msgspec.structs.replace(values, entries_=said)

    @staticmethod
    def _terraform_data(values: Map, key: str) -> Value:
        """`terraform_data`, whose provider is part of Terraform: its attributes and their types are known.

        Source: Terraform language documentation, "The terraform_data Managed Resource Type".
        """
        place = (values.source, values.start, values.end, -1)
        given = values.entries_.get("input", known(None))
        output = given
        if not is_null(given):
            gap = Ref(*place, key, "output")
            type_ = type_of(given)
            output = (
                gap if type_ == "any" else unknown(f"`{key.partition('#')[2]}.output` is known only after apply", type_)
            )
        entries = {"id": Ref(*place, key, "id"), "input": given, "output": output}
        entries["triggers_replace"] = values.entries_.get("triggers_replace", known(None))
        return Map(*place, entries)


def _open(value: Value, key: str, name: str) -> Value:
    """Blocks of a resource as others see them: attributes that are not written are known after apply."""
    if not isinstance(value, Seq):
        return value
    items = [
        msgspec.structs.replace(one, rest=Computed(one.source, one.start, one.end, -1, key, name))
        if isinstance(one, Map)
        else one
        for one in value.items_
    ]
    return msgspec.structs.replace(value, items_=tuple(items))

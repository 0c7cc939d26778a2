"""A role that several functions share, as one role for each of them.

    for found in split(graph, tree, role):
        found.policy.statements, found.verdict

Each new role allows what the code of its function and the template need (`engines.iam.write`). It is proved that every use is
allowed and that nothing is allowed that the shared role does not allow. A function whose code is not read keeps the shared
role.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

import msgspec

from fourfold.engines.exact.answer import Answer, Unknown
from fourfold.engines.iam.least.documents import all_proved
from fourfold.engines.iam.write import Policy, functions, write
from fourfold.model.graph import Graph
from fourfold.model.nodes import Function, Identity
from fourfold.model.resource import Resource
from fourfold.sources.tree import Tree


class Part(msgspec.Struct, frozen=True, eq=False, kw_only=True):
    """One function and its new role."""

    function: Function
    name: str
    """Logical id (in Terraform: name) of the new role; empty where the function keeps the shared one."""
    policy: Policy
    kept: str = ""
    """Why the function keeps the shared role; empty where it gets its own."""

    @property
    def untold(self) -> tuple[str, ...]:
        """What of the function's code cannot be told without running it."""
        return (
            *self.policy.unobserved,
            *(f"{p.file}:{p.line}: {p.reason}" for p in self.policy.problems),
        )

    @property
    def verdict(self) -> Answer:
        """Whether the new role allows every use, and nothing that the shared one does not allow."""
        if self.kept:
            return Unknown(f"`{self.function.name}` keeps the shared role: {self.kept}")
        found = all_proved((self.policy.covers, self.policy.narrower))
        if found.verdict == "proved" and self.untold:
            return Unknown(f"`{self.function.name}` may need more: {self.untold[0]}")
        return found


class Split(msgspec.Struct, frozen=True, eq=False, kw_only=True):
    """A shared role, split."""

    role: Identity
    parts: tuple[Part, ...]
    others: tuple[str, ...] = ()
    """Who else runs as it, and keeps it."""

    @property
    def verdict(self) -> Answer:
        """One answer for all parts."""
        return all_proved(part.verdict for part in self.parts)


def shared(graph: Graph) -> list[tuple[Identity, list[Function]]]:
    """The roles that more than one function runs as, with these functions."""
    found: dict[str, tuple[Identity, list[Function]]] = {}
    for function in functions(graph):
        for node in roles_of(graph, function):
            found.setdefault(node.key, (node, []))[1].append(function)
    return [(node, users) for node, users in found.values() if len(users) > 1]


def roles_of(graph: Graph, function: Function) -> list[Identity]:
    """The roles that a function runs as."""
    return [n for n in graph.out(function.workload, "runs_as") if isinstance(n, Identity)]


def split(graph: Graph, tree: Tree, role: Identity, records: Sequence[tuple[str, bytes]] = ()) -> Split:
    """One role for each function that runs as `role`. `records` as `engines.iam.write.write` takes them."""
    users = [f for f in functions(graph) if any(n.key == role.key for n in roles_of(graph, f))]
    taken = {r.address for r in graph.resources.values()}
    parts: list[Part] = []
    for function in users:
        made = write(graph, tree, function, records)
        why = ""
        if made.program is None or made.program.entry is None:
            said = (*made.unobserved, *(f"{p.file}:{p.line}: {p.reason}" for p in made.problems))
            why = said[0] if said else "its code is not read"
        name = "" if why else _name(function.resource, taken)
        parts.append(Part(function=function, name=name, policy=made, kept=why))
    named = {f.workload.key for f in users}
    others = tuple(
        dict.fromkeys(
            n.name for n in graph.into(role, "runs_as") if n.key not in named and n.name not in {f.name for f in users}
        )
    )
    return Split(role=role, parts=tuple(parts), others=others)


def _name(resource: Resource, taken: set[str]) -> str:
    """A name that no resource has."""
    terraform = not resource.format.startswith(("cloudformation", "sam"))
    kind, last = "aws_iam_role." if terraform else "", resource.address.rpartition(".")[2]
    base = re.sub(r"[^A-Za-z0-9_]" if terraform else r"[^A-Za-z0-9]", "_" if terraform else "", last)
    tail = "_role" if terraform else "Role"
    name, n = f"{base}{tail}", 2
    while f"{kind}{name}" in taken:
        name, n = f"{base}{'_own' if terraform else 'Own'}{tail}{n if n > 2 else ''}", n + 1
    taken.add(f"{kind}{name}")
    return name

"""The least that a workload needs to be allowed, from its code, its template and its records; proved afterwards.

    found = write(graph, tree, function)
    found.statements         # what is needed, each action with its reasons
    found.missing            # needed, and not allowed now
    found.unused             # allowed now, and not needed
    found.unobserved         # what nobody can tell without running it

What is not known of a name becomes `*` of that type, with the reason, or what the present policy says where that is less.
The proofs are asked of the exact engine: that each call is allowed, and whether the policy allows anything that the present
one does not.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import msgspec

from fourfold.engines.exact.answer import Answer, Unknown, Witness
from fourfold.engines.iam import document as document_of
from fourfold.engines.iam.document import parse
from fourfold.engines.iam.estate import Principal
from fourfold.engines.iam.estate_graph import grounding
from fourfold.engines.iam.names import Names
from fourfold.engines.iam.write import calls, code, prove, template
from fourfold.engines.iam.write.names import Naming
from fourfold.engines.iam.write.needs import Need
from fourfold.engines.iam.write.present import Unused, allowed_now, said_about, standing, unused, whole
from fourfold.engines.iam.write.records import Records
from fourfold.engines.iam.write.records import needs_of as recorded
from fourfold.engines.iam.write.records import read as read_records
from fourfold.engines.iam.write.records import unseen as unseen_in
from fourfold.engines.iam.write.statements import (
    INLINE_MAX,
    MANAGED_MAX,
    Written,
    document,
    shortened,
    size,
    split,
    statements,
)
from fourfold.model.condition import FALSE
from fourfold.model.graph import Graph
from fourfold.model.nodes import Function, Identity
from fourfold.model.place import Problem
from fourfold.model.value import Value
from fourfold.sources.handler import Note, Program, SdkCall
from fourfold.sources.tree import Tree


class Policy(msgspec.Struct, frozen=True, eq=False, kw_only=True):
    """What was written for one workload."""

    function: Function
    role: Principal | None
    """The role it has now; None where it is not part of what was read."""
    statements: tuple[Written, ...]
    missing: tuple[Need, ...] = ()
    """Needed, and not allowed now."""
    untold: tuple[Need, ...] = ()
    """Needed, and whether it is allowed now depends on what is not known."""
    unused: tuple[Unused, ...] = ()
    unobserved: tuple[str, ...] = ()
    """What cannot be told, with its place."""
    elsewhere: tuple[SdkCall, ...] = ()
    """Calls by other credentials than the workload's."""
    unreached: tuple[SdkCall, ...] = ()
    """Calls in code that the handler does not reach."""
    problems: tuple[Problem, ...] = ()
    notes: tuple[str, ...] = ()
    unseen: tuple[str, ...] = ()
    """Actions that the code may call and the records do not show; empty without records."""
    covers: Answer
    """Whether every need is allowed."""
    narrower: Answer
    """Whether nothing is allowed that the present policy does not allow."""
    characters: int = 0
    parts: tuple[tuple[Written, ...], ...] = ()
    """The statements as they fit the quotas: all in one inline policy, else in several managed ones."""
    names: Names
    program: Program | None = None

    @property
    def document(self) -> dict[str, Any]:
        """Plain data, with stand-ins for what is known only at deployment."""
        return document(self.statements, self.names)


def functions(graph: Graph) -> list[Function]:
    """The workloads that a policy can be written for."""
    return [f for f in graph.of(Function) if f.condition != FALSE]


def write(graph: Graph, tree: Tree, function: Function, records: Sequence[tuple[str, bytes]] = ()) -> Policy:
    """The least privilege of a function. `records` are files of CloudTrail or the access advisor: names and contents."""
    names, estate = graph.derived(grounding)
    role = _role(graph, estate.principals, function)
    variables: dict[str, tuple[Value, ...]] = {}
    for variable in function.variables:
        variables[variable.name] = (*variables.get(variable.name, ()), variable.value)
    naming = Naming(graph, function.resource, variables)
    program, why = code.read(graph, tree, function)
    unobserved: list[str] = [f"the code is not read: {why}"] if program is None else []
    needs: list[Need] = []
    elsewhere: list[SdkCall] = []
    for call in program.calls if program is not None else ():
        if call.foreign:
            elsewhere.append(call)
            continue
        found, untold = calls.needs_of(naming, call)
        needs += found
        if untold:
            unobserved.append(f"{call.span.file}:{call.span.line}: {untold}")
    needs += template.needs_of(graph, naming, function)
    shown = read_records(records, role.arn.rpartition("/")[2] if role is not None else "") if records else Records()
    unseen = unseen_in(shown, needs) if records else []
    needs += _beyond(needs, list(recorded(shown, naming)))
    notes = [f"events of the records that are by other roles: {shown.others}"] if shown.others else []
    if program is not None:
        unobserved += [_placed(note) for note in program.notes]
    lower, upper = allowed_now(role, "lower"), allowed_now(role, "upper")
    needs = [msgspec.structs.replace(n, resource=one) for n in needs for one in naming.settled(n.resource)]
    needs = [n for need in needs for n in _narrowed(need, role, names)]
    standings = (
        [(need, standing(need, names, estate, role, lower, upper)) for need in needs] if role is not None else []
    )
    out, shorter = shortened(statements(needs, names), names, INLINE_MAX)
    made = whole(parse(document(out, names)))
    return Policy(
        function=function,
        role=role,
        statements=tuple(out),
        missing=_distinct([n for n, how in standings if how == "missing"], names),
        untold=_distinct([n for n, how in standings if how == "unknown"], names),
        # Nobody can say of code that was not read what it does not use.
        unused=tuple(unused(role, {n.action for n in needs}))
        if program is not None and program.entry is not None
        else (),
        unobserved=tuple(dict.fromkeys(unobserved)),
        elsewhere=tuple(elsewhere),
        unreached=program.unreached if program is not None else (),
        problems=(*(program.problems if program is not None else ()), *shown.problems),
        notes=(*notes, *shorter),
        unseen=tuple(unseen),
        covers=prove.covers(made, needs, names),
        narrower=_narrower(made, role, standings, lower, upper, names),
        characters=size(document(out, names)),
        parts=tuple(map(tuple, split(out, names, MANAGED_MAX)))
        if size(document(out, names)) > INLINE_MAX
        else (tuple(out),),
        names=names,
        program=program,
    )


def _role(graph: Graph, principals: tuple[Principal, ...], function: Function) -> Principal | None:
    nodes = [n for n in graph.out(function.workload, "runs_as") if isinstance(n, Identity)]
    found = [p for p in principals for n in nodes if p.node is n]
    return found[0] if found else None


def _narrower(
    made: document_of.Policy,
    role: Principal | None,
    standings: Sequence[tuple[Need, str]],
    lower: document_of.Policy,
    upper: document_of.Policy,
    names: Names,
) -> Answer:
    if role is None:
        return Unknown("the present policy is not part of what was read")
    missing = [need for need, how in standings if how == "missing"]
    if missing:
        resource = prove.instance(names.text(missing[0].resource))
        asked = {"principal": role.arn, "action": missing[0].action, "resource": resource, "context": {}}
        return Witness(asked, (f"needed: {missing[0].reason.text}", "no statement of the present policy allows it"))
    return prove.narrower(made, lower, upper, names)


def _placed(note: Note) -> str:
    return f"{note.span.file}:{note.span.line}: {note.reason}"


def _beyond(needs: list[Need], seen: list[Need]) -> list[Need]:
    """What the records show: reasons for what is needed anyway, and more needs."""
    by_action: dict[str, list[Need]] = {}
    for need in needs:
        by_action.setdefault(need.action, []).append(need)
    out: list[Need] = []
    for one in seen:
        known = by_action.get(one.action)
        if known and (one.wide or any(not n.wide for n in known)):
            out.append(msgspec.structs.replace(known[0], reason=one.reason))
        else:
            out.append(one)
    return out


def _narrowed(need: Need, role: Principal | None, names: Names) -> list[Need]:
    """A need whose resource is not known, on what the present policy says, where that is less."""
    if not need.wide or role is None:
        return [need]
    found = said_about(role, need, names)
    why = f"{need.wide}; what the present policy names is taken"
    return [msgspec.structs.replace(need, resource=value, wide=why) for value in found] or [need]


def _distinct(needs: list[Need], names: Names) -> tuple[Need, ...]:
    return tuple({(n.action, names.text(n.resource)): n for n in needs}.values())

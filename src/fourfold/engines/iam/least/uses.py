"""What is used of a policy: from code, access records and what people say."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence

import msgspec

from fourfold.engines.iam.estate import Principal
from fourfold.engines.iam.least.shrink import Use
from fourfold.engines.iam.least.split import roles_of
from fourfold.engines.iam.write import functions, write
from fourfold.engines.iam.write.records import Records
from fourfold.knowledge.iam import catalogue
from fourfold.model.graph import Graph
from fourfold.model.value import Value
from fourfold.sources.tree import Tree

_ACTION = re.compile(r"[a-z0-9-]+:[A-Za-z0-9*?]+")
_OBJECT = re.compile(r"(arn:[^:]*:s3:::[^/]+)/.+", re.DOTALL)
_STREAM = re.compile(r"(arn:[^:]*:logs:[^:]*:[^:]*:log-group:[^:]+):.*", re.DOTALL)


class Used(msgspec.Struct, frozen=True, kw_only=True):
    """All that is known to be used."""

    uses: tuple[Use, ...] | None = None
    """None where nothing says what is used."""
    untold: tuple[str, ...] = ()
    """What may be used beside that."""
    values: Mapping[str, Value] = {}
    """Values of the template by their text."""
    notes: tuple[str, ...] = ()


def said(text: str) -> Use:
    """`s3:GetObject` or `s3:GetObject=arn:aws:s3:::in/*`. Raises ValueError where it is neither."""
    action, _, resource = text.partition("=")
    if not _ACTION.fullmatch(action):
        raise ValueError(f"no action: `{action}`; give `service:Action`, or `service:Action=ARN`")
    if resource and resource != "*" and not resource.startswith("arn:"):
        raise ValueError(f"no ARN: `{resource}`; give `service:Action=ARN`")
    return Use(action, (resource or "*",), "said to be used")


def of_records(found: Records) -> Iterator[Use]:
    """What was done. Objects and log streams stand for all of their bucket or group: tomorrow's have other names."""
    for seen in found.seen:
        on = tuple(dict.fromkeys(_wider(arn) for arn in seen.resources)) or ("*",)
        times = f"{seen.count} time{'s' * (seen.count > 1)}"
        yield Use(seen.action, on, f"was {'denied' if seen.denied else 'called'} {times}")
    shown = {seen.action for seen in found.seen}
    for name, when in found.last_used.items():
        known = catalogue().expand(name) if ":" in name and when else ()
        if known and str(known[0]) not in shown:
            yield Use(str(known[0]), ("*",), f"was last used on {when[:10]}, says the access advisor")


def _wider(arn: str) -> str:
    for form, tail in ((_OBJECT, "/*"), (_STREAM, ":*")):
        found = form.fullmatch(arn)
        if found:
            return found[1] + tail
    return arn


def of_code(graph: Graph, tree: Tree, role: Principal, records: Sequence[tuple[str, bytes]] = ()) -> Used:
    """What the functions that run as a role use, and what the records show of it."""
    mine = [f for f in functions(graph) if any(n is role.node for n in roles_of(graph, f))]
    others = [name for name in role.users if name not in {f.name for f in mine}]
    if not mine:
        return Used(untold=tuple(f"`{name}` runs as it; what it does is not read" for name in others))
    uses: list[Use] = []
    untold = [f"`{name}` runs as it, too; what it does is not read" for name in others]
    whole = not others
    values: dict[str, Value] = {}
    notes: list[str] = []
    for function in mine:
        made = write(graph, tree, function, records)
        untold += made.unobserved
        untold += [f"{p.file}:{p.line}: {p.reason}" for p in made.problems]
        if made.program is None or made.program.entry is None:
            whole = False
            untold.append(f"the code of `{function.name}` is not read")
            continue
        notes += made.notes
        for need in (n for one in made.statements for n in one.needs):
            text = made.names.text(need.resource)
            values.setdefault(text, need.resource)
            uses.append(Use(need.action, (text,), f"{need.reason.text}  {need.reason.place}".rstrip()))
    # Nobody can say of code that was not read what it does not use.
    found = tuple(dict.fromkeys(uses)) if whole and uses else None
    return Used(uses=found, untold=tuple(dict.fromkeys(untold)), values=values, notes=tuple(dict.fromkeys(notes)))

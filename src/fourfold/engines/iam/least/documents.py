"""Policy documents as plain data: the present policies of a role, their quotas, and proofs about them.

A document holds stand-ins (`<region>`, see `engines.iam.names`) for what is known only at deployment. Each is one text that
is not known, so what is proved of patterns with stand-ins holds whatever they turn out to be, as long as nothing depends on
two of them being different: `told_apart` says where something would.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import msgspec

from fourfold.engines.exact.answer import Answer, Proved, Unknown, Witness
from fourfold.engines.iam import symbolic
from fourfold.engines.iam.document import Policy, Statement, parse
from fourfold.engines.iam.estate import Principal
from fourfold.engines.iam.ground import Document
from fourfold.engines.iam.names import ACCOUNT, REGION, STAND_IN, Names, open_in
from fourfold.engines.iam.question import Typing
from fourfold.engines.iam.write.present import whole
from fourfold.model.condition import TRUE, both
from fourfold.model.value import Value

QUOTAS = {"managed": 6_144, "role": 10_240, "group": 5_120, "user": 2_048}
"""Characters without white space: of a managed policy, and of all inline policies of an identity.
Source: https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_iam-quotas.html"""

Plain = dict[str, Any]
VERSION = "2012-10-17"
_MADE_UP = ("<stack", "<id of", "<name of", REGION)


class Present(msgspec.Struct, frozen=True, eq=False, kw_only=True):
    """The policies that an identity has now, as one document."""

    data: Plain
    values: Mapping[str, Value] = {}
    """The values of the template by their text."""
    unknown: str = ""
    """Why it is not known as a whole; empty where it is."""


def document(statements: Sequence[Plain]) -> Plain:
    """A document of these statements."""
    return {"Version": VERSION, "Statement": list(statements)}


def size(data: Plain) -> int:
    """Characters that count for quotas."""
    return len(json.dumps(data, separators=(",", ":"), ensure_ascii=False))


def listed(value: Any) -> list[Any]:
    """One or many, as many."""
    return list(value) if isinstance(value, list | tuple) else [] if value is None else [value]


def statement(found: Statement) -> Plain:
    """A statement as it is written."""
    out: Plain = {"Sid": found.sid} if found.sid else {}
    out["Effect"] = found.effect
    out["NotAction" if found.not_actions else "Action"] = list(found.actions)
    if found.resources is not None:
        out["NotResource" if found.not_resources else "Resource"] = list(found.resources)
    block: dict[str, dict[str, list[str]]] = {}
    for one in found.conditions:
        name = (
            (f"{one.qualifier}:" if one.qualifier else "") + one.operator.name + ("IfExists" if one.if_exists else "")
        )
        block.setdefault(name, {})[one.key] = list(one.values)
    if block:
        out["Condition"] = block
    return out


def present(documents: Iterable[Document], names: Names, nodes: Iterable[Any] = ()) -> Present:
    """The documents as one. `nodes` are the policies of the graph they come from: their values are kept by their text."""
    rows: list[Plain] = []
    unknown = ""
    for found in documents:
        if found.problems:
            unknown = unknown or f"IAM rejects `{found.name}`: {found.problems[0]}"
        for one in found.statements:
            if both(one.when, found.when) != TRUE:
                unknown = unknown or f"`{found.name}` depends on a condition of the template"
            if one.written.path == "<statement>":
                unknown = unknown or one.reason
            rows.append(statement(one.written) | ({"Sid": ""} if one.written.sid else {}))
    for row in rows:
        row.pop("Sid", None)
    values: dict[str, Value] = {}
    for node in nodes:
        for one in node.statements:
            for element in (one.resources, one.not_resources):
                for _, value in element.elements():
                    values.setdefault(names.text(value), value)
            for _, _, keys in one.conditions.pairs():
                for _, _, given in keys.pairs():
                    for _, value in given.elements():
                        values.setdefault(names.text(value), value)
    return Present(data=document(rows), values=values, unknown=unknown)


def of_role(principal: Principal, names: Names) -> Present:
    """What a role or user is allowed by its identity policies now."""
    nodes = principal.node.policies if principal.node is not None else ()
    return present(principal.identity, names, nodes)


def policy(data: Plain) -> Policy:
    """The policy that a document is, with stand-ins."""
    return whole(parse(data))


def typing(*documents: Plain) -> Typing:
    """How questions about these documents are typed: where a stand-in may be any ARN, nothing is said of its type."""
    text = json.dumps(documents, ensure_ascii=False)
    opened = [found for found in STAND_IN.findall(text) if not found.startswith(_MADE_UP)]
    return "none" if opened else "open"


def told_apart(data: Plain) -> str:
    """What is only true if two unknown texts differ; empty where nothing is."""
    for row in listed(data.get("Statement")):
        elements = [*listed(row.get("NotResource"))]
        for operator, keys in (row.get("Condition") or {}).items():
            if "Not" in operator:
                elements += [value for values in keys.values() for value in listed(values)]
        for text in elements:
            opened = [found for found in STAND_IN.findall(str(text)) if not found.startswith(_MADE_UP)]
            if opened:
                return f"a statement excludes `{text}`, which is known only at deployment"
    return ""


def within(reference: Plain, candidate: Plain) -> Answer:
    """Whether the candidate allows nothing that the reference does not allow; else a request that is new."""
    if reason := told_apart(reference) or told_apart(candidate):
        return Unknown(reason)
    answer = symbolic.no_new_access(policy(reference), policy(candidate), typing=typing(reference, candidate))
    if isinstance(answer, Witness) and open_in(json.dumps([reference, candidate], ensure_ascii=False)):
        return _unsure(answer, reference, candidate)
    return answer


def _unsure(answer: Witness, reference: Plain, candidate: Plain) -> Answer:
    """A witness about texts that may be the same at deployment shows nothing."""
    resource = str(answer.request.get("resource"))
    texts = json.dumps([reference, candidate], ensure_ascii=False)
    named = [found for found in STAND_IN.findall(resource) if not found.startswith(_MADE_UP)]
    others = {found for found in STAND_IN.findall(texts) if not found.startswith(_MADE_UP)}
    if named or (others and ACCOUNT not in resource):
        return Unknown(f"`{answer.request.get('action')}` on `{resource}` depends on what is known only at deployment")
    return answer


def restricted(data: Plain, actions: Sequence[str], resources: Sequence[str]) -> Plain:
    """The part of a policy that is about these actions on these resources: everything else is denied."""
    rows: list[Plain] = list(data["Statement"])
    rows.append({"Effect": "Deny", "NotAction": list(actions), "Resource": "*"})
    if "*" not in resources:
        rows.append({"Effect": "Deny", "Action": "*", "NotResource": list(resources)})
    return document(rows)


def all_proved(answers: Iterable[Answer]) -> Answer:
    """One answer for several: a witness before what is unknown, before proofs."""
    found: Answer = Proved()
    for one in answers:
        if isinstance(one, Witness):
            return one
        if isinstance(one, Unknown):
            found = one
    return found


def answer_row(answer: Answer) -> Plain:
    """An answer as JSON: `verdict`, and `request` and `trace`, or `reason`."""
    out: Plain = {"verdict": answer.verdict}
    if isinstance(answer, Witness):
        out |= {"request": answer.request, "trace": list(answer.trace)}
    elif isinstance(answer, Unknown):
        out["reason"] = answer.reason
    return out

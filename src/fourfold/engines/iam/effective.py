"""What a principal's own policies let it do together: identity policies, within boundary, session and control policies.

`side` makes of layers what a question is asked about (`question.Side`): something is allowed where the identity policies,
the boundary, the session policy, the endpoint's policy and each level of service control policies allow it and no layer
denies it. Policies of resources are no part of it; what they grant beside is asked of the resource. That is the decision of
https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_evaluation-logic_policy-eval-denyallow.html without the
resource's side, decided point by point by `evaluate` of each layer.

With `who`, an ARN, only requests of this principal are asked about, and policy variables that follow from it are filled in.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence

import msgspec
from msgspec.structs import replace

from fourfold.engines.exact.answer import Answer, Proved, Unknown
from fourfold.engines.exact.globs import Glob, covers, disjoint, literal
from fourfold.engines.iam.decision import evaluate
from fourfold.engines.iam.document import Policy, Statement
from fourfold.engines.iam.elements import Element, action, has_variable, resource
from fourfold.engines.iam.pieces import Union, pieces
from fourfold.engines.iam.principals import KEYS, decoded, encoded
from fourfold.engines.iam.question import Question, Scope, Side, Typing
from fourfold.engines.iam.request import COMPONENTS, Request
from fourfold.engines.iam.symbolic import side as side_of_policy
from fourfold.engines.iam.variables import keys_of, parts
from fourfold.knowledge.iam import catalogue

Layers = Mapping[str, Sequence[Sequence[Policy]]]
"""By kind: levels of policies, as `spec.decide` takes them."""

_VARIABLE = re.compile(r"\$\{[^}]*\}")
_WILD = re.compile(r"[*?$]")
MUST_ALLOW = ("identity", "boundary", "session", "endpoint", "scp")
DENY = (*MUST_ALLOW, "rcp")
STATEMENTS_MAX = 400
"""Statements of the layers together from which on no readable set is made."""
ACTIONS_MAX = 400
"""Known actions written out where two patterns overlap and neither covers the other."""


class Effective(msgspec.Struct, frozen=True):
    """What is left of all layers, as one policy."""

    policy: Policy
    """Allow statements within all layers, and those deny statements that take something of them."""
    exact: Answer
    """Proved where the policy allows the same requests as the layers; else a request that tells, or why it is not known."""


def side(layers: Layers, who: str = "") -> Side:
    """What the layers allow together. Raises ValueError for a document that IAM rejects, and where no identity policy is."""
    read = _bound(layers, who)
    unions = [
        Union(
            [
                p
                for policy in level
                for s in policy.statements
                if s.effect == "Allow"
                for p in pieces(s, variables=policy.variables)
            ]
        )
        for kind in MUST_ALLOW
        for level in read.get(kind, ())
    ]
    denies = Union(
        [
            p
            for kind in DENY
            for level in read.get(kind, ())
            for policy in level
            for s in policy.statements
            if s.effect == "Deny"
            for p in pieces(s, variables=policy.variables)
        ]
    )
    every = [(kind, level) for kind in DENY for level in layers.get(kind, ())]

    def allows(made: Request) -> bool:
        said = [(kind, evaluate(level, made).outcome) for kind, level in every]
        return all(out == "allowed" or (kind == "rcp" and out == "implicit_deny") for kind, out in said)

    def trace(made: Request) -> str:
        said = [evaluate(level, made, kind) for kind, level in every]
        denied = [name for v in said if v.outcome == "explicit_deny" for name in v.statements]
        if denied:
            return f"denied by {', '.join(denied)}"
        silent = next((v.layer for v in said if v.outcome != "allowed" and v.layer != "rcp"), "")
        if silent:
            return f"the {silent} policies do not allow it"
        return f"allowed by {', '.join(name for v in said for name in v.statements)}"

    return Side((tuple(unions),), denies, allows, trace)


def never(
    layers: Layers, *, who: str = "", actions: Sequence[str] = ("*",), resources: Sequence[str] = ("*",),
    typing: Typing = "open",
) -> Answer:  # fmt: skip
    """Proved where the layers never allow any of the actions on any of the resources; else a request that they allow."""
    return Question(
        side(layers, who), None, "any", of_accounts=True, scope=_scope(who, actions, resources), typing=typing
    ).answer()


def no_new_access(reference: Layers, candidate: Layers, *, who: str = "", typing: Typing = "open") -> Answer:
    """Proved where the candidate's layers allow nothing that the reference's do not; else a request that is new."""
    return Question(
        side(candidate, who), side(reference, who), "outside", of_accounts=True, scope=_scope(who), typing=typing
    ).answer()


def _scope(who: str, actions: Sequence[str] = ("*",), resources: Sequence[str] = ("*",)) -> Scope:
    return Scope(
        Element(tuple(map(action, actions))),
        Element(tuple(resource(r, variables=False) for r in resources)),
        (literal(encoded(who)),) if who else (),
    )


def _bound(layers: Layers, who: str) -> Layers:
    if not layers.get("identity"):
        raise ValueError("no identity policies: without them nothing is allowed")
    for kind, levels in layers.items():
        for policy in (p for level in levels for p in level):
            if policy.problems:
                raise ValueError(f"IAM rejects the {kind} policy: {policy.problems[0]}")
    if not who:
        return layers
    known = {k: v[0] for k, v in decoded(encoded(who))[1].items()}
    return {kind: [[bind(p, known) for p in level] for level in levels] for kind, levels in layers.items()}


def bind(policy: Policy, known: Mapping[str, str]) -> Policy:
    """The policy for somebody of whom all keys that follow from who asks are known, with their variables filled in."""
    if not policy.variables:
        return policy
    return replace(policy, statements=tuple(_filled_in(s, known) for s in policy.statements))


def _filled_in(statement: Statement, known: Mapping[str, str]) -> Statement:
    resources = statement.resources
    if resources is not None:
        resources = tuple(text for r in resources for text in _texts(r, known))
    conditions = tuple(
        replace(c, values=tuple(text for v in c.values for text in _texts(v, known)))
        if c.operator.family in ("string", "arn")
        else c
        for c in statement.conditions
    )
    return replace(statement, resources=resources, conditions=conditions)


def _texts(text: str, known: Mapping[str, str]) -> Iterator[str]:
    """The text with what is known filled in; nothing where a variable of it stands for nothing."""
    if not has_variable(text) or not set(keys_of(text)) & KEYS:
        yield text
        return
    out = text
    for match in _VARIABLE.finditer(text):
        _, key, default = parts(match[0])[0] if has_variable(match[0]) else ("", "", None)
        if key in KEYS:
            value = known.get(key, default)
            if value is None:
                return
            out = out.replace(match[0], _WILD.sub(lambda m: f"${{{m[0]}}}", value))
    yield out


def effective(layers: Layers, *, who: str = "", typing: Typing = "open") -> Effective:
    """The layers together as one policy, with the proof that it is the same. Raises ValueError as `side` does.

    Where two patterns overlap and neither covers the other, the known actions of both are written out; of resources the
    parts of their ARNs are compared one by one.
    """
    read = _bound(layers, who)
    allowed = [_Row(s, p.variables) for p in (p for level in read["identity"] for p in level) for s in _of(p, "Allow")]
    for kind in MUST_ALLOW[1:]:
        for level in read.get(kind, ()):
            more = [_Row(s, p.variables) for p in level for s in _of(p, "Allow")]
            allowed = [both for a in allowed for b in more if (both := _within(a, b)) is not None]
            if len(allowed) > STATEMENTS_MAX:
                return Effective(_policy([], []), Unknown(f"more than {STATEMENTS_MAX} statements"))
    denies = [
        _Row(s, p.variables) for kind in DENY for level in read.get(kind, ()) for p in level for s in _of(p, "Deny")
    ]
    kept = _needed(list(dict.fromkeys(allowed)), list(dict.fromkeys(denies)), typing)
    wanted, scope = side(layers, who), _scope(who)
    policy = _policy(*kept)
    found = side_of_policy(policy)
    for one, other in ((found, wanted), (wanted, found)):
        answer = Question(one, other, "outside", of_accounts=True, scope=scope, typing=typing).answer()
        if not isinstance(answer, Proved):
            return Effective(policy, answer)
    return Effective(policy, Proved())


class _Row(msgspec.Struct, frozen=True):
    """A statement, and whether `${...}` in it is a variable."""

    statement: Statement
    variables: bool


def _of(policy: Policy, effect: str) -> Iterator[Statement]:
    return (s for s in policy.statements if s.effect == effect)


def _policy(allowed: Sequence[_Row], denies: Sequence[_Row]) -> Policy:
    return Policy("identity", tuple(r.statement for r in (*allowed, *denies)), "2012-10-17")


def _needed(allowed: list[_Row], denies: list[_Row], typing: Typing) -> tuple[list[_Row], list[_Row]]:
    """The statements without those that change nothing: denies that meet nothing, allows within another."""
    met = [d for d in denies if any(_within(a, d) is not None for a in allowed)]
    kept = list(allowed)
    for row in sorted(allowed, key=lambda r: len(r.statement.actions)):
        rest = [r for r in kept if r is not row]
        if rest and any(not _apart(row.statement, r.statement) for r in rest):
            one, others = side_of_policy(_policy([row], [])), side_of_policy(_policy(rest, []))
            if isinstance(Question(one, others, "outside", of_accounts=True, typing=typing).answer(), Proved):
                kept = rest
    return kept, met


def _apart(a: Statement, b: Statement) -> bool:
    """Whether two statements have no action in common; `True` is sure."""
    if a.not_actions or b.not_actions:
        return False
    return all(disjoint(action(x), action(y)) for x in a.actions for y in b.actions)


def _within(a: _Row, b: _Row) -> _Row | None:
    """What is in both statements; None where nothing is."""
    one, other = a.statement, b.statement
    actions = _both(one.actions, one.not_actions, other.actions, other.not_actions, action, _known_of_both)
    if actions is None:
        return None
    variables = a.variables and b.variables

    def as_glob(text: str) -> Glob:
        return resource(text, variables=a.variables or b.variables)

    resources = _both(
        one.resources or ("*",), one.not_resources, other.resources or ("*",), other.not_resources, as_glob, _by_parts
    )
    if resources is None:
        return None
    conditions = tuple(dict.fromkeys((*one.conditions, *other.conditions)))
    return _Row(
        replace(
            one,
            actions=actions[0], not_actions=actions[1], resources=resources[0], not_resources=resources[1],
            conditions=conditions,
        ),
        variables,
    )  # fmt: skip


def _both(
    xs: Sequence[str],
    not_xs: bool,
    ys: Sequence[str],
    not_ys: bool,
    as_glob: Callable[[str], Glob],
    overlap: Callable[[str, str], Iterable[str]],
) -> tuple[tuple[str, ...], bool] | None:
    """The patterns of what is in both lists, and whether it is what they leave out; None where nothing is."""
    if not_xs and not_ys:
        return tuple(dict.fromkeys((*xs, *ys))), True
    if not_xs or not_ys:
        kept, refused = (ys, xs) if not_xs else (xs, ys)
        if any(as_glob(k).everything for k in kept):
            return tuple(refused), True
        out = [k for k in kept if not any(covers(as_glob(r), as_glob(k)) for r in refused)]
        return (tuple(out), False) if out else None
    found: dict[str, None] = {}
    for x in xs:
        for y in ys:
            g, h = as_glob(x), as_glob(y)
            if covers(h, g):
                found[x] = None
            elif covers(g, h):
                found[y] = None
            elif not disjoint(g, h):
                found.update(dict.fromkeys(overlap(x, y)))
    return (tuple(found), False) if found else None


def _known_of_both(x: str, y: str) -> Iterable[str]:
    """The known actions that both patterns match."""
    return [str(a) for a in catalogue().expand(x) if a in set(catalogue().expand(y))][:ACTIONS_MAX]


def _by_parts(x: str, y: str) -> Iterable[str]:
    """What two ARN patterns have in common, part by part; the first where the parts overlap otherwise."""
    xs, ys = x.split(":", COMPONENTS - 1), y.split(":", COMPONENTS - 1)
    if len(xs) != len(ys) or len(xs) < COMPONENTS:
        return [x]
    out = []
    for a, b in zip(xs, ys, strict=True):
        g, h = resource(a, variables=False), resource(b, variables=False)
        out.append(a if covers(h, g) else b if covers(g, h) else a)
    return [":".join(out)]

"""What is proved over all requests: statements and conditions that never or always hold, and what others make superfluous.

The questions are asked of `symbolic`, whose answers are proofs, witnesses or unknown; only a proof becomes an issue.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from functools import lru_cache

from msgspec.structs import replace

from fourfold.engines.exact.answer import Answer, Proved, Unknown
from fourfold.engines.exact.globs import covers
from fourfold.engines.iam.document import Condition, Policy, Statement
from fourfold.engines.iam.elements import action as action_glob
from fourfold.engines.iam.symbolic import is_empty, no_new_access
from fourfold.engines.iam.validate.facts import LISTED_IN_FULL, key
from fourfold.engines.iam.validate.issues import Issue
from fourfold.engines.iam.validate.subject import Subject
from fourfold.engines.iam.written import Path, Written
from fourfold.knowledge.iam import Action
from fourfold.knowledge.iam_arns import acts_on, can_match, literal

_ACCOUNT = re.compile(r"^(arn:[^:]*:(iam|sts)::)?\d{12}(:|$)")
_WILD = re.compile(r"[*?]")
_ALL_OF_A_KIND = re.compile(r"([a-z-]+[:/])?\*(:[a-z*:-]*)?")
STATEMENTS_MAX = 120
"""Statements of one document that are compared with each other."""
CONDITIONS_MAX = 300
"""Conditions of one document that are looked at one by one."""
INNER_MAX = 500
"""Wildcards in the middle of patterns, beside others in the same pattern, in one document."""
ACTIONS_MAX = 400
"""A statement that matches more actions has a use for nearly any resource; it is not looked into."""


def statements(subject: Subject, document: Written) -> Iterator[Issue]:
    """Statements that never match, that a deny shadows, and that others make redundant (Suggestion - Redundant statement)."""
    rows = subject.policy.statements
    if intricate(rows):
        what = f"more than {INNER_MAX} wildcards in the middle of patterns: nothing is asked over all requests"
        yield Issue("UNDECIDED", what, ("Statement",))
        return
    if len(rows) > STATEMENTS_MAX:
        what = f"more than {STATEMENTS_MAX} statements: it is not asked which of them are redundant"
        yield Issue("UNDECIDED", what, ("Statement",))
        return
    open_: list[str] = []
    denies = [s for s in rows if s.effect == "Deny"]
    gone: set[str] = set()
    rows = tuple(s for s in rows if _known_principals(s))
    for statement in rows:
        path = document.steps(statement.path)
        alone = _asked(is_empty, [_only(subject.policy, [_allowing(statement)])], open_, statement)
        if isinstance(alone, Proved):
            gone.add(statement.path)
            yield Issue("STATEMENT_NEVER_MATCHES", "no request can match this statement", path, "proof")
        elif statement.effect == "Allow" and denies:
            shadow = _asked(is_empty, [_only(subject.policy, [*_near(denies, statement), statement])], open_, statement)
            if isinstance(shadow, Proved):
                gone.add(statement.path)
                what = "all that this statement allows is denied by the policy itself"
                yield Issue("STATEMENT_SHADOWED_BY_DENY", what, path, "proof")
    for statement in reversed(rows):
        if statement.path in gone:
            continue
        others = [s for s in rows if s.effect == statement.effect and s.path != statement.path and s.path not in gone]
        others = _near(others, statement)
        if not _may_cover(others, statement):
            continue
        rest = _only(subject.policy, [_allowing(s) for s in others])
        same = _asked(no_new_access, [rest, _only(subject.policy, [_allowing(statement)])], open_, statement)
        if isinstance(same, Proved):
            gone.add(statement.path)
            by = _named(rest, subject, statement, open_)
            what = f"{by} {statement.effect.lower()}{'s' if ' and ' not in by else ''} all of this already"
            yield Issue("REDUNDANT_STATEMENT", what, document.steps(statement.path), "proof")
    if open_:
        yield Issue("UNDECIDED", f"not all could be found out: {open_[0]}", document.steps(open_[0].partition(":")[0]))


def _known_principals(statement: Statement) -> bool:
    """Whether all principals are of kinds that requests are looked for of: not the ids of users and roles, nor AWS's own."""
    return all(kind != "AWS" or value == "*" or _ACCOUNT.search(value) for kind, value in statement.principals or ())


def intricate(rows: Iterable[Statement]) -> bool:
    """Whether the patterns are such that telling apart what they match takes long."""
    inner = 0
    for statement in rows:
        conditions = (value for condition in statement.conditions for value in condition.values)
        for text in (*statement.actions, *(statement.resources or ()), *conditions):
            wild = len(_WILD.findall(text.rstrip("*")))
            inner += wild if wild > 1 else 0
    return inner > INNER_MAX


def _named(rest: Policy, subject: Subject, statement: Statement, open_: list[str]) -> str:
    """The statement that makes another superfluous, where one does it alone."""
    one = _only(subject.policy, [_allowing(statement)])
    for other in rest.statements:
        if isinstance(_asked(no_new_access, [_only(subject.policy, [other]), one], open_, statement), Proved):
            return other.name
    return "the others" if len(rest.statements) > 1 else rest.statements[0].name


def _near(others: Iterable[Statement], statement: Statement) -> list[Statement]:
    """The statements that can be about some action of another: a quick look at what the actions begin with."""
    heads = _heads(statement)
    return [
        other
        for other in others
        if statement.not_actions or other.not_actions or any(one.startswith(head) or head.startswith(one)
                                                             for one in _heads(other) for head in heads)
    ]  # fmt: skip


@lru_cache(maxsize=1024)
def _heads(statement: Statement) -> frozenset[str]:
    return frozenset(_WILD.split(action, maxsplit=1)[0].lower() for action in statement.actions)


def _may_cover(others: Iterable[Statement], statement: Statement) -> bool:
    """Whether the others could take in a statement: a quick look at its first action."""
    if statement.not_actions or not statement.actions:
        return any(other.not_actions or "*" in other.actions for other in others)
    first, head = action_glob(statement.actions[0]), _WILD.split(statement.actions[0], maxsplit=1)[0].lower()
    return any(
        other.not_actions
        or any(
            head.startswith(_WILD.split(a, maxsplit=1)[0].lower()) and covers(action_glob(a), first)
            for a in other.actions
        )
        for other in others
    )


def _only(policy: Policy, rows: Sequence[Statement]) -> Policy:
    return replace(policy, statements=tuple(rows))


def _allowing(statement: Statement) -> Statement:
    return replace(statement, effect="Allow")


def _asked(question: object, policies: Sequence[Policy], open_: list[str], statement: Statement) -> Answer:
    assert callable(question)
    answer: Answer = question(*policies)
    if isinstance(answer, Unknown):
        open_.append(f"{statement.path}: {answer.reason}")
    return answer


def conditions(subject: Subject, document: Written) -> Iterator[Issue]:
    """Suggestion - Redundant key due to wildcard in condition (always holds), Redundant statement due to wildcard in
    condition (never holds). Each condition is asked about by itself."""
    if intricate(subject.policy.statements):
        return
    looked = 0
    kind = "resource" if subject.with_principal else "identity"
    for statement in subject.policy.statements:
        for condition in statement.conditions:
            looked += 1
            if looked > CONDITIONS_MAX:
                what = f"more than {CONDITIONS_MAX} conditions: the rest is not looked at one by one"
                yield Issue("UNDECIDED", what, document.steps(statement.path))
                return
            if not condition.values or _private(condition):
                continue
            path = document.steps(condition.path)
            policy = Policy(kind, (_every(kind, (condition,)),), subject.policy.version)  # type: ignore[arg-type]
            if isinstance(is_empty(policy), Proved):
                what = f"no request has a `{condition.key}` for which this holds"
                yield Issue("REDUNDANT_STATEMENT_DUE_TO_WILDCARD_IN_CONDITION", what, path, "proof")
            elif isinstance(no_new_access(policy, _everything(policy)), Proved):
                what = f"this holds for every request, whatever its `{condition.key}` is"
                yield Issue("REDUNDANT_KEY_DUE_TO_WILDCARD_IN_CONDITION", what, path, "proof")


def _private(condition: Condition) -> bool:
    """Whether another check says the same more plainly."""
    return condition.operator.family == "ip" or (key(condition.lower) is None and condition.operator.family == "null")


def _every(kind: str, rows: tuple[Condition, ...]) -> Statement:
    principals = (("*", "*"),) if kind == "resource" else None
    return Statement("", "Allow", actions=("*",), resources=("*",), principals=principals, conditions=rows)


def _everything(policy: Policy) -> Policy:
    return replace(policy, statements=(replace(policy.statements[0], conditions=()),))


def resources(subject: Subject) -> Iterator[Issue]:
    """Resources that none of the actions beside them works on, and actions that work on none of the resources.

    By the catalogue, for services whose resources it names in full; not for patterns that match very many actions.
    """
    for row in subject.rows:
        if "Action" not in row.data or "Resource" not in row.data or not (row.allow or row.deny):
            continue
        found = [(path, text, actions) for path, text, actions in row.expanded()]
        every = [action for _, _, actions in found for action in actions]
        if not every or len(every) > ACTIONS_MAX or any(not actions for _, _, actions in found):
            continue
        if not all(action.service in LISTED_IN_FULL for action in every):
            continue
        texts = row.texts("Resource")
        yield from _dead_resources(texts, every)
        yield from _dead_actions(found, texts)


def _dead_resources(texts: list[tuple[Path, str]], every: list[Action]) -> Iterator[Issue]:
    for path, text in texts:
        if text.startswith("arn:") and not any(_works(action, text) for action in every):
            shapes = sorted({shape for action in every for shape in acts_on(action)})
            what = f"none of the actions works on `{text}`, but on {', '.join(shapes[:2]) or 'no resource that has an ARN'}"
            yield Issue("RESOURCE_NEVER_MATCHES_ACTION", what, path, "catalogue")


def _dead_actions(found: list[tuple[Path, str, tuple[Action, ...]]], texts: list[tuple[Path, str]]) -> Iterator[Issue]:
    for path, text, actions in found:
        if texts and not any(_works(action, resource) for action in actions for _, resource in texts):
            shapes = sorted({shape for action in actions for shape in acts_on(action)})
            on = f"works on {', '.join(shapes[:2])}" if shapes else "works on no resource that has an ARN: it needs `*`"
            what = f"`{text}` {on}, which no resource here is"
            yield Issue("ACTION_NEVER_MATCHES_RESOURCE", what, path, "catalogue")


def _works(action: Action, text: str) -> bool:
    """Whether an action may work on what a resource matches: surely not only where both are told in full.

    Actions on no resource in particular are asked for on all of a kind, which nothing documents: `s3:ListAllMyBuckets` on
    `arn:aws:s3:::*`, `logs:DescribeLogGroups` on what `log-group:*` takes in.
    """
    if not text.startswith("arn:") or can_match(literal(text), action):
        return True
    parts = text.split(":", 5)
    return (
        not action.supports_resources
        and parts[2:3] == [action.service]
        and _ALL_OF_A_KIND.fullmatch(parts[-1]) is not None
    )

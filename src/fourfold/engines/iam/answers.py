"""A question with who, what and which resource, each named or left open: its answers, resource by resource."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

import msgspec

from fourfold.engines.iam import ask, select
from fourfold.engines.iam.ask import Access, Refused
from fourfold.engines.iam.estate import Estate, Principal, Target
from fourfold.knowledge.iam import Action
from fourfold.knowledge.iam import glob as action_glob


class Row(msgspec.Struct, frozen=True):
    """One principal, and the actions that are answered alike."""

    access: Access
    """The answer to the first of the actions."""
    actions: tuple[str, ...]


class Section(msgspec.Struct, frozen=True):
    """The answers about one resource."""

    target: Target
    rows: tuple[Row, ...]
    refused: tuple[Refused, ...] = ()
    """Who may not, where that is asked: about one action."""


class Answers(msgspec.Struct, frozen=True):
    """All answers to a question."""

    who: str
    action: str
    resource: str
    sections: tuple[Section, ...]
    principals: int
    """How many principals were asked about."""
    unfit: tuple[str, ...] = ()
    """Resources that are named, and that the action does not work on."""

    def accesses(self) -> Iterator[Access]:
        """All that is, or may be, allowed."""
        for section in self.sections:
            for row in section.rows:
                yield row.access


def answer(estate: Estate, who: str, action: str, resource: str, *, why: bool = False, chains: bool = False) -> Answers:
    """Who of `who` may do `action` with `resource`. Raises UsageError for a part that means nothing here."""
    known = select.actions(action)
    targets = select.targets(estate, resource)
    principals = select.principals(estate, who, targets)
    sections: list[Section] = []
    unfit: list[str] = []
    for target in targets:
        asked = select.principals(estate, who, [target]) if who in (select.OPEN, *select.OUTSIDE) else principals
        fitting = [one for one in _worth(known, asked, target) if _works_on(one, target)]
        if resource != select.OPEN and not fitting and not any(_works_on(one, target) for one in known):
            unfit.append(target.name)
            continue
        found = [(str(one), access) for one in fitting for access in ask.can(estate, asked, str(one), target)]
        if chains:
            found += [(a, more) for a, group in _by_action(found) for more in ask.chains(estate, group)]
            found = [(a, one) for a, one in found if _meant(who, one.principal, asked)]
        refused: list[Refused] = []
        if why and len(known) == 1:
            allowed = {access.principal.key for _, access in found}
            refused = ask.cannot(estate, [p for p in asked if p.key not in allowed], str(known[0]), target)
        if found or refused:
            sections.append(Section(target, tuple(_rows(found)), tuple(refused)))
    if resource == select.OPEN and len(known) == 1:
        sections += _elsewhere(estate, [p for p in principals if p.own], str(known[0]))
    return Answers(who, action, resource, tuple(sections), len(principals), tuple(unfit))


def _meant(who: str, principal: Principal, asked: Sequence[Principal]) -> bool:
    """Whether somebody at the other end of a chain is among those who are asked about."""
    if who in select.OUTSIDE:
        return not principal.own
    return who == select.OPEN or any(p.key == principal.key for p in asked)


def _works_on(action: Action, target: Target) -> bool:
    return bool(ask.parts(target, str(action))) and (action.supports_resources or target.arn == "*")


def _worth(known: Sequence[Action], principals: Iterable[Principal], target: Target) -> list[Action]:
    """The actions that some statement of all these allows."""
    if len(known) == 1:
        return list(known)
    documents = {id(d): d for p in principals for d in p.identity} | {id(d): d for d in target.policies}
    patterns: set[str] = set()
    for document in documents.values():
        for statement in document.statements:
            if statement.effect == "Allow":
                if statement.upper.not_actions:
                    return list(known)
                patterns.update(a.lower() for a in statement.upper.actions)
    if "*" in patterns:
        return list(known)
    matches = [action_glob(p).fullmatch for p in patterns]
    return [one for one in known if any(match(str(one).lower()) for match in matches)]


def _by_action(found: Sequence[tuple[str, Access]]) -> Iterator[tuple[str, list[Access]]]:
    for action in dict.fromkeys(a for a, _ in found):
        yield action, [access for a, access in found if a == action]


def _rows(found: Iterable[tuple[str, Access]]) -> Iterator[Row]:
    """The answers, with actions that are answered alike put together."""
    groups: dict[object, list[tuple[str, Access]]] = {}
    for action, access in found:
        needs = tuple(access.needs.items())
        like = (id(access.principal), access.verdict, access.when, access.partial, needs, access.reason,
                access.resource if access.partial else "", tuple(id(v.principal) for v in access.via))  # fmt: skip
        groups.setdefault(like, []).append((action, access))
    for group in groups.values():
        yield Row(group[0][1], tuple(action for action, _ in group))


def _elsewhere(estate: Estate, principals: Sequence[Principal], action: str) -> Iterator[Section]:
    by_resource: dict[str, list[Access]] = {}
    seen: set[object] = set()
    for access in ask.elsewhere(estate, principals, action):
        # One resource stands for all that the same statements allow.
        like = (access.principal.key, access.verdict, tuple(access.needs.items()), access.deciding)
        if like in seen:
            continue
        seen.add(like)
        by_resource.setdefault(access.resource, []).append(access)
    for text, found in by_resource.items():
        target = Target(arn=text, type="", name=f"elsewhere: {text}" if text != "*" else "no resource")
        yield Section(target, tuple(_rows((action, access) for access in found)))

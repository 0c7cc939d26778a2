"""Who can do what with which resource, over an estate; each of the three may be left open.

An answer is a list of `Access`: one principal, one action, one resource, when it is allowed, and the request that shows
it. Parts of a resource that are no resources of their own in the estate (objects of a bucket, versions of a function) are
looked at as classes that the policies do not tell apart.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from typing import Any, Literal

import msgspec
from msgspec.structs import replace

from fourfold.engines.exact.answer import Unknown
from fourfold.engines.iam.cases import NEVER, Case, Picker, decide, layers_of, may_be_allowed, refusal
from fourfold.engines.iam.elements import RESOURCES, Element, Sieve, classes, resource
from fourfold.engines.iam.estate import EVERYTHING, Estate, Principal, Target
from fourfold.engines.iam.ground import Document, Grounded
from fourfold.engines.iam.names import STAND_IN
from fourfold.engines.iam.request import principal as asking
from fourfold.knowledge.iam import Action, catalogue
from fourfold.knowledge.iam_arns import can_match
from fourfold.model.condition import FALSE, TRUE, Condition, both, negate

MEMBERS_MAX = 40
"""Classes of parts of one resource that are looked at."""
UNKNOWN_ACCOUNT = "999999999998"
STRANGER = "arn:aws:iam::999999999999:role/stranger"
_PLACEHOLDER = re.compile(r"\$\{([^}]*)\}")
_ACCOUNT = re.compile(r"(?:arn:[^:]*:iam::)?(\d{12})(?::root)?")

Verdict = Literal["proved", "possible", "when", "unknown"]

ANONYMOUS = Principal(kind="anonymous", name="anyone", asks="anonymous")
EVERYONE = Principal(kind="everyone", name="any AWS account", arn=STRANGER, asks=STRANGER, identity=(EVERYTHING,))


class Deciding(msgspec.Struct, frozen=True):
    """A statement that allows."""

    layer: str
    policy: str
    statement: str
    place: str
    """`file:line`; empty for what stands in no file."""


class Access(msgspec.Struct, frozen=True):
    """One principal may do one action with one resource."""

    principal: Principal
    action: str
    target: Target
    verdict: Verdict
    """`proved`: every such request is allowed. `possible`: some are, with the context and resource of the witness.
    `when`: where the template's condition holds. `unknown`: it hangs on something that is not known."""
    resource: str
    """The ARN asked for in the witness."""
    when: Condition
    """The condition of the template under which it surely holds."""
    partial: bool
    """Whether the answer is about some parts of the resource only, such as the one in `resource`."""
    needs: dict[str, str]
    """What the request must carry: context key and value of the witness, empty where it must not be there."""
    request: dict[str, Any]
    """The witness, as `iam.decide` takes it."""
    deciding: tuple[Deciding, ...]
    reason: str = ""
    """What is not known."""
    note: str = ""
    """What else must be so: the other account's consent."""
    via: tuple[Access, ...] = ()
    """The roles that the principal has to become first, in this order; the last one may do the action."""


class Refused(msgspec.Struct, frozen=True):
    """A principal of the estate may not."""

    principal: Principal
    reason: str
    denying: tuple[Deciding, ...] = ()


def who_can(estate: Estate, action: str, target: Target) -> list[Access]:
    """Every principal, of the estate and outside, that may do the action with the resource."""
    return can(estate, (*strangers(estate, target), *estate.principals), action, target)


def can(estate: Estate, principals: Sequence[Principal], action: str, target: Target) -> list[Access]:
    """Which of these principals may do the action with the resource."""
    out: list[Access] = []
    for pattern in parts(target, action):
        out += _Question(estate, action, target, pattern).ask(principals)
    return _merged(out)


def cannot(estate: Estate, principals: Iterable[Principal], action: str, target: Target) -> list[Refused]:
    """Why none of these principals may; ask it of those that `can` leaves out."""
    patterns = parts(target, action)
    if not patterns:
        return []
    question = _Question(estate, action, target, patterns[-1])
    return [question.refused(principal) for principal in principals]


def chains(estate: Estate, found: Sequence[Access]) -> list[Access]:
    """Who can become a role that can, in as many steps as it takes; each principal once, by a shortest way."""
    out: list[Access] = []
    reached = {one.principal.key for one in found}
    frontier = [one for one in found if one.principal.kind == "role"]
    while frontier:
        following: list[Access] = []
        for last in frontier:
            role = next((t for t in estate.targets if t.arn == last.principal.arn), None)
            for step in [s for action in BECOME for s in who_can(estate, action, role)] if role is not None else ():
                if step.principal.key not in reached and step.principal.kind not in ("service", "root"):
                    reached.add(step.principal.key)
                    following.append(_joined(step, last))
        out += following
        frontier = [one for one in following if one.principal.kind == "role"]
    return out


BECOME = ("sts:AssumeRole", "sts:AssumeRoleWithWebIdentity", "sts:AssumeRoleWithSAML")


def _joined(step: Access, last: Access) -> Access:
    order = ("proved", "possible", "when", "unknown")
    verdict = max(step.verdict, last.verdict, key=order.index)
    when = both(step.when, last.when)
    return replace(step, verdict=verdict, when=when, via=(*step.via, step, *last.via) if last.via else (step, last))


def _merged(found: list[Access]) -> list[Access]:
    """One answer for each principal: the surest, where an action works on several kinds of parts."""
    order = {"proved": 0, "possible": 1, "when": 2, "unknown": 3}
    out: dict[tuple[str, str, str], Access] = {}
    for one in found:
        have = out.get(one.principal.key)
        if have is None or order[one.verdict] < order[have.verdict]:
            out[one.principal.key] = one
    return list(out.values())


def strangers(estate: Estate, target: Target) -> list[Principal]:
    """Whoever is outside of the estate and may be let in by the resource's policies."""
    out: list[Principal] = []
    named = dict.fromkeys(
        pair
        for found in target.policies
        for s in found.statements
        if s.effect == "Allow"
        for pair in s.upper.principals or ()
    )
    if any(value == "*" for _, value in named) or any(
        s.upper.not_principals for d in target.policies for s in d.statements
    ):
        out += [ANONYMOUS, EVERYONE]
    for kind, value in named:
        if value == "*":
            if kind in ("Service", "Federated"):
                out.append(Principal(kind="service" if kind == "Service" else "federated", name=f"any {kind}", asks={kind: f"any.{kind.lower()}"}))  # fmt: skip
            continue
        if kind == "Service":
            out.append(Principal(kind="service", name=value, asks={"Service": value}))
        elif kind == "Federated":
            out.append(Principal(kind="federated", name=value, asks={"Federated": value}))
        elif kind == "CanonicalUser":
            out.append(Principal(kind="canonical", name=value, asks={"CanonicalUser": value}))
        elif f":{estate.account}:" not in value and value != estate.account:
            out += external(value)
    return out


def external(value: str) -> list[Principal]:
    """Another account, or somebody of one, by number or ARN; what its own account allows it is not known.

    One that is known only once it is deployed asks as somebody of an account that nobody else names.
    """
    account = _ACCOUNT.fullmatch(value)
    if account:
        arn = f"arn:aws:iam::{account[1]}:root"
        return [Principal(kind="account", name=f"account {account[1]}", arn=arn, asks=arn, identity=(EVERYTHING,))]
    head, _, rest = value.partition(":iam::")
    asks = value
    if STAND_IN.search(value) and rest:
        number, _, name = rest.partition(":")
        asks = f"{head}:iam::{STAND_IN.sub(UNKNOWN_ACCOUNT, number)}:{STAND_IN.sub('unknown', name)}"
    try:
        who = asking(asks)
    except ValueError:  # IAM rejects it, and nobody is called so
        return []
    if who.type != "AWS":
        return []
    if who.kind == "root":
        name = value.removesuffix(":root").rpartition(":")[2]
        return [Principal(kind="account", name=f"account {name}", arn=value, asks=asks, identity=(EVERYTHING,))]
    return [Principal(kind="external", name=value, arn=value, asks=asks, identity=(EVERYTHING,))]


# -- resources ---------------------------------------------------------------------------------------------------------


def parts(target: Target, action: str) -> list[str]:
    """What a request for the action names of the resource: its ARN, `bucket/*` for objects; empty where the action does
    not work on such a resource. An action that names no resource gives `*`."""
    known = catalogue().expand(action)
    if not known:
        return [target.arn]
    if not any(a.supports_resources for a in known):
        return ["*"]
    out = dict.fromkeys(part for one in known for part in _parts(target.arn, one))
    return list(out)


def _parts(arn: str, action: Action) -> Iterator[str]:
    if can_match(arn, action):
        yield arn
        return
    for kind in action.types:
        for text in kind.formats:
            tail = _below(arn, text)
            if tail:
                yield arn + tail


def _below(arn: str, text: str) -> str:
    """What follows the ARN of a resource in the ARN of a part of it, as a pattern; empty where it is none."""
    for cut in re.finditer(r"[/:]", text):
        head, tail = text[: cut.start()], text[cut.start() :]
        if head.count(":") < 5 or not _PLACEHOLDER.search(head.split(":", 5)[5]):
            continue
        pattern = _PLACEHOLDER.sub("\0", head)
        if re.fullmatch("[^:]*".join(map(re.escape, pattern.split("\0"))), arn):
            return _PLACEHOLDER.sub("*", tail)
    return ""


def elsewhere(estate: Estate, principals: Sequence[Principal], action: str) -> list[Access]:
    """What these principals may do with resources that are not of the estate: one answer for each class of them.

    An action that names no resource is answered here, too, with the resource `*`.
    """
    out: list[Access] = []
    for known in catalogue().expand(action):
        shapes = dict.fromkeys(
            _PLACEHOLDER.sub(lambda m: _PLACES.get(m[1], "*"), f) for t in known.types for f in t.formats
        )
        for shape in shapes or ["*"]:
            target = Target(arn=shape, type="", name="elsewhere" if shape != "*" else "no resource")
            question = _Question(estate, str(known), target, shape, outside=True)
            out += [one for principal in principals for one in question.each(principal)]
    return out


_PLACES = {"Partition": "aws"}


# -- one question ------------------------------------------------------------------------------------------------------


class _Question:
    def __init__(self, estate: Estate, action: str, target: Target, pattern: str, *, outside: bool = False) -> None:
        self.estate, self.action, self.target, self.pattern = estate, action, target, pattern
        self.picker = Picker(action, pattern)
        self.outside = outside
        """Whether resources of the estate are left out."""
        self._members: dict[tuple[int, ...], list[str]] = {}
        self.cut_short = ""

    def ask(self, principals: Iterable[Principal]) -> Iterator[Access]:
        for principal in principals:
            found = self._of(principal)
            if found is not None:
                yield found

    def _of(self, principal: Principal) -> Access | None:
        layers = [(layer, d) for layer, _, d in layers_of(principal, self.target, self.action, self.estate.rcp)]
        picked = [(layer, d, statements) for layer, d in layers if (statements := self.picker.of(d))]
        if not may_be_allowed(principal, [(layer, s) for layer, _, statements in picked for s in statements]):
            return None
        members = self._classes([d for _, d, _ in picked])
        cases = [(member, self._decide(principal, member)) for member in members]
        allowed = [(m, c) for m, c in cases if c is not NEVER and c.may != FALSE]
        if not allowed:
            return None
        member, case = max(allowed, key=lambda pair: _rank(pair[1]))
        alike = {(c.sure, c.found.always, c.found.needs) for _, c in allowed if c.found is not None}
        whole = len(allowed) == len(cases) and len(alike) == 1 and not self.cut_short
        return self._access(principal, member, case, partial=not whole)

    def each(self, principal: Principal) -> Iterator[Access]:
        """An answer for each class of parts that is allowed."""
        documents = [d for d in principal.identity if any(s.effect == "Allow" for s in self.picker.of(d))]
        if documents:
            for member in self._classes([d for _, _, d in layers_of(principal, self.target, self.action, ())]):
                case = self._decide(principal, member)
                if case is not NEVER and case.may != FALSE:
                    yield self._access(principal, member, case, partial=False)

    def refused(self, principal: Principal) -> Refused:
        """Why it may not."""
        members = self._classes([d for _, _, d in layers_of(principal, self.target, self.action, self.estate.rcp)])
        reason, denying = refusal(principal, self.target, members[0], self.picker, self.estate.rcp, self.estate.account)
        return Refused(principal, reason, tuple(_decided(principal, self.target, pair) for pair in denying))

    def _decide(self, principal: Principal, member: str) -> Case:
        return decide(principal, self.target, member, self.picker, self.estate.rcp, self.estate.account)

    def _classes(self, documents: Sequence[Document]) -> list[str]:
        """A member of each class of parts that the statements tell apart."""
        if "*" not in self.pattern and "?" not in self.pattern:
            return [self.pattern]
        if self.pattern == "*":
            return ["*"]
        key = tuple(sorted({id(d) for d in documents}))
        if key not in self._members:
            texts = dict.fromkeys(
                (r, d.variables)
                for d in documents
                for s in self.picker.of(d)
                for side in (s.lower, s.upper)
                if side is not None
                for r in side.resources or ()
            )
            own = [t.arn for t in self.estate.targets] if self.outside else []
            globs = [resource(r, variables=v) for r, v in texts]
            globs += [resource(text, variables=False) for arn in own for text in (arn, f"{arn}/*", f"{arn}:*")]
            ours = -1 << len(texts)
            sieve = Sieve([Element((g,)) for g in globs])
            found: list[str] = []
            for one in classes(Element((resource(self.pattern, variables=False),)), sieve, RESOURCES[1:]):
                if isinstance(one, Unknown) or len(found) >= MEMBERS_MAX:
                    self.cut_short = one.reason if isinstance(one, Unknown) else f"more than {MEMBERS_MAX} classes"
                    break
                if not one[0] & ours:
                    found.append(_readable(one[1], self.pattern))
            self._members[key] = found
        return self._members[key]

    def _access(self, principal: Principal, member: str, case: Case, *, partial: bool) -> Access:
        found = case.found
        assert found is not None
        needs = {key: ", ".join(found.context[key]) for key in found.needs}
        exists = both(principal.when, self.target.when)
        if case.sure == FALSE:
            verdict: Verdict = "unknown"
        elif both(exists, negate(case.sure)) != FALSE:
            verdict = "when"
        else:
            verdict = "proved" if found.always and not partial else "possible"
        context = {k: list(v) if len(v) > 1 else v[0] for k, v in found.context.items() if v}
        asked = {"principal": principal.asks, "action": self.action, "resource": found.resource, "context": context}
        deciding = tuple(_decided(principal, self.target, pair) for pair in found.deciding)
        return Access(
            principal, self.action, self.target, verdict, found.resource, case.sure if case.sure != FALSE else case.may,
            partial, needs, asked, deciding, case.reason, _note(principal, self.target),
        )  # fmt: skip


def _rank(case: Case) -> tuple[bool, bool, bool]:
    return case.sure == TRUE, case.sure != FALSE, case.found is not None and case.found.always


def _decided(principal: Principal, target: Target, pair: tuple[str, Grounded]) -> Deciding:
    layer, statement = pair
    return Deciding(layer, _document_of(principal, target, statement).name, statement.name, statement.place)


def _document_of(principal: Principal, target: Target, statement: Grounded) -> Document:
    documents = [*principal.identity, *(principal.boundary or ()), *(d for level in principal.scp for d in level)]
    return next((d for d in (*documents, *target.policies) if statement in d.statements), EVERYTHING)


def _note(principal: Principal, target: Target) -> str:
    if principal.own and not target.type and not target.policies and target.arn != "*":
        return "unless a policy of the resource, which was not read, denies it"
    if principal.kind in ("account", "external"):
        return "if its own account allows it, too"
    return "if the account of who asks allows it, too" if principal.kind == "everyone" else ""


def _readable(text: str, pattern: str) -> str:
    """A member of a class; the shortest one can be hard to read, so a plain name is taken where that is all the same."""
    return pattern.replace("*", "any") if text == pattern.replace("*", "") else text

"""Whether a statement, with what its policy denies, lets in somebody whom the policy does not name.

The *named* are written as a policy of their own: for each condition key by which an owner can say who is meant, a statement
that allows everything to requests that carry one of the values that the policy names. The question is then whether the
statement allows anything new (`symbolic.no_new_access`). A value names somebody if strangers cannot bring it: an account, an
organization, a VPC endpoint, an ARN with the account (of a bucket: its whole name) written out.

What is known only once it is deployed (`names`) names somebody, too: it is one fixed text. Where it may hold wildcards, the
caller says so (`wild`).

Sources: https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_condition-keys.html, for who brings which key;
https://docs.aws.amazon.com/IAM/latest/UserGuide/confused-deputy.html, for what services say on whose behalf they act.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Sequence
from typing import TypeAlias

import msgspec
from msgspec.structs import replace

from fourfold.engines.exact.answer import Answer, Proved, Unknown, Witness
from fourfold.engines.iam.document import Condition, Policy, Statement
from fourfold.engines.iam.ground import Grounded
from fourfold.engines.iam.names import ACCOUNT, STAND_IN
from fourfold.engines.iam.operators import OPERATORS
from fourfold.engines.iam.question import Typing
from fourfold.engines.iam.symbolic import no_new_access
from fourfold.engines.iam.validate.facts import LISTED_IN_FULL
from fourfold.knowledge.iam_callers import KEYS, chosen, says_who

Named: TypeAlias = dict[tuple[str, str, str], dict[str, None]]
"""Values by (key, operator, qualifier)."""
Pins: TypeAlias = Callable[[str, str], bool | None]
"""Whether a value of a key (lower case) names somebody; None where the key is none of its own."""

_EVERYBODY = (("*", "*"),)
_SOME_RANGE = "192.0.2.0/24"
_SETS = ("orgpaths", "nameslist")
"""How the names of keys end that hold several values."""


class Outside(msgspec.Struct, frozen=True):
    """Whether somebody gets in who is not named."""

    sure: Answer
    """A witness: whatever is not known, this request is allowed. Proved: nobody, or not surely."""
    may: Answer
    """Proved: nobody, whatever is not known."""
    reason: str = ""
    """What it hangs on, where the two differ."""


def outside(
    allow: Grounded,
    denies: Sequence[Grounded],
    *,
    wild: Collection[str] = (),
    who: tuple[tuple[str, str], ...] = _EVERYBODY,
    pins: Pins | None = None,
) -> Outside:
    """Whether an allow statement lets in somebody whom neither it nor the denies of its policy name.

    `who` stands for its principals: everybody, or a service of which it is asked on whose behalf it acts. `wild` are keys
    (lower case) whose values are known to be `*`; `pins` says who is named by further keys.
    """
    named: Named = {}
    open_: Named = {}
    statements = [allow.written, *(d.written for d in denies)]
    for statement in statements:
        for condition in statement.conditions:
            _name(condition, named, open_, wild, pins)
    zone = [*_zone(named), *_services(who), *_principals(denies), _OURS]
    typing = _typing(allow.written)
    candidate = replace(
        allow.written, path=allow.name, principals=who, not_principals=False, resources=_resources(allow.written),
        conditions=tuple(_opened(c, wild) for c in allow.written.conditions),
    )  # fmt: skip
    taken_back = [_deny(d, named, upper=True) for d in denies]
    everyone = _policy([*zone, *_zone(open_)])
    # First those that read well, if some do: fewer requests, so that a witness is one of all.
    nearer = replace(candidate, conditions=tuple(map(_of_a_stranger, candidate.conditions)))
    for one in dict.fromkeys((nearer, candidate)):
        sure = no_new_access(everyone, _policy([one, *taken_back]), typing=typing)
        if isinstance(sure, Witness):
            break
    if isinstance(sure, Witness):
        return Outside(sure, sure)
    sparing = [_deny(d, named, upper=False) for d in denies]
    may = no_new_access(_policy(zone), _policy([candidate, *sparing]), typing=typing)
    return Outside(sure, may, _why(allow, denies, open_, sure, may))


def _policy(statements: Sequence[Statement | None]) -> Policy:
    return Policy("resource", tuple(s for s in statements if s is not None), "2012-10-17")


def _resources(statement: Statement) -> tuple[str, ...]:
    """What it is about; a service that makes the statement itself gives names in place of ARNs."""
    found = statement.resources
    return (
        found if found and not statement.not_resources and all(r.startswith(("arn:", "*")) for r in found) else ("*",)
    )


def _services(who: tuple[tuple[str, str], ...]) -> list[Statement]:
    """Services are let in by whoever lets in everybody: on whose behalf they act is another question."""
    return [] if who != _EVERYBODY else [_everything("services", (("Service", "*"),), ())]


def _principals(denies: Sequence[Grounded]) -> Iterator[Statement]:
    """Whom a deny leaves out."""
    for deny in denies:
        spared = tuple(deny.written.principals or ()) if deny.written.not_principals else ()
        if spared:
            yield _everything("principals that a deny leaves out", spared, ())


def _everything(name: str, principals: tuple[tuple[str, str], ...], conditions: tuple[Condition, ...]) -> Statement:
    return Statement(name, "Allow", actions=("*",), resources=("*",), principals=principals, conditions=conditions)


_OURS = _everything("own account", (("AWS", ACCOUNT),), ())


def _typing(statement: Statement) -> Typing:
    """Whether the catalogue is asked what an action works on: only of services whose resources it names in full."""
    if statement.not_actions:
        return "none"
    services = {action.partition(":")[0].lower() for action in statement.actions}
    return "open" if services <= LISTED_IN_FULL else "none"


# -- who is named --------------------------------------------------------------------------------------------------------


def _name(condition: Condition, named: Named, open_: Named, wild: Collection[str], pins: Pins | None) -> None:
    """Adds the values of a condition that name somebody, or of which that is not known."""
    key, operator = condition.lower, condition.operator
    positive = _positive(condition)
    qualifier = "ForAnyValue" if condition.qualifier or key.endswith(_SETS) else ""
    if operator.family == "null" or key in wild:
        return
    for value in condition.values:
        says = pins(key, value) if pins is not None else None
        if says is None and key in KEYS:
            says = says_who(KEYS[key], value)
        if says is None and not chosen(key) and _demands(condition):
            open_.setdefault((condition.key, operator.name, qualifier), {})[value] = None
        # What compares literally is met by no stranger if it holds a wildcard: that is a character there.
        if positive and (says or (says is False and positive == "StringEquals" and _wild(value))):
            named.setdefault((key, positive, qualifier), {})[value] = None


def _demands(condition: Condition) -> bool:
    return not condition.operator.negated and not condition.if_exists and condition.qualifier != "ForAllValues"


def _positive(condition: Condition) -> str:
    """The operator that a request satisfies by having one of the values."""
    operator = condition.operator
    if operator.family == "string":
        return (
            "StringEqualsIgnoreCase"
            if operator.fold
            else "StringLike"
            if operator.relation == "like"
            else "StringEquals"
        )
    return {"arn": "ArnLike", "bool": "Bool", "ip": "IpAddress"}.get(operator.family, "")


def _wild(text: str) -> bool:
    return "*" in text or "?" in text


def _zone(named: Named) -> Iterator[Statement]:
    for (key, operator, qualifier), values in named.items():
        condition = _known_ranges(Condition(OPERATORS[operator], key, tuple(values), qualifier))
        yield _everything(f"named by `{key}`", _EVERYBODY, (condition,))


# -- statements ----------------------------------------------------------------------------------------------------------


def _opened(condition: Condition, wild: Collection[str]) -> Condition:
    """The condition with `*` for values that are known to be that."""
    if condition.lower not in wild:
        return _known_ranges(condition)
    return replace(condition, values=tuple("*" if STAND_IN.search(v) else v for v in condition.values))


def _of_a_stranger(condition: Condition) -> Condition:
    """The condition with a stranger's account where an ARN may have any."""
    if condition.operator.negated or condition.lower not in ("aws:principalarn", "aws:sourcearn"):
        return condition
    texts = []
    for value in condition.values:
        parts = value.split(":", 5)
        if len(parts) == 6 and parts[4] in ("*", "?" * 12):
            value = ":".join((*parts[:4], "999999999999", parts[5]))
        texts.append(value)
    return replace(condition, values=tuple(texts))


def _known_ranges(condition: Condition) -> Condition:
    """The condition with a range that is nobody's for one that is not known yet: some range, whatever it will be."""
    if condition.operator.family != "ip":
        return condition
    return replace(condition, values=tuple(_SOME_RANGE if STAND_IN.search(v) else v for v in condition.values))


def _deny(deny: Grounded, named: Named, *, upper: bool) -> Statement | None:
    """What a deny may take back (upper), or surely takes back; for whoever is not named, if it names principals to spare.

    What its conditions name is taken as it is written: that it is not known yet makes it no less a name.
    """
    written = deny.written
    bound = deny.upper if upper else deny.lower
    kept = tuple(c for c in written.conditions if not _open(c) or any(c.lower == key for key, *_ in named))
    if len(kept) == len(written.conditions):
        conditions = tuple(map(_known_ranges, written.conditions))
        bound = replace(deny.upper if upper else written, conditions=conditions)
    if bound is None:
        return None
    if written.not_principals:
        return replace(bound, path=deny.name, principals=_EVERYBODY, not_principals=False)
    return replace(bound, path=deny.name)


def _open(condition: Condition) -> bool:
    return any(STAND_IN.search(value) for value in condition.values)


def _why(allow: Grounded, denies: Sequence[Grounded], open_: Named, sure: Answer, may: Answer) -> str:
    if isinstance(may, Proved):
        return ""
    if open_:
        return f"whether the condition on `{next(iter(open_))[0]}` keeps strangers out is not known"
    for answer in (sure, may):
        if isinstance(answer, Unknown):
            return answer.reason
    deny = next((d for d in denies if d.reason), None)
    if deny is not None:
        return f"whether the Deny `{deny.name}` takes the access back is not known: {deny.reason}"
    return allow.reason or "a part of the policy is not known"

"""Whether one statement is about one request: actions, resources, principals, conditions, variables, point by point.

Sources, all in https://docs.aws.amazon.com/IAM/latest/UserGuide/: reference_policies_elements_action.html,
reference_policies_elements_resource.html, reference_policies_elements_principal.html,
reference_policies_elements_notprincipal.html, reference_policies_elements_condition_operators.html,
reference_policies_condition-single-vs-multi-valued-context-keys.html, reference_policies_variables.html.

It shares no code with the symbolic engine, which is compared with it.
"""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Callable, Mapping
from fractions import Fraction
from functools import lru_cache
from itertools import takewhile

from fourfold.engines.iam.document import Condition, Statement
from fourfold.engines.iam.operators import Operator, moment, number
from fourfold.engines.iam.request import COMPONENTS, Principal, Request

Context = Mapping[str, tuple[str, ...]]
_VARIABLE = re.compile(r"\$\{([^}]*)\}")
_NOTHING = r"(?!)"
_LOOPS = (".*", "[^:]*")
_STARS_MAX = 6
"""Asterisks in one pattern from which on a regular expression is not tried."""
_WAYS_MAX = 1_000_000
"""Ways that a regular expression may have to try: characters of the text to the power of the pattern's asterisks."""
_ACTION_STARS_MAX = 3
_ACTION_MAX = 128
"""Characters of an action from which on its patterns are tried one by one."""
_API = "execute-api:/"
_INSIDE = re.compile(r"\s*([^,'\s][^,']*?)\s*(?:,\s*'([^']*)'\s*)?")


def applies(statement: Statement, request: Request, *, variables: bool) -> bool:
    """Whether the statement is about the request. `variables`: whether `${...}` is a variable (Version 2012-10-17)."""
    if _actions(statement.actions)(_lower(request.action)) == statement.not_actions:
        return False
    if statement.resources is not None:
        found = any(_matches(r, request.resource, "resource", request.context, variables) for r in statement.resources)
        if found == statement.not_resources:
            return False
    if statement.principals is not None and not names(statement, request.principal):
        return False
    return all(holds(condition, request.context, variables=variables) for condition in statement.conditions)


def names(statement: Statement, who: Principal) -> bool:
    """Whether the statement's principal element takes in who asks."""
    listed = statement.principals or ()
    if not statement.not_principals:
        return any(how(kind, value, who) for kind, value in listed)
    return not all(any(_is(kind, value, link) for kind, value in listed) for link in _chain(who))


def how(kind: str, value: str, who: Principal) -> str:
    """As what a principal element takes in who asks: `any`, `account`, `role`, `self`; empty where it does not.

    `role` is also the user whose `GetFederationToken` made the session that asks: both are limited by its session policy.
    """
    if value == "*" and kind in ("*", "AWS"):
        return "any"
    if value == "*":
        return "any" if kind == who.type else ""
    if kind == "CanonicalUser" and who.canonical:
        return "account" if value == who.canonical else ""
    if who.type != "AWS" or kind != "AWS":
        return "self" if kind == who.type and value == who.value else ""
    if value == who.value:
        return "account" if who.kind == "root" else "role" if who.kind == "role" else "self"
    if _account(value) == who.account:
        return "account"
    if who.issuer and value == who.issuer:
        return "role"
    return "role" if who.role and _role_of(value, who) else ""


def _role_of(value: str, who: Principal) -> bool:
    """Whether the value is the ARN of the role of a session; a session does not tell its role's path."""
    head, _, name = value.rpartition("/")
    return name == who.name and head.split("/")[0] == f"arn:{who.value.split(':')[1]}:iam::{who.account}:role"


def _account(value: str) -> str:
    """The account that a principal element names as a whole."""
    if re.fullmatch(r"\d{12}", value):
        return value
    match = re.fullmatch(r"arn:[^:]*:iam::(\d{12}):root", value)
    return match[1] if match else ""


def _chain(who: Principal) -> list[Principal]:
    """All that `NotPrincipal` has to list to leave out who asks: the account, the role and the session."""
    chain = [who]
    if who.role:
        chain.append(Principal("AWS", who.role))
    if who.type == "AWS" and who.kind != "root":
        chain.append(Principal("AWS", f"arn:{who.value.split(':')[1]}:iam::{who.account}:root"))
    return chain


def _is(kind: str, value: str, who: Principal) -> bool:
    if value == "*":
        return kind in ("*", who.type) or (kind == "AWS" and who.type == "Anonymous")
    if who.kind == "root" and kind == "AWS":
        return _account(value) == who.account
    return kind == who.type and value == who.value


def holds(condition: Condition, context: Context, *, variables: bool) -> bool:
    """Whether a condition holds for the values of its key."""
    operator, values = condition.operator, context.get(condition.lower, ())
    if operator.family == "null":
        return any((wanted.lower() == "true") == (not values) for wanted in condition.values)
    if condition.qualifier == "ForAllValues":
        return all(_test(condition, value, context, variables) for value in values)
    if not values:
        return condition.if_exists or (operator.negated and not condition.qualifier)
    if condition.qualifier == "ForAnyValue":
        return any(_test(condition, value, context, variables) for value in values)
    return len(values) == 1 and _test(condition, values[0], context, variables)


def _test(condition: Condition, value: str, context: Context, variables: bool) -> bool:
    """One value against all values of the policy: one of them for a plain operator, none for a negated one."""
    operator = condition.operator
    if operator.family in ("numeric", "date"):
        read = number if operator.family == "numeric" else moment
        point = read(value)
        found = point is not None and any(_ordered(operator, point, read(wanted)) for wanted in condition.values)
        return point is not None and found != operator.negated
    if operator.family == "ip":
        try:
            address = ipaddress.ip_address(value)
        except ValueError:
            return False
        return any(address in ipaddress.ip_network(w, strict=False) for w in condition.values) != operator.negated
    return any(_equal(operator, wanted, value, context, variables) for wanted in condition.values) != operator.negated


def _ordered(operator: Operator, value: Fraction, wanted: Fraction | None) -> bool:
    if wanted is None:
        return False
    return {
        "equals": value == wanted,
        "less": value < wanted,
        "less_equals": value <= wanted,
        "greater": value > wanted,
        "greater_equals": value >= wanted,
    }[operator.relation]


def _equal(operator: Operator, wanted: str, value: str, context: Context, variables: bool) -> bool:
    if operator.family == "arn":
        return _matches(wanted, value, "arn", context, variables)
    if operator.family == "string":
        mode = "plain" if operator.relation == "like" else "fixed"
        if operator.fold:
            return _matches(wanted, value, "folded", context, variables)
        return _matches(wanted, value, mode, context, variables)
    return _lower(wanted) == _lower(value) if operator.fold else wanted == value


def _lower(text: str) -> str:
    """ASCII letters in lower case; which other letters are the same is not documented."""
    return text.lower() if text.isascii() else "".join(c.lower() if c.isascii() else c for c in text)


def _matches(pattern: str, text: str, mode: str, context: Context, variables: bool) -> bool:
    if mode == "resource" and pattern.startswith(_API):
        # API Gateway puts the ARN of the API that has the policy in front.
        # Source: https://docs.aws.amazon.com/apigateway/latest/developerguide/apigateway-resource-policies-examples.html
        api, _, path = text.partition("/")
        if api.split(":")[2:3] != ["execute-api"] or api.count(":") != COMPONENTS - 1 or api.endswith(":"):
            return False
        return _matches(pattern.removeprefix(_API), path, "plain", context, variables)
    if not variables or "${" not in pattern:
        return _expression(pattern, mode)(_lower(text) if mode == "folded" else text)
    flat: list[tuple[str, bool]] = []
    at = 0
    for match in _VARIABLE.finditer(pattern):
        flat += [(c, False) for c in pattern[at : match.start()]]
        value = _value(match[1], context)
        if value is None:
            return False
        flat += [(c, True) for c in value]
        at = match.end()
    flat += [(c, False) for c in pattern[at:]]
    return _test_for(_units(flat, mode))(_lower(text) if mode == "folded" else text)


def has_value(text: str, context: Context) -> bool:
    """Whether each variable in the text stands for something."""
    return all(_value(inside, context) is not None for inside in _VARIABLE.findall(text))


def _value(inside: str, context: Context) -> str | None:
    """What a variable stands for; None where it stands for nothing, and its element matches nothing."""
    if inside in ("*", "?", "$"):
        return inside
    match = _INSIDE.fullmatch(inside)
    if match is None:
        return None
    values = context.get(match[1].lower(), ())
    if not values:
        return match[2]
    return values[0] if len(values) == 1 else None


@lru_cache(maxsize=1024)
def _actions(patterns: tuple[str, ...]) -> Callable[[str], bool]:
    """An `Action` element as one test of lower-case actions."""
    named = frozenset(_lower(pattern) for pattern in patterns if "*" not in pattern and "?" not in pattern)
    wild = [p for p in map(_lower, patterns) if p not in named]
    parts = [_units([(c, False) for c in pattern], "plain") for pattern in wild]
    quick = [units for units in parts if _stars(units) <= _ACTION_STARS_MAX]
    expression = re.compile("|".join(map("".join, quick)) or _NOTHING, re.DOTALL)
    slow = [_test_for(units) for units in parts if _stars(units) > _ACTION_STARS_MAX]

    def test(text: str) -> bool:
        if text in named:
            return True
        if len(text) > _ACTION_MAX:
            return any(_test_for(units)(text) for units in quick) or any(one(text) for one in slow)
        return expression.fullmatch(text) is not None or any(one(text) for one in slow)

    return test


@lru_cache(maxsize=8192)
def _expression(pattern: str, mode: str) -> Callable[[str], bool]:
    return _test_for(_units([(c, False) for c in pattern], mode))


def _stars(units: list[str]) -> int:
    return sum(unit in _LOOPS for unit in units)


def _test_for(units: list[str]) -> Callable[[str], bool]:
    """Whether a text matches: by a regular expression, or by its automaton where that could try too many ways."""
    stars = max(_stars(units), 1)
    walk = _walker(units)
    if stars > _STARS_MAX:
        return walk
    match = re.compile("".join(units), re.DOTALL).fullmatch
    longest = round(_WAYS_MAX ** (1 / stars))
    return lambda text: match(text) is not None if len(text) <= longest else walk(text)


def _walker(units: list[str]) -> Callable[[str], bool]:
    """Matching by keeping all places reached, one bit each, in a step a character."""
    # Of loops side by side the widest is all of them; so no place is reached by skipping more than one.
    units = [unit for i, unit in enumerate(units) if not _swallowed(units, i)]
    accepts: dict[str, int] = {}
    loops = every = flat = 0
    for i, unit in enumerate(units):
        loops |= (unit in _LOOPS) << i
        if unit in (".*", "."):
            every |= 1 << i
        elif unit in ("[^:]*", "[^:]"):
            flat |= 1 << i
        elif unit != _NOTHING:
            accepts[unit[-1]] = accepts.get(unit[-1], 0) | 1 << i

    head, tail = _literal(units), _literal(units[::-1])[::-1]

    def walk(text: str) -> bool:
        if not text.startswith(head) or not text.endswith(tail):
            return False
        here = 1 | (loops & 1) << 1
        for c in text:
            taken = here & (accepts.get(c, 0) | every | (flat if c != ":" else 0))
            here = (taken & loops) | (taken & ~loops) << 1
            here |= (here & loops) << 1
            if not here:
                return False
        return bool(here >> len(units) & 1)

    return walk


def _literal(units: list[str]) -> str:
    """The plain characters that the units begin with."""
    plain = takewhile(lambda unit: unit not in _LOOPS and unit not in (".", "[^:]", _NOTHING), units)
    return "".join(unit[-1] for unit in plain)


def _swallowed(units: list[str], i: int) -> bool:
    """Whether a loop stands in a run of loops that has a wider one, or the same one before it."""
    if units[i] not in _LOOPS:
        return False
    first = last = i
    while first and units[first - 1] in _LOOPS:
        first -= 1
    while last + 1 < len(units) and units[last + 1] in _LOOPS:
        last += 1
    run = units[first : last + 1]
    widest = ".*" if ".*" in run else "[^:]*"
    return i != first + run.index(widest)


def _units(flat: list[tuple[str, bool]], mode: str) -> list[str]:
    """The parts of a regular expression, one a character, for (character, whether it is meant literally); `mode` says what the wildcards may cross.

    `plain`: anything. `resource`: an asterisk that ends one of the first five components of an ARN, and all wildcards in
    the sixth, anything; others stay in their component. `arn`: the six components are compared one by one. `fixed` and
    `folded`: there are no wildcards.
    """
    if mode in ("fixed", "folded"):
        text = "".join(c for c, _ in flat)
        return [re.escape(c) for c in (_lower(text) if mode == "folded" else text)]
    colons = sum(c == ":" and not fixed for c, fixed in flat)
    if mode == "arn" and flat != [("*", False)] and colons < COMPONENTS - 1:
        return [_NOTHING]
    out: list[str] = []
    component = 0
    for i, (c, fixed) in enumerate(flat):
        component += c == ":" and not fixed
        free = mode == "plain" or component >= COMPONENTS - 1 or len(flat) == 1
        if mode == "resource" and (i + 1 == len(flat) or flat[i + 1] == (":", False)):
            free = free or c == "*"
        if fixed or c not in "*?":
            out.append(re.escape(c))
        else:
            out.append((".*" if free else "[^:]*") if c == "*" else ("." if free else "[^:]"))
    return out

"""Conditions under which something exists or has a value, kept symbolic.

A condition is a formula over *variables* (template parameters, pseudo parameters, feature switches) compared with
literals, and over free booleans where a comparison cannot be taken apart. It says in the reader's words when a finding
holds: `Env = prod`.
"""

from __future__ import annotations

from functools import lru_cache

import msgspec


class Variable(msgspec.Struct, frozen=True):
    """Something the deployer chooses: a template parameter, most often."""

    scope: str
    """What tells variables of equal name apart: the template's path."""
    name: str
    domain: tuple[str, ...] | None = None
    """Every value it can take (AllowedValues), or None where any string may be given."""


class Condition(msgspec.Struct, frozen=True):
    """Base of the formulas."""


class Equals(Condition, frozen=True):
    """The variable has exactly this value."""

    variable: Variable
    value: str

    def __str__(self) -> str:
        return f"{self.variable.name} = {self.value or repr('')}"


class Free(Condition, frozen=True):
    """A boolean nobody can take apart, such as the comparison of two parameters."""

    scope: str
    text: str

    def __str__(self) -> str:
        return self.text


class Not(Condition, frozen=True):
    of: Condition

    def __str__(self) -> str:
        if isinstance(self.of, Equals):
            return f"{self.of.variable.name} != {self.of.value or repr('')}"
        return f"not ({self.of})"


class All(Condition, frozen=True):
    """True when every part is; the empty one is TRUE."""

    of: tuple[Condition, ...]

    def __str__(self) -> str:
        return " and ".join(f"({c})" if isinstance(c, Any) else str(c) for c in self.of) or "always"


class Any(Condition, frozen=True):
    """True when some part is; the empty one is FALSE."""

    of: tuple[Condition, ...]

    def __str__(self) -> str:
        return " or ".join(str(c) for c in self.of) or "never"


TRUE = All(())
FALSE = Any(())


@lru_cache(maxsize=4096)
def negate(c: Condition) -> Condition:
    """The opposite, with double negation removed; a variable of two values turns to its other value.

    Remembered, because `both` and `either` ask for it at every level of a nested formula.
    """
    if c == TRUE:
        return FALSE
    if c == FALSE:
        return TRUE
    if isinstance(c, Not):
        return c.of
    if isinstance(c, Equals) and c.variable.domain is not None:
        others = [v for v in c.variable.domain if v != c.value]
        if len(others) == 1:
            return Equals(c.variable, others[0])
    if isinstance(c, All):
        return either(*map(negate, c.of))
    if isinstance(c, Any):
        return both(*map(negate, c.of))
    return Not(c)


def both(*parts: Condition) -> Condition:
    """Conjunction, flattened, without repeats; FALSE where two parts contradict each other."""
    out: list[Condition] = []
    for part in parts:
        for c in part.of if isinstance(part, All) else (part,):
            if c == FALSE or negate(c) in out:
                return FALSE
            if isinstance(c, Equals) and any(
                isinstance(o, Equals) and o.variable == c.variable and o.value != c.value for o in out
            ):
                return FALSE
            if c not in out:
                out.append(c)
    # `Env = prod` says `Env != dev` already.
    fixed = {c.variable for c in out if isinstance(c, Equals)}
    out = [c for c in out if not (isinstance(c, Not) and isinstance(c.of, Equals) and c.of.variable in fixed)]
    # Where every value but one is excluded, it is that one.
    for variable in {c.of.variable for c in out if isinstance(c, Not) and isinstance(c.of, Equals)}:
        excluded = [c for c in out if isinstance(c, Not) and isinstance(c.of, Equals) and c.of.variable == variable]
        values = {c.of.value for c in excluded if isinstance(c.of, Equals)}
        left = [value for value in variable.domain or () if value not in values]
        if variable.domain is not None and len(left) <= 1:
            at = out.index(excluded[0])
            out = [c for c in out if c not in excluded]
            if not left:
                return FALSE
            out.insert(at, Equals(variable, left[0]))
    return out[0] if len(out) == 1 else All(tuple(out))


def either(*parts: Condition) -> Condition:
    """Disjunction, flattened, without repeats; TRUE where two parts complement each other."""
    out: list[Condition] = []
    for part in parts:
        for c in part.of if isinstance(part, Any) else (part,):
            if c == TRUE or negate(c) in out:
                return TRUE
            if c not in out:
                out.append(c)
    # `Env != prod` says `Env = dev` already; and with two such, one always holds.
    excluded: dict[Variable, str] = {}
    for c in out:
        of = c.of if isinstance(c, Not) else None
        if isinstance(of, Equals) and excluded.setdefault(of.variable, of.value) != of.value:
            return TRUE
    out = [c for c in out if not (isinstance(c, Equals) and c.variable in excluded)]
    for variable in {c.variable for c in out if isinstance(c, Equals)}:
        values = {c.value for c in out if isinstance(c, Equals) and c.variable == variable}
        if variable.domain is not None and values >= set(variable.domain):
            return TRUE
    return out[0] if len(out) == 1 else Any(tuple(out))


def choose(c: Condition, yes: Condition, no: Condition) -> Condition:
    """The formula "yes if c, else no", simplified where that is easy."""
    if yes == no:
        return yes
    if yes == TRUE and no == FALSE:
        return c
    if yes == FALSE and no == TRUE:
        return negate(c)
    if yes == TRUE:
        return either(c, no)
    if no == TRUE:
        return either(negate(c), yes)
    return either(both(c, yes), both(negate(c), no))

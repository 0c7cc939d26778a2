"""The dimensions of all conditions of a question, and what is known of keys that hang together.

The background says which contexts exist at all:
- `aws:CurrentTime` and `aws:EpochTime` are one moment.
- A request through a VPC endpoint has `aws:SourceVpce`, `aws:SourceVpc` and `aws:VpcSourceIp` and no `aws:SourceIp`; another
  has none of the three.
- The organization's identifier begins its paths: `aws:PrincipalOrgID` and `aws:PrincipalOrgPaths`, likewise of the
  resource, the source and the endpoint; they are there together.
- `aws:SourceAccount` is the account in `aws:SourceArn`, where both are there and the ARN has one.
- `aws:MultiFactorAuthAge` is there only where `aws:MultiFactorAuthPresent` is true, `aws:CalledVia` and its like only where
  `aws:ViaAWSService` is.
- Who is no principal of an account has no organization and no tags.

Source: https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_condition-keys.html
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime
from fractions import Fraction

from fourfold.engines.exact.answer import Unknown
from fourfold.engines.exact.cubes import Cube, Space
from fourfold.engines.iam.document import Condition
from fourfold.engines.iam.keys import ALWAYS, SINGLE, Clause, Dimension, World, dimension
from fourfold.engines.iam.operators import OPERATORS
from fourfold.engines.iam.pieces import FALSE, TRUE, Link, Piece, clause_name, kind_of

TIME = "aws:currenttime"
_SAME = {"aws:epochtime": TIME}
_ENDPOINT = ("aws:sourcevpce", "aws:sourcevpc", "aws:vpcsourceip")
_OWNERS = ("principal", "resource", "source", "vpce")
_OF_ACCOUNTS = ("aws:principalorgid", "aws:principalorgpaths", "aws:principaltag/")
_ONLY_WHERE = {
    "aws:multifactorauthage": "aws:multifactorauthpresent",
    "aws:calledvia": "aws:viaawsservice",
    "aws:calledviafirst": "aws:viaawsservice",
    "aws:calledvialast": "aws:viaawsservice",
}
"""Keys that are there only where another one is true."""
_ACCOUNT = re.compile(r"\d{12}")


_Theory = tuple[str, str, dict[str, tuple[Clause, ...]]]
"""Two keys, and for names of the one what the other says then."""


class Conditions:
    """The dimensions of a question's conditions: worlds of keys, links, and what is free."""

    def __init__(self, everything: Iterable[Piece]) -> None:
        self.dimensions: dict[str, Dimension] = {}
        self.links: dict[str, Link] = {}
        self.free: dict[str, str] = {}
        """Free dimension: why it is one."""
        self._by_key: dict[str, dict[Clause, None]] = {}
        self.numeric_time: set[Clause] = set()
        for piece in everything:
            for name, _ in piece.free:
                self.free[name] = "it compares sets of values with a policy variable, or has too many alternatives"
            for link, _ in piece.links:
                self.links[link.name] = link
            for clause in piece.clauses:
                self._add(clause)
        for link in self.links.values():
            self._linked(link)
        theories = [*self._organizations(), *self._sources()]
        shared = _components(self.links.values())
        for key, clauses in self._by_key.items():
            more = [c for other in shared.get(key, ()) if other != key for c in self._by_key.get(other, ())]
            found = dimension(
                key, list(clauses), kind_of(key), present=key in ALWAYS, beside=more if key in shared else None
            )
            if isinstance(found, Unknown):
                self.free.update({clause_name(clause): found.reason for clause in clauses})
            else:
                self.dimensions[key] = found
        full = {key: (1 << len(d.worlds)) - 1 for key, d in self.dimensions.items()}
        self.space = Space({**full, **dict.fromkeys([*self.free, *self.links], TRUE | FALSE)})
        self.background = self._background(theories)
        self._cubes: dict[int, Cube | None] = {}

    def _add(self, clause: Clause) -> None:
        key = clause[0].lower
        if key == TIME and clause[0].operator.family == "numeric":
            self.numeric_time.add(clause)  # a date is no number
        self._by_key.setdefault(_SAME.get(key, key), {})[clause] = None

    def _linked(self, link: Link) -> None:
        from fourfold.engines.iam.variables import keys_of

        for key in (*keys_of(link.text), *([link.subject] if link.subject else [])):
            self._add((Condition(SINGLE, key, ()), True))

    def cube(self, piece: Piece) -> Cube | None:
        """What the piece asks of the context; None where no context has it."""
        if id(piece) not in self._cubes:
            self._cubes[id(piece)] = self._cube(piece)
        return self._cubes[id(piece)]

    def _cube(self, piece: Piece) -> Cube | None:
        out: dict[str, int] = {}
        demands = [*piece.free, *((link.name, says) for link, says in piece.links)]
        for clause in piece.clauses:
            key, name = _SAME.get(clause[0].lower, clause[0].lower), clause_name(clause)
            if name in self.free:
                demands.append((name, TRUE))
                continue
            holds = 0 if clause in self.numeric_time else self.dimensions[key].holds[clause]
            out[key] = out.get(key, self.space.full[key]) & holds
        for name, says in demands:
            out[name] = out.get(name, TRUE | FALSE) & says
        return None if self.space.empty(out) else out

    def cubes(self, pieces: Iterable[Piece]) -> list[Cube]:
        """What each piece asks, without those that no context has."""
        return [cube for p in pieces if (cube := self.cube(p)) is not None]

    def frame(self, *, of_accounts: bool, lacking: Iterable[str] = ()) -> Cube:
        """What is known of the context: whether a principal of an account asks, and keys that the action does not have."""
        out: dict[str, int] = {}
        for key, d in self.dimensions.items():
            if key in lacking or (not of_accounts and key.startswith(_OF_ACCOUNTS)):
                out[key] = d.absent
            elif of_accounts and key == "aws:principalaccount":
                out[key] = self.space.full[key] & ~d.absent
        return out

    def within(self, cubes: Iterable[Cube], frame: Cube) -> list[Cube]:
        """The parts of the cubes that exist."""
        left = [both for cube in cubes if (both := self.space.meet(cube, frame)) is not None] if frame else list(cubes)
        for theory in self.background:
            left = self.space.common(left, theory)
        return left

    def context(self, cube: Cube, *, last: bool = False) -> dict[str, World]:
        """One world of each key that is in the cube; of a key the cube says nothing of, its first (or last) one."""
        out: dict[str, World] = {}
        for key, d in self.dimensions.items():
            bits = cube.get(key, self.space.full[key])
            out[key] = d.worlds[bits.bit_length() - 1 if last else (bits & -bits).bit_length() - 1]
        return self.spread(out)

    def spread(self, context: dict[str, World]) -> dict[str, World]:
        """The context with both of the keys that are one moment."""
        if context.get(TIME):
            seconds = context[TIME][0]
            both = {c[0].lower for c in self._by_key[TIME]}
            if "aws:epochtime" in both:
                context["aws:epochtime"] = (seconds,)
            context[TIME] = (_date(seconds),)
            if TIME not in both:
                del context[TIME]
        return context

    def _organizations(self) -> list[_Theory]:
        """For owners of whom both is asked: keys, and for each organization that is named, that paths begin with it."""
        out: list[_Theory] = []
        for owner in _OWNERS:
            one, paths = f"aws:{owner}orgid", f"aws:{owner}orgpaths"
            if one in self._by_key and paths in self._by_key:
                begins = {
                    name: tuple(_like(paths, f"{name}/*", "StringLike", how) for how in ("ForAllValues", "ForAnyValue"))
                    for name in self._named(one)
                }
                for clause in (c for clauses in begins.values() for c in clauses):
                    self._add(clause)
                out.append((one, paths, begins))
        return out

    def _sources(self) -> list[_Theory]:
        one, arn = "aws:sourceaccount", "aws:sourcearn"
        if one not in self._by_key or arn not in self._by_key:
            return []
        numbers = [name for name in self._named(one) if _ACCOUNT.fullmatch(name)]
        accounts: dict[str, tuple[Clause, ...]] = {
            name: (_like(arn, f"arn:*:*:*:{name}:*", "ArnLike"),) for name in numbers
        }
        for clause in (*(c for clauses in accounts.values() for c in clauses), _NOBODYS):
            self._add(clause)
        return [(one, arn, accounts)]

    def _named(self, key: str) -> list[str]:
        """Texts without wildcards that conditions compare a key with."""
        texts = [v for c, _ in self._by_key[key] if c.operator.family == "string" for v in c.values]
        return [v for v in dict.fromkeys(texts) if not set(v) & set("*?$")]

    def _background(self, theories: Sequence[_Theory]) -> list[list[Cube]]:
        out: list[list[Cube]] = []
        out += self._together_only()
        have = {key: self.dimensions[key] for key in (*_ENDPOINT, "aws:sourceip") if key in self.dimensions}
        if len(have) > 1:
            gone = {key: d.absent for key, d in have.items() if key != "aws:sourceip"}
            there = {key: self.space.full[key] & ~d.absent for key, d in have.items() if key != "aws:sourceip"}
            if "aws:sourceip" in have:
                there["aws:sourceip"] = have["aws:sourceip"].absent
            out.append([gone, there])
        for one, other, named in theories:
            if one in self.dimensions and other in self.dimensions:
                out.append(self._together(one, other, named))
        return out

    def _together_only(self) -> list[list[Cube]]:
        """Keys that are there only where another is true."""
        out: list[list[Cube]] = []
        for key, other in _ONLY_WHERE.items():
            if key in self.dimensions and other in self.dimensions:
                d = self.dimensions[other]
                true = sum(1 << i for i, world in enumerate(d.worlds) if world == ("true",))
                out.append([{key: self.dimensions[key].absent}, {other: true}])
        return [[cube for cube in theory if not self.space.empty(cube)] for theory in out]

    def _together(self, one: str, other: str, named: Mapping[str, tuple[Clause, ...]]) -> list[Cube]:
        """Which values of two keys go together: a name with what belongs to it, other names with what is in none."""
        d, e = self.dimensions[one], self.dimensions[other]
        of_paths = other.endswith("paths")
        besides = 0 if of_paths else e.holds[_NOBODYS] | e.absent
        rest, elsewhere = self.space.full[one] & ~d.absent, self.space.full[other] & ~e.absent
        cubes: list[Cube] = [{one: d.absent, other: e.absent} if of_paths else {one: d.absent}]
        for name, clauses in named.items():
            here = sum(1 << i for i, world in enumerate(d.worlds) if world == (name,))
            belongs = self.space.full[other]
            for clause in clauses:
                belongs &= e.holds[clause]
            rest &= ~here
            elsewhere &= ~e.holds[clauses[-1]]
            cubes.append({one: here, other: belongs | besides})
        cubes.append({one: rest, other: elsewhere | besides})
        return [cube for cube in cubes if not self.space.empty(cube)]


def _like(key: str, value: str, operator: str, qualifier: str = "") -> Clause:
    return Condition(OPERATORS[operator], key, (value,), qualifier), True


_NOBODYS = _like("aws:sourcearn", "arn:*:*:*::*", "ArnLike")
"""The ARN has no account."""


def _date(seconds: str) -> str:
    moment = Fraction(seconds)
    try:
        return datetime.fromtimestamp(float(moment), UTC).isoformat().replace("+00:00", "Z")
    except (OverflowError, OSError, ValueError):
        return seconds


def _components(links: Iterable[Link]) -> dict[str, list[str]]:
    """For each key the keys that links compare it with, however far."""
    from fourfold.engines.iam.variables import keys_of

    out: dict[str, list[str]] = {}
    for link in links:
        keys = list(dict.fromkeys((*keys_of(link.text), *([link.subject] if link.subject else []))))
        merged = list(dict.fromkeys(k for key in keys for k in out.get(key, [key])))
        for key in merged:
            out[key] = merged
    return out

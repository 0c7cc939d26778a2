"""One principal, one action, one resource: is there a request that is allowed, are all, and under which conditions?

The statements that can be about the three are picked first; what is left open is the context of the request. Its keys are
cut into the worlds that the conditions of these statements tell apart (`keys`), and the point evaluator (`spec`) decides in
each combination, once with the statements as they surely are and once as they may be. So the answer is exact for the
request, and what is not known about the deployment shows as a condition or as `unknown`.
"""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import islice, product
from typing import Any, Literal, TypeAlias

import msgspec
from msgspec.structs import replace

from fourfold.engines.exact.answer import Unknown
from fourfold.engines.exact.globs import disjoint, matches
from fourfold.engines.iam import elements, spec
from fourfold.engines.iam.document import Policy, Statement
from fourfold.engines.iam.estate import Principal, Target
from fourfold.engines.iam.ground import Document, Grounded
from fourfold.engines.iam.keys import ALWAYS, World, dimension, is_free
from fourfold.engines.iam.names import ACCOUNT, REGION, pattern, shared
from fourfold.engines.iam.pieces import kind_of
from fourfold.engines.iam.points import applies, how, names
from fourfold.engines.iam.request import Principal as Asking
from fourfold.engines.iam.request import Request, implied, request
from fourfold.engines.iam.request import principal as asking
from fourfold.knowledge.iam import glob as action_glob
from fourfold.knowledge.support import today
from fourfold.model.condition import FALSE, TRUE, Condition, Equals, Variable
from fourfold.model.world import Leaf, explore, holds, verdict

WORLDS_MAX = 600
"""Combinations of context keys that are decided for one case."""
_OPEN = re.compile(rf"[*?<$]|{ACCOUNT}")
"""What makes a resource more than one text."""
_VARIABLE = re.compile(r"\$\{\s*([^,}*?$'\s][^,}']*?)\s*(?:,\s*'([^']*)'\s*)?\}")
_NOTHING = "\ue0fd"
"""In place of a variable that stands for nothing: a character that no request has."""
_REGION = re.compile(r"[a-z]{2}(-[a-z]+)+-\d")
_ANY = "any"
_SAMPLES = {
    "IPAddress": "192.0.2.1", "Date": "2030-01-01T00:00:00Z", "Numeric": "1", "Bool": "true",
    "ARN": "arn:aws:sns:us-east-1:999999999999:any", "ArrayOfARN": "arn:aws:sns:us-east-1:999999999999:any",
    "ArrayOfBool": "true",
}  # fmt: skip
"""Some value of each type of keys."""
_WITH_ROLES = ("sts:tagsession", "sts:setsourceidentity")
_TRUST_ACTIONS = ("sts:assumerole", "sts:tagsession", "sts:setsourceidentity", "sts:setcontext")

Bound = Literal["lower", "upper"]


class Found(msgspec.Struct, frozen=True):
    """What was found in one world of the deployment, with one bound of the statements."""

    resource: str
    """What is asked for, with the region of that world."""

    context: dict[str, World]
    """A context in which the request is allowed; a key with no values must not be there."""
    needs: tuple[str, ...]
    """The keys of it that matter."""
    always: bool
    """Whether the request is allowed whatever its context."""
    deciding: tuple[tuple[str, Grounded], ...]
    """(layer, statement) of all that allow it."""


class Case(msgspec.Struct, frozen=True):
    """The answer to one case."""

    sure: Condition
    """When it is surely allowed."""
    may: Condition
    """When it may be allowed."""
    found: Found | None
    reason: str = ""
    """What is not known, where `may` and `sure` differ."""


NEVER = Case(FALSE, FALSE, None)


class Picked(msgspec.Struct, frozen=True):
    """The statements of one layer level that can be about an action and a resource."""

    layer: str
    level: int
    document: Document
    statements: tuple[Grounded, ...]


Chosen: TypeAlias = list[tuple[Picked, list[tuple[Grounded, Statement]]]]
"""The statements that count in one world of the deployment, each with what is left of it."""


class Picker:
    """Picks statements by action and resource; each document is looked at once."""

    def __init__(self, action: str, resource: str) -> None:
        self.action, self.resource = action, resource
        self.lowers = (action.lower(), *(_WITH_ROLES if action.lower().startswith("sts:assumerole") else ()))
        """The action, and those that a request may need besides."""
        self._kept: dict[int, tuple[Grounded, ...]] = {}

    def of(self, found: Document) -> tuple[Grounded, ...]:
        """The statements of a document that may be about them."""
        kept = self._kept.get(id(found))
        if kept is None:
            kept = tuple(s for s in found.statements if self._takes(s.written, variables=found.variables))
            self._kept[id(found)] = kept
        return kept

    def acts(self, statement: Statement) -> bool:
        """Whether the statement is about one of the actions."""
        return any(any(_action(a, lower) for a in statement.actions) != statement.not_actions for lower in self.lowers)

    def _takes(self, statement: Statement, *, variables: bool) -> bool:
        if not self.acts(statement):
            return False
        if statement.resources is None or statement.not_resources:
            return True
        return any(_may_meet(r, self.resource, variables=variables) for r in statement.resources)


def _may_meet(written: str, asked: str, *, variables: bool, literally: bool = False) -> bool:
    """Whether a resource of a statement may be about what is asked for: a pattern, or literally what it says."""
    if not _OPEN.search(written) and not _OPEN.search(asked):
        return written == asked
    kept = shared(written, asked)
    return not disjoint(pattern(written, kept, variables=variables), pattern(asked, kept, literally=literally))


def _surely(written: str, asked: str, *, variables: bool) -> bool:
    """Whether a resource of a statement is about what is asked for, whatever its variables and the stand-ins are."""
    if variables and elements.has_variable(written):
        return False
    return matches(elements.resource(written, variables=variables), asked)


def _action(pattern: str, lower: str) -> bool:
    if "*" in pattern or "?" in pattern:
        return action_glob(pattern.lower()).fullmatch(lower) is not None
    return pattern.lower() == lower


def layers_of(
    principal: Principal, target: Target, action: str, rcp: Sequence[Sequence[Document]]
) -> Iterator[tuple[str, int, Document]]:
    """(layer, level, document) of all that counts for a request."""
    for found in principal.identity:
        yield "identity", 0, found
    for found in principal.boundary or ():
        yield "boundary", 0, found
    for kind, levels in (("scp", principal.scp), ("rcp", rcp)):
        for at, level in enumerate(levels):
            for found in level:
                yield kind, at, found
    if target.layer != "trust" or action.lower().startswith(_TRUST_ACTIONS):
        for found in target.policies:
            yield target.layer, 0, found


def decide(
    principal: Principal, target: Target, member: str, picker: Picker, rcp: Sequence[Sequence[Document]], account: str
) -> Case:
    """Whether the principal may do the picker's action on one resource."""
    picked = _picked(principal, target, picker, rcp)
    if not any(
        s.effect == "Allow" for p in picked if p.layer in ("identity", "resource", "trust") for s in p.statements
    ):
        return NEVER
    return _Case(principal, target, member, picker, picked, account).answer()


def may_be_allowed(principal: Principal, picked: Iterable[tuple[str, Grounded]]) -> bool:
    """Whether some layer allows it to the principal itself: what a resource grants to its account only delegates."""
    allows = [(layer, s.upper) for layer, s in picked if s.effect == "Allow"]
    if any(layer == "identity" for layer, _ in allows):
        return True
    if all(layer not in ("resource", "trust") for layer, _ in allows):
        return False
    who = asking(principal.asks)
    grants = [statement for layer, statement in allows if layer in ("resource", "trust")]
    return any(s.not_principals or any(_to_itself(p, principal, who) for p in s.principals or ()) for s in grants)


def _to_itself(named: tuple[str, str], principal: Principal, who: Asking) -> bool:
    return named[1] == principal.arn or how(*named, who) not in ("", "account")


def refusal(
    principal: Principal, target: Target, member: str, picker: Picker, rcp: Sequence[Sequence[Document]], account: str
) -> tuple[str, tuple[tuple[str, Grounded], ...]]:
    """Why a principal may not, and the statements that deny it: of the request that comes nearest to being allowed."""
    return _Case(principal, target, member, picker, _picked(principal, target, picker, rcp), account).refusal()


def _picked(principal: Principal, target: Target, picker: Picker, rcp: Sequence[Sequence[Document]]) -> list[Picked]:
    return [
        Picked(layer, level, found, statements)
        for layer, level, found in layers_of(principal, target, picker.action, rcp)
        if (statements := picker.of(found)) or layer in ("resource", "trust", "boundary", "scp")
    ]


class _Case:
    def __init__(
        self, principal: Principal, target: Target, member: str, picker: Picker, picked: Sequence[Picked], account: str
    ) -> None:
        self.principal, self.target, self.member, self.picker = principal, target, member, picker
        self.picked = picked
        self.who = asking(principal.asks)
        self.fixed = self._facts(account)
        self.regions = self._regions()
        self.asked = member

    def _facts(self, account: str) -> dict[str, tuple[str, ...]]:
        """Context keys whose values follow from who asks and for what."""
        out: dict[str, tuple[str, ...]] = {key: (text,) for key, text in implied(self.who, self.member).items()}
        if "aws:resourceaccount" not in out:
            out["aws:resourceaccount"] = (account,)
        kinds = {"user": "User", "role": "AssumedRole", "assumed-role": "AssumedRole", "root": "Account"}
        if self.who.kind in kinds:
            out["aws:principaltype"] = (kinds[self.who.kind],)
        now = dt.datetime.combine(
            today(), dt.time(), dt.UTC
        )  # what ended is no way in, and what begins later is none yet
        out["aws:currenttime"] = (now.strftime("%Y-%m-%dT%H:%M:%SZ"),)
        out["aws:epochtime"] = (str(int(now.timestamp())),)
        out["aws:principalisawsservice"] = ("true" if self.who.type == "Service" else "false",)
        out.update({f"aws:principaltag/{key.lower()}": (value,) for key, value in self.principal.tags.items()})
        return out

    def answer(self) -> Case:
        conditions = [self.principal.when, self.target.when, *(p.document.when for p in self.picked)]
        conditions += [s.when for p in self.picked for s in p.statements]
        if not self.regions and all(c == TRUE for c in conditions):
            results = dict(self._run())
            sure, may = results.get("sure"), results.get("may")
            if sure is not None:
                return Case(TRUE, TRUE, sure)
            return Case(FALSE, TRUE, may, self._reason()) if may is not None else NEVER
        leaves = explore(self._run)
        sure_, may_ = verdict(leaves, "sure"), verdict(leaves, "may")
        found = _first(leaves, "sure") or _first(leaves, "may")
        if may_.may == FALSE:
            return NEVER
        reason = sure_.reason or (self._reason() if sure_.must != may_.may else "")
        return Case(sure_.must, may_.may, found, reason)

    def _reason(self) -> str:
        return self.open or self.incomplete or f"what is allowed with `{self.member}` is known only once it is deployed"

    def _why_open(self, upper: Chosen, lower: Chosen) -> str:
        """Why the bounds differ, by the first statement that is in one of them and not the same in the other."""
        sides = [{id(g): (g, s) for _, chosen in side for g, s in chosen} for side in (upper, lower)]
        for mine, other in (sides, reversed(sides)):
            for key, (grounded, statement) in mine.items():
                if key not in other:
                    return self._of_resource(grounded) or grounded.reason
                if other[key][1] != statement:
                    return grounded.reason
        return ""

    def _of_resource(self, grounded: Grounded) -> str:
        """Why a statement may be about the resource, where that is its patterns."""
        if grounded.lower is None:
            return ""
        for written in map(self._filled, grounded.written.resources or ()):
            if _may_meet(written, self.asked, variables=True, literally=True):
                variable = _VARIABLE.search(written)
                if variable:
                    return f"it depends on `{variable[0]}` of the request"
                return f"whether `{written}` matches `{self.asked}` is known only once it is deployed"
        return ""

    open = ""
    incomplete = ""

    def _run(self) -> Iterator[tuple[str, Found]]:
        """What is found in the present world of the deployment."""
        if not (holds(self.principal.when) and holds(self.target.when)):
            return
        region = next((r for r, condition in self.regions.items() if holds(condition)), REGION)
        self.asked = self.member.replace(REGION, region)
        upper = self._chosen("upper", region)
        may = self._search(upper)
        if may is None:
            return
        yield "may", may
        lower = self._chosen("lower", region)
        sure = self._search(lower)
        if sure is not None:
            yield "sure", sure
        else:
            self.open = self.open or self._why_open(upper, lower)

    def _regions(self) -> dict[str, Condition]:
        """Regions that policies write where the resource is in whatever region it is deployed to."""
        if REGION not in self.member:
            return {}
        scope = self.target.resource.file if self.target.resource is not None else ""
        texts = (r for p in self.picked for s in p.statements for r in s.written.resources or ())
        found = {parts[3] for text in texts if len(parts := text.split(":", 5)) > 5}
        return {r: Equals(Variable(scope, "AWS::Region"), r) for r in sorted(found) if _REGION.fullmatch(r)}

    # -- statements --------------------------------------------------------------------------------------------------------

    def _chosen(self, bound: Bound, region: str) -> Chosen:
        """The statements that count in this world: with the lower bound sure allows and all denies, with the upper
        one all allows and sure denies. They are about what is asked for, so only principals and conditions are left."""
        out: Chosen = []
        for picked in self.picked:
            if not holds(picked.document.when):
                continue
            chosen: list[tuple[Grounded, Statement]] = []
            for grounded in picked.statements:
                wide = (grounded.effect == "Allow") == (bound == "upper")
                statement = grounded.upper if wide else grounded.lower
                if statement is None or not holds(grounded.when):
                    continue
                statement = self._known_by(statement)
                variables = picked.document.variables
                resources = grounded.written.resources
                if resources is not None:
                    resources = tuple(r.replace(REGION, region) for r in resources)
                    resources = tuple(map(self._filled, resources)) if variables else resources
                if self._about(statement, resources, wide=wide, variables=variables):
                    chosen.append((grounded, self._open(statement, variables=variables)))
            out.append((picked, chosen))
        return out

    def _known_by(self, statement: Statement) -> Statement:
        """The statement with the one who asks called as it asks, where a part of its name is not known."""
        mine = ("AWS", self.principal.arn)
        if self.principal.arn == self.principal.asks or mine not in (statement.principals or ()):
            return statement
        return replace(statement, principals=(*(statement.principals or ()), ("AWS", self.principal.asks)))

    def _open(self, statement: Statement, *, variables: bool) -> Statement:
        """The statement about every resource, with the policy variables that follow from who asks filled in."""
        conditions = statement.conditions
        if variables and any("${" in value for c in conditions for value in c.values):
            conditions = tuple(replace(c, values=tuple(map(self._filled, c.values))) for c in conditions)
        return replace(statement, resources=("*",), not_resources=False, conditions=conditions)

    def _filled(self, text: str) -> str:
        def value(match: re.Match[str]) -> str:
            known = self.fixed.get(match[1].lower())
            if known is None and not self._never(match[1].lower()):
                return match[0]
            text = known[0] if known is not None else match[2]
            return _NOTHING if text is None else re.sub(r"[*?$]", lambda c: "${" + c[0] + "}", text)

        return _VARIABLE.sub(value, text)

    def _about(self, statement: Statement, resources: Sequence[str] | None, *, wide: bool, variables: bool) -> bool:
        """Whether the statement's resources take in the one in question: maybe (`wide`), or surely."""
        if not self.picker.acts(statement):
            return False
        if statement.principals is not None and not statement.not_principals and not names(statement, self.who):
            return False
        if resources is None:
            return True
        if wide != statement.not_resources:
            found = any(_may_meet(r, self.asked, variables=variables, literally=True) for r in resources)
        else:
            found = any(_surely(r, self.asked, variables=variables) for r in resources)
        return found != statement.not_resources

    # -- contexts ----------------------------------------------------------------------------------------------------------

    def _search(self, chosen: Chosen) -> Found | None:
        """A context in which the request is allowed, and whether it is in all."""
        layers = self._layers(chosen)
        worlds, complete = self._worlds(chosen)
        first: dict[str, World] | None = None
        always = complete
        keys = list(worlds)
        for values in islice(product(*worlds.values()), WORLDS_MAX):
            context = dict(zip(keys, values, strict=True))
            if self._allowed(layers, context):
                first = first if first is not None else context
            else:
                always = False
            if first is not None and not always:
                break
        if first is None:
            if not complete or _size(worlds) > WORLDS_MAX:
                self.incomplete = "it depends on more combinations of context keys than are looked at"
            return None
        always = always and _size(worlds) <= WORLDS_MAX
        needs = () if always else tuple(self._needed(layers, worlds, first))
        return Found(self.asked, first, needs, always, tuple(self._deciding(chosen, first)))

    def refusal(self) -> tuple[str, tuple[tuple[str, Grounded], ...]]:
        """See the function of this name."""
        found: list[tuple[str, tuple[tuple[str, Grounded], ...]]] = []

        def run() -> Iterator[tuple[str, str]]:
            chosen = self._chosen("upper", REGION)
            worlds, _ = self._worlds(chosen)
            context = {key: values[0] for key, values in worlds.items()}
            made = self._request(context)
            if made is not None:
                try:
                    decision = spec.decide(made, self._layers(chosen))
                except spec.UndecidedError as error:
                    found.append((str(error), ()))
                    return iter(())
                denying = tuple(self._deciding(chosen, context, "Deny"))
                found.append(("it is denied" if denying else decision.reason, denying))
            return iter(())

        explore(run)
        return found[0] if found else ("no request is like this", ())

    def _layers(self, chosen: Chosen) -> spec.Layers:
        out: dict[str, list[list[Policy]]] = {"identity": [[]]}
        cross = self.who.type != "AWS" or self.fixed["aws:resourceaccount"] != (self.who.account,)
        if cross and self.target.layer == "resource":
            out["resource"] = [[]]
        for picked, statements in chosen:
            levels = out.setdefault(picked.layer, [])
            while len(levels) <= picked.level:
                levels.append([])
            policy = Policy(picked.document.kind, tuple(s for _, s in statements), picked.document.version)
            levels[picked.level].append(policy)
        return out

    def _worlds(self, chosen: Chosen) -> tuple[dict[str, list[World]], bool]:
        """The worlds of each key that the statements ask for, those first that speak for an allow."""
        clauses: dict[str, dict[Any, int]] = {}
        unknown: set[str] = set()
        for picked, statements in chosen:
            for _, statement in statements:
                for condition in statement.conditions:
                    clause = (condition, picked.document.variables)
                    if picked.document.variables:
                        named = {m[1].lower() for v in condition.values for m in _VARIABLE.finditer(v)}
                        unknown.update(key for key in named if not self._never(key))
                    weight = 1 if statement.effect == "Allow" else -1
                    clauses.setdefault(condition.lower, {})[clause] = weight
        complete = not unknown
        out: dict[str, list[World]] = {key: [(_ANY,), ()] for key in sorted(unknown) if key not in self.fixed}
        for key, weights in clauses.items():
            if key in self.fixed:
                continue
            if self._never(key):
                out[key] = [()]
                continue
            if all(condition.operator.family == "null" for condition, _ in weights):
                out[key] = [(_SAMPLES.get(kind_of(key), _ANY),), *([] if key in ALWAYS else [()])]
                continue
            asked = {_sampled(clause): weight for clause, weight in weights.items()}
            found = dimension(key, list(asked), kind_of(key), present=key in ALWAYS)
            if isinstance(found, Unknown) or any(map(is_free, asked)):
                complete = False
                values = dict.fromkeys((v,) for c, _ in asked for v in c.values)
                out[key] = [*values, ()]
                continue
            score = [
                sum(weight for clause, weight in asked.items() if found.holds[clause] >> n & 1)
                for n in range(len(found.worlds))
            ]
            order = sorted(range(len(found.worlds)), key=lambda n: -score[n])
            out[key] = [found.worlds[n] for n in order]
        return out, complete

    def _never(self, key: str) -> bool:
        """Whether no request of the principal has the key."""
        if key.startswith("aws:principaltag/"):
            # A tag that it does not have, and no session can bring.
            known = self.principal.tags_known and not self.principal.tags_sessions
            return known or self.who.type != "AWS"
        return key == "aws:username" and self.who.kind != "user"

    def _request(self, context: Mapping[str, World]) -> Request | None:
        given = {key: list(world) for key, world in {**self.fixed, **context}.items() if world}
        try:
            return request({
                "principal": self.principal.asks, "action": self.picker.action, "resource": self.asked, "context": given,
            })  # fmt: skip
        except ValueError:
            return None

    def _allowed(self, layers: spec.Layers, context: Mapping[str, World]) -> bool:
        made = self._request(context)
        try:
            return made is not None and spec.decide(made, layers).allowed
        except spec.UndecidedError:  # nobody asks like this
            return False

    def _needed(
        self, layers: spec.Layers, worlds: Mapping[str, Sequence[World]], first: Mapping[str, World]
    ) -> Iterator[str]:
        """The keys of an allowed context that cannot be otherwise, the others being as they are."""
        for key, others in worlds.items():
            if not all(self._allowed(layers, {**first, key: world}) for world in others):
                yield key

    def _deciding(
        self,
        chosen: Chosen,
        context: Mapping[str, World],
        effect: str = "Allow",
    ) -> Iterator[tuple[str, Grounded]]:
        made = self._request(context)
        assert made is not None
        for picked, statements in chosen:
            for grounded, statement in statements:
                if statement.effect == effect and applies(statement, made, variables=picked.document.variables):
                    yield picked.layer, grounded


def _size(worlds: Mapping[str, Sequence[World]]) -> int:
    size = 1
    for values in worlds.values():
        size *= len(values)
    return size


def _sampled(clause: tuple[Any, bool]) -> tuple[Any, bool]:
    """The condition with a sample in place of each policy variable."""
    condition, variables = clause
    if not variables or not any("${" in v for v in condition.values):
        return clause
    return replace(condition, values=tuple(_VARIABLE.sub(_ANY, v) for v in condition.values)), variables


def _first(leaves: Sequence[Leaf], identity: str) -> Found | None:
    return next((leaf.results[identity] for leaf in leaves if identity in leaf.results), None)  # type: ignore[return-value]

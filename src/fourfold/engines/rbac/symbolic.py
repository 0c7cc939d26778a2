"""Questions about all requests at once: what rules allow, compared, reduced and searched.

A rule is a product of sets - verbs, groups, resources, names, or verbs and URLs - and a list of rules a union of such
products: the cubes of `engines.exact`. The atoms of a dimension are the words that the question mentions, one for what
else there is, and for resources and URLs what their patterns tell apart besides; each has a member that shows it.

What a rule means is as large as it can be: verbs, groups, resources and names that nobody has heard of exist, so a proof
holds for every cluster, whatever it serves. A witness is a request, and the point evaluator (`spec`) has agreed with it.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence

import msgspec

from fourfold.engines.exact.answer import Answer, Proved, Unknown, Witness
from fourfold.engines.exact.cubes import Cube, Space
from fourfold.engines.exact.globs import STAR, Glob, normal
from fourfold.engines.exact.strings import partition
from fourfold.engines.rbac.objects import Request, Rule
from fourfold.engines.rbac.requests import WITHOUT_NAME
from fourfold.engines.rbac.spec import covers, rule_allows
from fourfold.knowledge import kubernetes

DISAGREE = "the symbolic engine and the point evaluator disagree"
WORDS_MAX = 5_000
"""Words of one dimension in one question."""

_GIVEN = {"verb": ("get", "list", "create", "delete"), "name": ("example", "another-example")}
"""Words that make a witness read like a request of everyday."""


class Placed(msgspec.Struct, frozen=True):
    """A rule and the namespace it holds in; empty: in all, and for what belongs to none."""

    rule: Rule
    namespace: str = ""


Rules = Iterable[Rule | Placed]


class Atoms:
    """The atoms that the rules of one question make, and the rules as cubes over them."""

    def __init__(self, rules: Sequence[Placed], words: Mapping[str, Iterable[str]] | None = None) -> None:
        more = {key: tuple(value) for key, value in (words or {}).items()}
        given = [placed.rule for placed in rules]
        self.verbs = _words([v for r in given for v in r.verbs], more.get("verb", ()), _GIVEN["verb"], "frobnicate")
        self.groups = _words([g for r in given for g in r.groups], more.get("group", ()), (), "example.com")
        self.resources = _resources([x for r in given for x in r.resources], more.get("resource", ()))
        # A request that names no object is an atom of its own.
        self.names = ["", *_words([n for r in given for n in r.names], more.get("name", ()), _GIVEN["name"], "x")]
        self.namespaces = [
            "",
            *_words([p.namespace for p in rules if p.namespace], more.get("namespace", ()), (), "default"),
        ]
        self.problem = ""
        self._urls([u for r in given for u in r.urls], more.get("url", ()))
        sizes = (self.verbs, self.groups, self.resources, self.names, self.namespaces, self.urls)
        if any(len(words_) > WORDS_MAX for words_ in sizes):
            self.problem = f"more than {WORDS_MAX} names in one dimension"
        # A request is about a resource (0) or about a URL (1): two kinds of cubes that never meet.
        self.space = Space(
            {
                "kind": 3,
                "verb": _all(self.verbs),
                "group": _all(self.groups),
                "resource": _all(self.resources),
                "name": _all(self.names),
                "namespace": _all(self.namespaces),
                "url": _all(self.urls),
            }
        )

    def _urls(self, patterns: list[str], more: Iterable[str]) -> None:
        self._url_globs = [_url(p) for p in dict.fromkeys([*patterns, *more])]
        self._url_at = {p: i for i, p in enumerate(dict.fromkeys([*patterns, *more]))}
        self.urls: list[str] = []
        self._url_vectors: list[int] = []
        if not self._url_globs:
            return
        path = _url("/*")
        found = partition([*self._url_globs, path], within=1 << len(self._url_globs), names=("/healthz", "/metrics"))
        if isinstance(found, Unknown):
            self.problem = found.reason
            return
        self.urls, self._url_vectors = list(found.values()), list(found)

    def cubes(self, placed: Placed) -> list[Cube]:
        """What one rule allows; empty where one of its lists is."""
        rule, out = placed.rule, []
        verbs = _mask(self.verbs, rule.verbs)
        if rule.resources:
            cube: dict[str, int] = {
                "kind": 1,
                "verb": verbs,
                "group": _mask(self.groups, rule.groups),
                "resource": sum(1 << i for i, r in enumerate(self.resources) if _resource_matches(rule.resources, r)),
            }
            if rule.names:
                cube["name"] = sum(1 << i for i, name in enumerate(self.names) if name in rule.names)
            if placed.namespace:
                cube["namespace"] = 1 << self.namespaces.index(placed.namespace)
            out.append(cube)
        if rule.urls and not placed.namespace:
            wanted = sum(1 << self._url_at[u] for u in dict.fromkeys(rule.urls))
            urls = sum(1 << i for i, vector in enumerate(self._url_vectors) if vector & wanted)
            out.append({"kind": 2, "verb": verbs, "url": urls})
        return [cube for cube in out if all(cube.values())]

    def request(self, cube: Cube) -> Request:
        """A request of a cube; one that the API has, where there is one."""
        if not cube.get("kind", 3) & 1:
            return Request(self._pick(self.verbs, cube.get("verb")), url=self._pick(self.urls, cube.get("url")))
        verb, group, resource = self._known(cube) or (
            self._pick(self.verbs, cube.get("verb")),
            self._pick(self.groups, cube.get("group")),
            self._pick(self.resources, cube.get("resource")),
        )
        whole, _, subresource = resource.partition("/")
        api = kubernetes.api().get((group, resource))
        named = bool(subresource) or verb not in WITHOUT_NAME | {"list", "watch"}
        inside = api is None or api.scope == "namespaced"
        name = self._pick(self.names, cube.get("name"), named)
        namespace = self._pick(self.namespaces, cube.get("namespace"), inside)
        return Request(verb, group, whole, subresource, name, namespace)

    def _known(self, cube: Cube) -> tuple[str, str, str] | None:
        """Verb, group and resource of the cube that the API has."""
        for resource in self._members(self.resources, cube.get("resource")):
            for group in self._members(self.groups, cube.get("group")):
                api = kubernetes.api().get((group, resource))
                if api is not None:
                    for verb in self._members(self.verbs, cube.get("verb")):
                        if verb in api.verbs:
                            return verb, group, resource
        return None

    def _members(self, words: Sequence[str], atoms: int | None) -> Iterator[str]:
        return (word for i, word in enumerate(words) if atoms is None or atoms >> i & 1)

    def _pick(self, words: Sequence[str], atoms: int | None, filled: bool | None = None) -> str:
        """A member; `filled` says whether rather an empty one or rather one that is not."""
        members = list(self._members(words, atoms))
        return next((m for m in members if filled is not None and bool(m) == filled), members[0])


def _words(mentioned: Iterable[str], more: Iterable[str], usual: Iterable[str], other: str) -> list[str]:
    """The words that are mentioned, and one that is not."""
    words = dict.fromkeys(w for w in (*mentioned, *more) if w != "*")
    rest = next((w for w in usual if w not in words), other)
    while rest in words:
        rest += "x"
    return [*words, rest]


def _resources(mentioned: Iterable[str], more: Iterable[str]) -> list[str]:
    """Members of all atoms of resources: those that are named, and for each `*/sub` that of a resource nobody names."""
    words = dict.fromkeys((*mentioned, *more))
    subresources = dict.fromkeys(w.partition("/")[2] for w in words if "/" in w)
    other, sub = "widgets", "gears"
    while any(w.partition("/")[0] == other for w in words):
        other += "x"
    while sub in subresources:
        sub += "x"
    exact = [w for w in words if "*" not in w]
    return [*exact, *(f"{other}/{s}" for s in subresources if "*" not in s), other, f"{other}/{sub}"]


def _resource_matches(patterns: tuple[str, ...], resource: str) -> bool:
    if "*" in patterns or resource in patterns:
        return True
    subresource = resource.partition("/")[2]
    return bool(subresource) and f"*/{subresource}" in patterns


def _url(pattern: str) -> Glob:
    if pattern.endswith("*"):
        return normal([*map(ord, pattern.rstrip("*")), STAR])
    return Glob(tuple(map(ord, pattern)))


def _all(words: Sequence[str]) -> int:
    return (1 << len(words)) - 1 if words else 1


def _mask(words: Sequence[str], wanted: Sequence[str]) -> int:
    if "*" in wanted:
        return _all(words)
    return sum(1 << i for i, word in enumerate(words) if word in wanted)


def placed(rules: Rules) -> list[Placed]:
    """Rules as they are compared: those without a place hold everywhere."""
    return [rule if isinstance(rule, Placed) else Placed(rule) for rule in rules]


def allows(rules: Sequence[Placed], request: Request) -> bool:
    """The point evaluator's answer for placed rules."""
    return any(
        rule_allows(p.rule, request) and (not p.namespace or (p.namespace == request.namespace and not request.url))
        for p in rules
    )


def no_new_access(reference: Rules, candidate: Rules) -> Answer:
    """Proved where the candidate's rules allow nothing that the reference's do not; else a request that is new."""
    have, want = placed(reference), placed(candidate)
    problem = next((f"a rule is not known: {p.rule.unknown}" for p in (*have, *want) if p.rule.unknown), "")
    if problem:
        return Unknown(problem)
    atoms = Atoms([*have, *want])
    if atoms.problem:
        return Unknown(atoms.problem)
    left = atoms.space.subtract([c for p in want for c in atoms.cubes(p)], [c for p in have for c in atoms.cubes(p)])
    if isinstance(left, Unknown):
        return left
    if not left:
        return Proved()
    found = [atoms.request(cube) for cube in left]
    request = next((r for r in found if _exists(r)), found[0])
    if not allows(want, request) or allows(have, request):
        return Unknown(DISAGREE)
    by = next(p for p in want if allows([p], request))
    return Witness(
        request.plain(), (f"allowed by rule {by.rule.index}: {by.rule}", "on the other side no rule allows it")
    )


def _exists(request: Request) -> bool:
    return bool(request.url) or (request.group, request.whole) in kubernetes.api()


def equivalent(a: Rules, b: Rules) -> Answer:
    """Proved where both allow the same requests; else one that only one of them allows."""
    first, second = list(a), list(b)
    forth, back = no_new_access(first, second), no_new_access(second, first)
    for answer in (forth, back):
        if isinstance(answer, Witness):
            return answer
    return back if isinstance(forth, Proved) else forth


def is_empty(rules: Rules) -> Answer:
    """Proved where the rules allow nothing; else a request that they allow."""
    return no_new_access([], rules)


def redundant(rules: Sequence[Rule | Placed], index: int) -> Answer:
    """Proved where the others allow all that this rule allows; else a request that only this one does."""
    return no_new_access([rule for i, rule in enumerate(rules) if i != index], [rules[index]])


def disjoint(a: Rules, b: Rules) -> Answer:
    """Proved where no request is allowed by both; else one that is."""
    first, second = placed(a), placed(b)
    problem = next((f"a rule is not known: {p.rule.unknown}" for p in (*first, *second) if p.rule.unknown), "")
    atoms = Atoms([*first, *second])
    if problem or atoms.problem:
        return Unknown(problem or atoms.problem)
    both = atoms.space.common([c for p in first for c in atoms.cubes(p)], [c for p in second for c in atoms.cubes(p)])
    if not both:
        return Proved()
    found = [atoms.request(cube) for cube in both]
    request = next((r for r in found if _exists(r)), found[0])
    if not (allows(first, request) and allows(second, request)):
        return Unknown(DISAGREE)
    return Witness(request.plain(), ("allowed on both sides",))


def minimal(rules: Rules) -> list[Placed]:
    """Few readable rules that allow the same: contained ones left out, rules that differ in one list only merged.

    That nothing changed is proved by `equivalent`; where it cannot be, the rules are given back as they are.
    """
    given = [p for p in placed(rules) if not p.rule.unknown]
    kept = _merged(_without_contained(_split(given)))
    return kept if isinstance(equivalent(given, kept), Proved) else given


def _split(rules: Iterable[Placed]) -> list[Placed]:
    """One group, resource and name each, verbs together: so that what stands in two rules can meet."""
    verbs: dict[tuple[str, str, str, str], dict[str, None]] = {}
    urls: dict[tuple[str, str], dict[str, None]] = {}
    for p in rules:
        if not p.rule.verbs:
            continue
        for group in p.rule.groups:
            for resource in (r for r in p.rule.resources if not r.endswith("/*")):
                for name in p.rule.names or ("",):
                    verbs.setdefault((p.namespace, group, resource, name), {}).update(dict.fromkeys(p.rule.verbs))
        for url in p.rule.urls if not p.namespace else ():
            urls.setdefault((p.namespace, url), {}).update(dict.fromkeys(p.rule.verbs))
    out = [
        Placed(Rule(_verbs(allowed), (group,), (resource,), (name,) if name else ()), namespace)
        for (namespace, group, resource, name), allowed in verbs.items()
    ]
    return out + [Placed(Rule(_verbs(allowed), urls=(url,)), ns) for (ns, url), allowed in urls.items()]


_ORDER = {
    v: i for i, v in enumerate(("get", "list", "watch", "create", "update", "patch", "delete", "deletecollection"))
}


def _verbs(allowed: Iterable[str]) -> tuple[str, ...]:
    allowed = set(allowed)
    return ("*",) if "*" in allowed else tuple(sorted(allowed, key=lambda v: (_ORDER.get(v, 99), v)))


def _without_contained(rules: list[Placed]) -> list[Placed]:
    """Of rules that `_split` made, those that the others do not take in, tried one after the other."""
    kept = {_key(p): p for p in rules}
    for p in rules:
        others = [kept[key] for key in _wider(p, kept) if key in kept and kept[key] is not p]
        if covers([o.rule for o in others], p.rule):
            del kept[_key(p)]
    return list(kept.values())


_Key = tuple[str, tuple[str, ...], tuple[str, ...], tuple[str, ...], tuple[str, ...]]


def _key(p: Placed) -> _Key:
    return p.namespace, p.rule.groups, p.rule.resources, p.rule.names, p.rule.urls


def _wider(p: Placed, kept: Mapping[_Key, Placed]) -> list[_Key]:
    """The keys of all rules that could take in some of a rule with one group, resource and name, or one URL."""
    namespaces = dict.fromkeys((p.namespace, ""))
    if p.rule.urls:
        return [key for key in kept if key[4]]
    (group,), (resource,) = p.rule.groups, p.rule.resources
    subresource = resource.partition("/")[2]
    resources = dict.fromkeys((resource, "*", f"*/{subresource}" if subresource else "*"))
    return [
        (namespace, (g,), (r,), names, ())
        for namespace in namespaces
        for g in dict.fromkeys((group, "*"))
        for r in resources
        for names in dict.fromkeys((p.rule.names, ()))
    ]


def _merged(rules: list[Placed]) -> list[Placed]:
    """Rules that differ in one list only become one: names first, then resources, then groups, then URLs."""
    for field in ("names", "resources", "groups", "urls"):
        together: dict[tuple[object, ...], list[Placed]] = {}
        for p in rules:
            others = tuple(getattr(p.rule, f) for f in ("verbs", "groups", "resources", "names", "urls") if f != field)
            # A rule without names is of all of them: it is not merged with one that has some.
            bare = not getattr(p.rule, field)
            together.setdefault((p.namespace, others, bare), []).append(p)
        rules = [_union(group, field) for group in together.values()]
    return rules


def _union(rules: list[Placed], field: str) -> Placed:
    words = dict.fromkeys(word for p in rules for word in getattr(p.rule, field))
    value = ("*",) if "*" in words and field != "names" and field != "urls" else tuple(sorted(words))
    rule = msgspec.structs.replace(rules[0].rule, **{field: value})
    return Placed(rule, rules[0].namespace)


def meeting(rules: Sequence[Placed], asked: Placed) -> Iterator[tuple[Placed, Request]]:
    """Those of the rules that allow some request of another rule (which stands for a question), each with one."""
    for p in rules:
        atoms = Atoms([p, asked])
        both = atoms.space.common(atoms.cubes(p), atoms.cubes(asked))
        if both:
            yield p, atoms.request(both[0])

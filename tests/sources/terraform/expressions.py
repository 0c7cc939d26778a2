"""Random expressions of Terraform's language, made to be mostly well typed and sometimes not."""

from __future__ import annotations

from random import Random

ID = "terraform_data.x.id"
"""A text that is known only after apply."""
ANYTHING = "terraform_data.y.output"
"""Of this not even the type is known before apply."""
WORDS = ("a", "b", "ab", "Zed", "x-1", "", "10", "true", "é", "a b", "A,b", "1.5")
KEYS = ("a", "b", "c")


class Expressions:
    """Makes expressions from a random source; `names` are variables in scope, with their types."""

    def __init__(self, random: Random, roots: dict[str, list[str]] | None = None) -> None:
        self.random = random
        self.names: list[tuple[str, str]] = []
        self.roots = roots or {}
        self.unknowns = True

    def pick(self, *options: str) -> str:
        return self.random.choice(options)

    def any(self, depth: int) -> str:
        kind = self.pick("string", "string", "number", "bool", "tuple", "object", "list", "map", "set", "null", "mixed")
        return self.of(kind, depth)

    def of(self, kind: str, depth: int) -> str:
        """An expression of about this kind."""
        random = self.random
        if random.random() < 0.04:
            kind = self.pick("string", "number", "bool", "tuple", "object", "list", "map", "set", "null")
        found = [name for name, its in self.names if its in (kind, "mixed")] + self.roots.get(kind, [])
        if found and random.random() < 0.45:
            return random.choice(found)
        if self.unknowns and random.random() < 0.015:
            return ANYTHING
        if kind == "mixed":
            return self.any(depth)
        if kind == "null":
            return "null"
        if depth <= 0:
            return self.leaf(kind)
        if random.random() < 0.2:
            return self.general(kind, depth - 1)
        return str(getattr(self, kind)(depth - 1))

    def leaf(self, kind: str) -> str:
        random = self.random
        if kind == "string":
            return ID if self.unknowns and random.random() < 0.15 else f'"{random.choice(WORDS)}"'
        if kind == "number":
            if self.unknowns and random.random() < 0.08:
                return f"tonumber({ID})"
            return self.pick("0", "1", "2", "3", "7", "-1", "2.5", "100", "0.1", "-0", "1e3", "1.05")
        if kind == "bool":
            return f'({ID} == "a")' if self.unknowns and random.random() < 0.12 else self.pick("true", "false")
        if kind in ("tuple", "list", "set"):
            items = ", ".join(self.leaf(self.pick("string", "number", "string")) for _ in range(random.randrange(4)))
            return f"[{items}]" if kind == "tuple" else f"to{kind}([{items}])"
        if kind in ("object", "map"):
            entries = ", ".join(
                f"{k} = {self.leaf(self.pick('string', 'number'))}" for k in KEYS[: random.randrange(4)]
            )
            return f"{{{entries}}}" if kind == "object" else f"tomap({{{entries}}})"
        return "null"

    def general(self, kind: str, depth: int) -> str:
        """What gives any kind: conditionals, elements, `try`."""
        option = self.random.randrange(9)
        one = self.of(kind, depth)
        if option == 0:
            return f"({self.of('bool', depth)} ? {one} : {self.of(kind, depth)})"
        if option == 1:
            return f"[{one}, {self.any(0)}][0]"
        if option == 2:
            return f"{{a = {one}, b = {self.any(0)}}}.a"
        if option == 3:
            return f"try({self.any(depth)}.{self.pick(*KEYS)}, {one})"
        if option == 4:
            return f"coalesce({one}, {self.of(kind, 0)})"
        if option == 5:
            return f"element([{one}, {self.of(kind, 0)}], {self.of('number', 0)})"
        if option == 6:
            return f"lookup({{a = {one}}}, {self.of('string', 0)}, {self.of(kind, 0)})"
        if option == 7:
            return f"one([{one}])"
        return f"({one})"

    def string(self, depth: int) -> str:
        s, n = (lambda: self.of("string", depth)), (lambda: self.of("number", depth))
        options = [
            lambda: f'"{self.pick(*WORDS)}${{{s()}}}{self.pick("", "-", "z")}"',
            lambda: f'"a-${{{n()}}}-${{{s()}}}"',
            lambda: f'"%{{ if {self.of("bool", depth)} }}yes${{{s()}}}%{{ else }}no%{{ endif }}"',
            lambda: f'"%{{ for {self.loop("v", depth)} }}${{v}},%{{ endfor }}"',
            lambda: f'"<%{{ for {self.loop("v", depth)} ~}} ${{v}} %{{~ endfor }}>"',
            lambda: f"upper({s()})", lambda: f"lower({s()})", lambda: f"title({s()})", lambda: f"trimspace({s()})",
            lambda: f"strrev({s()})", lambda: f"chomp({s()})", lambda: f"base64encode({s()})", lambda: f"md5({s()})",
            lambda: f"trim({s()}, {s()})", lambda: f"trimprefix({s()}, {s()})", lambda: f"trimsuffix({s()}, {s()})",
            lambda: f"replace({s()}, {s()}, {s()})", lambda: f'replace({s()}, "/[a-c]+/", "<$0>")',
            lambda: f"substr({s()}, {n()}, {n()})", lambda: f"join({s()}, {self.of('list', depth)})",
            lambda: f'format("%s-%v", {s()}, {self.of("mixed", depth)})', lambda: f'format("%03d|%5s|%-4s|", {n()}, {s()}, {s()})',
            lambda: f'format("%q %x %t", {s()}, {n()}, {self.of("bool", depth)})', lambda: f"tostring({n()})",
            lambda: f"jsonencode({self.of('mixed', depth)})", lambda: f"tostring({self.of('bool', depth)})",
            lambda: f'regex("[a-z]+", {s()})', lambda: f'regex("([a-z])|([0-9])", {s()})[0]', lambda: f'regex("(?P<a>[a-z]+)", {s()}).a',
            lambda: f"coalesce({s()}, {s()})", lambda: f"<<-EOT\n    {self.pick(*WORDS)}${{{s()}}}\n      b\n  EOT\n", lambda: f"nonsensitive({s()})",
            lambda: f'"%{{ if {self.of("bool", depth)} ~}}\\n  a %{{~ else }} b %{{ endif ~}} \\n c"', lambda: f"{self.of('tuple', depth)}[{n()}]",
            lambda: f"sha256({s()})", lambda: f'textencodebase64({s()}, "UTF-16LE")', lambda: f"try({self.of('tuple', depth)}[{n()}], {s()})", lambda: f"urlencode({s()})", lambda: f"indent({n()}, {s()})",
            lambda: f"sha1({s()})", lambda: f'cidrsubnet("10.0.0.0/16", {self.pick("1", "3", "8")}, abs({n()}))', lambda: f"yamlencode({self.of('mixed', depth)})",
        ]  # fmt: skip
        return self.random.choice(options)()

    def filled(self, depth: int) -> str:
        """A tuple that is not empty: the element type of a product of nothing is not followed."""
        return f"[{self.of('string', depth)}, {self.of('string', 0)}]"

    def number(self, depth: int) -> str:
        n = lambda: self.of("number", depth)
        options = [
            lambda: f"({n()} {self.pick('+', '-', '*', '%', '/')} {n()})",
            lambda: f"-{n()}", lambda: f"abs({n()})", lambda: f"floor({n()})", lambda: f"ceil({n()})",
            lambda: f"max({n()}, {n()})", lambda: f"min({n()}, {n()})", lambda: f"length({self.of('mixed', depth)})",
            lambda: f"length({self.of(self.pick('list', 'set', 'map', 'tuple', 'object', 'string'), depth)})",
            lambda: f"sum({self.of('list', depth)})", lambda: f"signum({n()})", lambda: f"pow({n()}, 2)",
            lambda: f"log({n()}, {n()})", lambda: f"pow({n()}, {n()})", lambda: f"({n()} / {n()} - {n()})", lambda: f"abs({n()} / {n()})",
            lambda: f"one({self.of(self.pick('list', 'set'), depth)})", lambda: f"timecmp(\"2024-01-0{self.pick('1', '2')}T00:00:00Z\", \"2024-01-02T00:00:00Z\")",
            lambda: f"tonumber({self.of('string', depth)})", lambda: f"parseint({self.of('string', depth)}, 16)",
            lambda: f"index({self.of('tuple', depth)}, {self.of('mixed', depth)})",
        ]  # fmt: skip
        return self.random.choice(options)()

    def bool(self, depth: int) -> str:
        b, n, m = (
            (lambda: self.of("bool", depth)),
            (lambda: self.of("number", depth)),
            (lambda: self.of("mixed", depth)),
        )
        options = [
            lambda: f"({m()} {self.pick('==', '!=')} {m()})", lambda: f"({b()} {self.pick('&&', '||')} {b()})",
            lambda: f"!{b()}", lambda: f"({n()} {self.pick('<', '>', '<=', '>=')} {n()})",
            lambda: f"can({m()})", lambda: f"contains({self.of(self.pick('list', 'set', 'tuple'), depth)}, {m()})",
            lambda: f"alltrue([{b()}, {b()}])", lambda: f"anytrue([{b()}, {b()}])", lambda: f"tobool({self.of('string', depth)})",
            lambda: f"startswith({self.of('string', depth)}, {self.of('string', depth)})",
            lambda: f"endswith({self.of('string', depth)}, {self.of('string', depth)})",
            lambda: f"strcontains({self.of('string', depth)}, {self.of('string', depth)})",
            lambda: f"({m()} == null)", lambda: f"issensitive({m()})", lambda: f"can({self.of('tuple', depth)}[{n()}])", lambda: f"({self.of('string', depth)} == {self.of('string', depth)})",
        ]  # fmt: skip
        return self.random.choice(options)()

    def loop(self, name: str, depth: int, key: bool = False) -> str:
        collection = self.of(self.pick("tuple", "list", "set", "map", "object"), depth)
        return f"{'k, ' if key else ''}{name} in {collection}"

    def inside(self, kind: str, depth: int) -> str:
        """An expression in the body of a `for` over `v`."""
        self.names.append(("v", "mixed"))
        try:
            return self.of(kind, depth)
        finally:
            self.names.pop()

    def condition(self, depth: int) -> str:
        return f" if {self.inside('bool', depth)}" if self.random.random() < 0.3 else ""

    def tuple(self, depth: int) -> str:
        options = [
            lambda: "[" + ", ".join(self.any(depth) for _ in range(self.random.randrange(4))) + "]",
            lambda: f"[for {self.loop('v', depth)} : {self.inside('mixed', depth)}{self.condition(depth)}]",
            lambda: f"[for {self.loop('v', depth, key=True)} : [k, v]{self.condition(depth)}]",
            lambda: f"{self.of('mixed', depth)}[*]", lambda: f"[{self.of('object', depth)}, {self.of('object', depth)}][*].a",
            lambda: f"[{self.of('object', depth)}].*.a", lambda: f"flatten({self.of('tuple', depth)})",
            lambda: f"concat({self.of('tuple', depth)}, {self.of('list', depth)})", lambda: f"values({self.of('object', depth)})",
            lambda: f"reverse({self.of('tuple', depth)})", lambda: f"slice({self.of('tuple', depth)}, 0, {self.of('number', 0)})",
            lambda: f"keys({self.of('object', depth)})", lambda: f"concat({self.of('tuple', depth)}...)",
            lambda: f"jsondecode(jsonencode({self.of('tuple', depth)}))", lambda: f"yamldecode(yamlencode({self.of('tuple', depth)}))",
            lambda: f"{self.of('mixed', depth)}[*].{self.pick(*KEYS)}", lambda: f"{self.of(self.pick('list', 'set'), depth)}[*]",
            lambda: f"[for {self.loop('v', depth)} : {{k = {self.inside('mixed', depth)}}}][*].k",
            lambda: 'jsondecode("[1, \\"a\\", null, {\\"b\\": true}]")', lambda: f"coalescelist({self.of('tuple', depth)}, {self.of('tuple', depth)})",
        ]  # fmt: skip
        return self.random.choice(options)()

    def object(self, depth: int) -> str:
        options = [
            lambda: "{" + ", ".join(f"{k} = {self.any(depth)}" for k in KEYS[: self.random.randrange(4)]) + "}",
            lambda: f"{{({self.of('string', depth)}) = {self.any(depth)}, b = {self.any(0)}}}",
            lambda: f"{{for {self.loop('v', depth, key=True)} : k => {self.inside('mixed', depth)}{self.condition(depth)}}}",
            lambda: f"{{for {self.loop('v', depth)} : {self.inside('string', depth)} => v...}}",
            lambda: f"merge({self.of('object', depth)}, {self.of(self.pick('object', 'map'), depth)})",
            lambda: f"zipmap({self.of('list', depth)}, {self.of('tuple', depth)})",
        ]  # fmt: skip
        return self.random.choice(options)()

    def list(self, depth: int) -> str:
        options = [
            lambda: f"tolist({self.of(self.pick('tuple', 'set', 'tuple'), depth)})",
            lambda: f"split({self.of('string', 0)}, {self.of('string', depth)})", lambda: f"keys({self.of('map', depth)})",
            lambda: f"values({self.of('map', depth)})", lambda: f"sort({self.of('list', depth)})",
            lambda: f"distinct({self.of('tuple', depth)})", lambda: f"compact({self.of('tuple', depth)})",
            lambda: f"concat({self.of('list', depth)}, {self.of('list', depth)})", lambda: f"range({self.of('number', depth)})",
            lambda: f"reverse({self.of('list', depth)})", lambda: f"slice({self.of('list', depth)}, {self.of('number', 0)}, {self.of('number', 0)})",
            lambda: f"chunklist({self.of('tuple', depth)}, {self.of('number', 0)})",
            lambda: f"setproduct({self.filled(depth)}, tolist({self.filled(0)}))",
            lambda: f"matchkeys({self.of('tuple', depth)}, {self.of('tuple', depth)}, {self.of('tuple', depth)})",
            lambda: f'formatlist("%s/%s", {self.of("tuple", depth)}, {self.of("string", depth)})',
            lambda: f'regexall("[a-z]", {self.of("string", depth)})', lambda: f'regexall("([a-z])([0-9])?", {self.of("string", depth)})',
            lambda: f"range({self.of('number', 0)}, {self.of('number', depth)}, {self.of('number', 0)})", lambda: f"flatten([{self.of('list', depth)}, {self.of('list', depth)}])",
            lambda: f"cidrsubnets(\"10.0.0.0/16\", {self.pick('4', '8')}, {self.pick('4', '8')})", lambda: f"{self.of('list', depth)}[*]",
        ]  # fmt: skip
        return self.random.choice(options)()

    def set(self, depth: int) -> str:
        one, two = self.of(self.pick("set", "tuple"), depth), self.of(self.pick("set", "tuple"), depth)
        return self.pick(
            f"toset({self.of(self.pick('tuple', 'list'), depth)})", f"setunion({one}, {two})", f"setintersection({one}, {two})",
            f"setsubtract({one}, {two})", f"setproduct({self.filled(depth)}, toset({self.filled(0)}))",
        )  # fmt: skip

    def map(self, depth: int) -> str:
        return self.pick(
            f"tomap({self.of('object', depth)})", f"merge({self.of('map', depth)}, {self.of('map', depth)})",
            f"zipmap({self.of('list', depth)}, {self.of('list', depth)})",
            f"transpose({{a = {self.of('list', depth)}, b = {self.of('list', 0)}}})",
        )  # fmt: skip

"""Comparisons of policies as satisfiability over strings, for cvc5: a translation of its own from the documents.

It knows actions, resources, and conditions on texts that have one value; `sides` is what it makes a question of.
"""

import re

HEAD = "(set-logic QF_SLIA)\n(set-option :strings-exp true)\n"


def text(value):
    return '"' + value.replace('"', '""') + '"'


def expression(pieces):
    parts = [p if p.startswith(("(", "re.")) else f"(str.to_re {text(p)})" for p in pieces if p]
    return '(str.to_re "")' if not parts else parts[0] if len(parts) == 1 else f"(re.++ {' '.join(parts)})"


NO_COLON = '(re.diff re.allchar (str.to_re ":"))'


def plain(pattern):
    """`*` and `?` anywhere."""
    found = re.split(r"([*?])", pattern)
    return expression(["re.all" if p == "*" else "re.allchar" if p == "?" else p for p in found])


def arn(pattern):
    """A `Resource`: wildcards stay in the first five components, except an asterisk that ends one."""
    if len(pattern) == 1:
        return plain(pattern)
    out, component = [], 0
    for i, c in enumerate(pattern):
        component += c == ":"
        if c not in "*?":
            out.append(c)
        elif component >= 5 or (c == "*" and pattern[i + 1 : i + 2] in ("", ":")):
            out.append("re.all" if c == "*" else "re.allchar")
        else:
            out.append(f"(re.* {NO_COLON})" if c == "*" else NO_COLON)
    return expression(out)


def among(name, patterns, translate):
    found = [f"(str.in_re {name} {translate(p)})" for p in patterns]
    return "false" if not found else found[0] if len(found) == 1 else f"(or {' '.join(found)})"


def listed(value):
    return value if isinstance(value, list) else [value]


class Translation:
    def __init__(self):
        self.keys = {}

    def key(self, name):
        return self.keys.setdefault(name.lower(), f"k{len(self.keys)}")

    def condition(self, operator, name, values):
        key = self.key(name)
        there, values = f"{key}p", listed(values)
        if operator == "Null":
            return f"(or {' '.join(f'(not {there})' if v == 'true' else there for v in values)} false)"
        if_exists, operator = operator.endswith("IfExists"), operator.removesuffix("IfExists")
        negated = "Not" in operator
        like = "Like" in operator
        found = among(key, values, plain) if like else f"(or {' '.join(f'(= {key} {text(v)})' for v in values)} false)"
        if negated:
            return f"(or (not {there}) (not {found}))"
        return f"(or (not {there}) {found})" if if_exists else f"(and {there} {found})"

    def statement(self, statement):
        out = []
        for name, variable, translate in (("Action", "a", lambda p: plain(p.lower())), ("Resource", "r", arn)):
            for negated in ("", "Not"):
                if negated + name in statement:
                    found = among(variable, listed(statement[negated + name]), translate)
                    out.append(f"(not {found})" if negated else found)
        for operator, keys in statement.get("Condition", {}).items():
            out += [self.condition(operator, key, values) for key, values in keys.items()]
        return f"(and {' '.join(out)})"

    def policy(self, document):
        by_effect = {"Allow": ["false"], "Deny": ["false"]}
        for statement in listed(document["Statement"]):
            by_effect[statement["Effect"]].append(self.statement(statement))
        return f"(and (or {' '.join(by_effect['Allow'])}) (not (or {' '.join(by_effect['Deny'])})))"


def new_access(reference, candidate):
    """SMT-LIB of: there is a request that the candidate allows and the reference does not."""
    made = Translation()
    one, other = made.policy(candidate), made.policy(reference)
    lines = ["(declare-const a String)", "(declare-const r String)"]
    for key in made.keys.values():
        lines += [f"(declare-const {key} String)", f"(declare-const {key}p Bool)"]
    segment = f"(re.+ {NO_COLON})"
    lines.append(f'(assert (str.in_re a (re.++ {segment} (str.to_re ":") (re.+ re.allchar))))')
    some = f"(re.* {NO_COLON})"
    shape = f'(re.++ (str.to_re "arn:") {segment} (str.to_re ":") {segment} (str.to_re ":") {some} (str.to_re ":") {some} (str.to_re ":") (re.+ re.allchar))'
    lines.append(f'(assert (or (= r "*") (str.in_re r {shape})))')
    # Letters of actions are lower case: actions do not mind the case.
    lines.append('(assert (not (str.in_re a (re.++ re.all (re.range "A" "Z") re.all))))')
    lines += [f"(assert {one})", f"(assert (not {other}))", "(check-sat)"]
    return HEAD + "\n".join(lines) + "\n"


def satisfiable(script, limit_ms=5_000):
    """Whether a script is satisfiable; None where the solver does not know within the limit."""
    import cvc5

    solver = cvc5.Solver()
    solver.setOption("tlimit-per", str(limit_ms))
    parser = cvc5.InputParser(solver)
    parser.setStringInput(cvc5.InputLanguage.SMT_LIB_2_6, script, "question")
    symbols = parser.getSymbolManager()
    out = ""
    while True:
        command = parser.nextCommand()
        if command.isNull():
            break
        out += command.invoke(solver, symbols)
    return {"sat": True, "unsat": False}.get(out.strip().splitlines()[-1] if out.strip() else "")

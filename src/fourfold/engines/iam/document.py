"""Policy documents: from a dict or JSON text to statements, with what IAM rejects and where it stands.

Sources: https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_grammar.html, and for what each kind of
policy takes: reference_policies_elements_principal.html, reference_policies_elements_resource.html there, and
https://docs.aws.amazon.com/organizations/latest/userguide/orgs_manage_policies_scps_syntax.html.

Names of elements are compared as they are written: `action` is reported, and read as if it were not there.
"""

from __future__ import annotations

import ipaddress
import json
from typing import Any, Literal, get_args

import msgspec

from fourfold.engines.iam.operators import OPERATORS, QUALIFIERS, Operator, moment, number

Kind = Literal["identity", "resource", "trust", "boundary", "session", "scp", "rcp", "endpoint"]
KINDS: tuple[str, ...] = get_args(Kind)
WITH_PRINCIPAL = ("resource", "trust", "rcp", "endpoint")

TEXT_MAX = 1_000_000
"""Characters of JSON text; IAM's own quotas are at most some 20,000."""
STATEMENTS_MAX = 2_000
VALUES_MAX = 20_000
"""Strings in all elements of one document."""

_NUMBER_MAX = 10**30

VERSIONS = ("2012-10-17", "2008-10-17")
PRINCIPALS = ("AWS", "Service", "Federated", "CanonicalUser")
_ARN_STARTS = ("arn:", "${", "*", "?", "a*", "ar*", "arn*")
"""How a resource begins. Policies of REST APIs may leave away the ARN of the API: `execute-api:/stage/GET/pets`, see
https://docs.aws.amazon.com/apigateway/latest/developerguide/apigateway-resource-policies-examples.html."""
_DOCUMENT = ("Version", "Id", "Statement")
_STATEMENT = (
    "Sid", "Effect", "Principal", "NotPrincipal", "Action", "NotAction", "Resource", "NotResource", "Condition",
)  # fmt: skip


class Diagnostic(msgspec.Struct, frozen=True):
    """Something that IAM rejects, or that exceeds a limit."""

    path: str
    """Where it stands, as in `Statement[0].Action[2]`; empty for the whole document."""
    message: str

    def __str__(self) -> str:
        return f"{self.path}: {self.message}" if self.path else self.message


class Condition(msgspec.Struct, frozen=True):
    """One operator, one key, some values."""

    operator: Operator
    key: str
    values: tuple[str, ...]
    qualifier: str = ""
    """`ForAllValues`, `ForAnyValue` or nothing."""
    if_exists: bool = False
    path: str = ""

    @property
    def lower(self) -> str:
        """The key as it is compared: condition keys do not mind the case."""
        return self.key.lower()


class Statement(msgspec.Struct, frozen=True):
    """One statement. Each pair `x`, `not_x` says which of the two elements was written."""

    path: str
    effect: Literal["Allow", "Deny"]
    sid: str = ""
    actions: tuple[str, ...] = ()
    not_actions: bool = False
    resources: tuple[str, ...] | None = None
    """None where a trust policy leaves it away."""
    not_resources: bool = False
    principals: tuple[tuple[str, str], ...] | None = None
    """(type, value); the type `*` for `"Principal": "*"`. None in policies that have no principal."""
    not_principals: bool = False
    conditions: tuple[Condition, ...] = ()

    @property
    def name(self) -> str:
        return f"{self.path} `{self.sid}`" if self.sid else self.path


class Policy(msgspec.Struct, frozen=True):
    """A document of one kind. With problems it is one that IAM rejects; the statements are then what could be read."""

    kind: Kind
    statements: tuple[Statement, ...]
    version: str = "2008-10-17"
    """What holds where the document says none."""
    problems: tuple[Diagnostic, ...] = ()

    @property
    def variables(self) -> bool:
        """Whether `${...}` in its values is a variable."""
        return self.version == "2012-10-17"


def parse(document: dict[str, Any] | str, kind: Kind = "identity") -> Policy:
    """The policy that a document is. Never raises on what a document says; raises ValueError for a kind there is not."""
    if kind not in KINDS:
        raise ValueError(f"no kind of policy: `{kind}`; one of {', '.join(KINDS)}")
    return _Reader(kind).policy(document)


class _Reader:
    def __init__(self, kind: Kind) -> None:
        self.kind: Kind = kind
        self.problems: list[Diagnostic] = []
        self.values = self.characters = 0
        self.starts = (*_ARN_STARTS, "execute-api:/") if kind == "resource" else _ARN_STARTS

    def say(self, path: str, message: str) -> None:
        if len(self.problems) < 1_000:
            self.problems.append(Diagnostic(path, message))

    def policy(self, document: Any) -> Policy:
        if isinstance(document, str):
            document = self.json(document)
        if not isinstance(document, dict):
            if not self.problems:
                self.say("", "a policy is a JSON object")
            return Policy(self.kind, (), problems=tuple(self.problems))
        for key in document:
            if key not in _DOCUMENT:
                self.say(str(key), "no element of a policy")
        version = document.get("Version", "2008-10-17")
        if version not in VERSIONS:
            self.say("Version", f"no version of the policy language: `{version}`")
            version = "2008-10-17"
        statements: list[Statement] = []
        given = document.get("Statement")
        if given is None:
            self.say("Statement", "missing")
        items = given if isinstance(given, list) else [] if given is None else [given]
        if len(items) > STATEMENTS_MAX:
            self.say("Statement", f"more than {STATEMENTS_MAX} statements; the rest is not read")
        for i, item in enumerate(items[:STATEMENTS_MAX]):
            path = f"Statement[{i}]" if isinstance(given, list) else "Statement"
            if isinstance(item, dict):
                statement = self.statement(item, path)
                if statement is not None:
                    statements.append(statement)
            else:
                self.say(path, "a statement is a JSON object")
        self.unique([s.sid for s in statements if s.sid])
        return Policy(self.kind, tuple(statements), version, tuple(self.problems))

    def unique(self, sids: list[str]) -> None:
        if len(set(sids)) < len(sids) and self.kind not in ("resource", "trust", "endpoint"):
            twice = next(sid for sid in sids if sids.count(sid) > 1)
            self.say("Statement", f"two statements have the Sid `{twice}`")

    def json(self, text: str) -> Any:
        if len(text) > TEXT_MAX:
            self.say("", f"more than {TEXT_MAX} characters")
            return None
        try:
            return json.loads(text, object_pairs_hook=self.pairs)
        except json.JSONDecodeError as error:
            self.say("", f"no JSON: {error.msg.lower()} (line {error.lineno}, column {error.colno})")
        except (RecursionError, ValueError):
            self.say("", "no JSON that can be read: nested too deeply, or a number too long")
        return None

    def pairs(self, pairs: list[tuple[str, Any]]) -> dict[str, Any]:
        out: dict[str, Any] = {}
        for key, value in pairs:
            if key in out:
                self.say(key, "written twice in one object")
            out.setdefault(key, value)
        return out

    def statement(self, item: dict[str, Any], path: str) -> Statement | None:
        for key in item:
            if key not in _STATEMENT:
                self.say(f"{path}.{key}", "no element of a statement")
        effect = item.get("Effect")
        if effect not in ("Allow", "Deny"):
            self.say(f"{path}.Effect", "must be `Allow` or `Deny`")
            return None
        sid = item.get("Sid", "")
        if not isinstance(sid, str):
            self.say(f"{path}.Sid", "must be a string")
            sid = ""
        before = len(self.problems)
        actions, not_actions = self.choice(item, "Action", path)
        resources, not_resources = self.choice(item, "Resource", path)
        principals, not_principals = self.principal(item, path)
        for action in actions or ():
            if action != "*" and ":" not in action:
                self.say(f"{path}.{'NotAction' if not_actions else 'Action'}", f"no `service:action`: `{action}`")
        for resource in resources or ():
            if resource.strip("*") and not resource.startswith(self.starts):
                self.say(f"{path}.{'NotResource' if not_resources else 'Resource'}", f"no ARN: `{resource}`")
        if actions is None:
            self.say(f"{path}.Action", "missing: neither `Action` nor `NotAction`")
        if resources is None and self.kind not in ("trust", "resource") and len(self.problems) == before:
            self.say(f"{path}.Resource", "missing: neither `Resource` nor `NotResource`")
        if resources is not None and self.kind == "trust":
            self.say(f"{path}.Resource", "a trust policy is about its role: it names no resource")
        conditions = self.conditions(item.get("Condition"), f"{path}.Condition")
        if actions is None or (resources is None and self.kind not in ("trust", "resource")):
            return None
        return Statement(
            path, effect, sid, actions, not_actions, resources, not_resources, principals, not_principals, conditions
        )

    def choice(self, item: dict[str, Any], name: str, path: str) -> tuple[tuple[str, ...] | None, bool]:
        """The values of an element or its `Not...` twin, and whether it was the twin."""
        if name in item and f"Not{name}" in item:
            self.say(path, f"both `{name}` and `Not{name}`")
        for key, negated in ((name, False), (f"Not{name}", True)):
            if key in item:
                return self.strings(item[key], f"{path}.{key}"), negated
        return None, False

    def strings(self, value: Any, path: str) -> tuple[str, ...]:
        """One string or a list of strings."""
        out: list[str] = []
        many = isinstance(value, list)
        for i, one in enumerate(value if many else [value]):
            if isinstance(one, str):
                out.append(one)
            else:
                self.say(f"{path}[{i}]" if many else path, "must be a string")
        return self.counted(out, path)

    def counted(self, values: list[str], path: str) -> tuple[str, ...]:
        self.values += len(values)
        self.characters += sum(map(len, values))
        if self.values > VALUES_MAX or self.characters > TEXT_MAX:
            self.say(path, f"more than {VALUES_MAX} values or {TEXT_MAX} characters; the rest is not read")
            return ()
        return tuple(values)

    def principal(self, item: dict[str, Any], path: str) -> tuple[tuple[tuple[str, str], ...] | None, bool]:
        wanted = self.kind in WITH_PRINCIPAL
        if "Principal" in item and "NotPrincipal" in item:
            self.say(path, "both `Principal` and `NotPrincipal`")
        for key, negated in (("Principal", False), ("NotPrincipal", True)):
            if key not in item:
                continue
            if not wanted:
                self.say(f"{path}.{key}", f"a policy of kind `{self.kind}` names no principal")
                return None, False
            return self.principals(item[key], f"{path}.{key}"), negated
        if wanted:
            self.say(f"{path}.Principal", "missing: neither `Principal` nor `NotPrincipal`")
            return (), False
        return None, False

    def principals(self, value: Any, path: str) -> tuple[tuple[str, str], ...]:
        if value == "*":
            return (("*", "*"),)
        if not isinstance(value, dict):
            self.say(path, 'must be `"*"` or an object such as {"AWS": ...}')
            return ()
        out: list[tuple[str, str]] = []
        for kind, values in value.items():
            if kind not in PRINCIPALS:
                self.say(f"{path}.{kind}", "no type of principal")
                continue
            for text in self.strings(values, f"{path}.{kind}"):
                if text != "*" and ("*" in text or "?" in text):
                    self.say(f"{path}.{kind}", f"a wildcard in part of a principal: `{text}`")
                    continue
                out.append((kind, text))
        return tuple(out)

    def conditions(self, block: Any, path: str) -> tuple[Condition, ...]:
        if block is None:
            return ()
        if not isinstance(block, dict):
            self.say(path, "must be an object of operators")
            return ()
        out: list[Condition] = []
        for written, keys in block.items():
            here = f"{path}.{written}"
            found = operator(str(written))
            if found is None:
                null = str(written).endswith(":Null")
                self.say(
                    here, "what `Null` means with a qualifier is not documented" if null else "no condition operator"
                )
                continue
            if not isinstance(keys, dict):
                self.say(here, "must be an object of condition keys")
                continue
            seen: set[str] = set()
            for key, values in keys.items():
                if str(key).lower() in seen:
                    self.say(f"{here}.{key}", "the same key in another case stands beside it")
                seen.add(str(key).lower())
                texts = self.scalars(values, f"{here}.{key}")
                self.typed(found[0], texts, f"{here}.{key}")
                out.append(Condition(found[0], str(key), texts, found[1], found[2], f"{here}.{key}"))
        return tuple(out)

    def scalars(self, value: Any, path: str) -> tuple[str, ...]:
        out: list[str] = []
        for one in value if isinstance(value, list) else [value]:
            if isinstance(one, bool):
                out.append("true" if one else "false")
            elif isinstance(one, str | float) or (isinstance(one, int) and abs(one) < _NUMBER_MAX):
                out.append(str(one))
            else:
                self.say(path, "must be a string, number or Boolean, or a list of them")
        return self.counted(out, path)

    def typed(self, found: Operator, values: tuple[str, ...], path: str) -> None:
        """Reports values that the operator cannot compare."""
        for value in values:
            wrong = ""
            if found.family == "numeric" and number(value) is None:
                wrong = "no number"
            elif found.family == "date" and moment(value) is None:
                wrong = "no date"
            elif found.family in ("bool", "null") and value.lower() not in ("true", "false") and "${" not in value:
                wrong = "neither `true` nor `false`"
            elif found.family == "ip" and not _block(value):
                wrong = "no address or CIDR block"
            if wrong:
                self.say(path, f"{wrong}: `{value}`")


def operator(written: str) -> tuple[Operator, str, bool] | None:
    """Operator, qualifier and whether `IfExists`, of a name such as `ForAnyValue:StringLikeIfExists`."""
    qualifier, colon, name = written.rpartition(":")
    if colon and qualifier not in QUALIFIERS:
        return None
    if_exists = name.endswith("IfExists")
    found = OPERATORS.get(name.removesuffix("IfExists"))
    if found is None or (found.family == "null" and (if_exists or qualifier)):
        return None
    return found, qualifier, if_exists


def _block(text: str) -> bool:
    try:
        ipaddress.ip_network(text, strict=False)
    except ValueError:
        return False
    return True

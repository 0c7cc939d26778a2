"""What the references of a scan stand for in a policy: the names and ARNs of its resources.

What is known only once it is deployed gets a *stand-in* between `<` and `>`, two characters that no ARN has: `<region>`,
`<OrgId>` for a parameter, `<stack>-Orders-<id>` for a name that CloudFormation makes up. A stand-in is one fixed text that
is not known, so the same stand-in is the same text wherever it stands, and different ones may be anything (see `pattern`).
The account of the scan is `000000000000`, because IAM tells accounts by their digits.

How CloudFormation makes up names:
https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/aws-properties-name.html
"""

from __future__ import annotations

import re
from collections.abc import Hashable
from functools import lru_cache

from fourfold.engines.exact.globs import COLON, SEGMENT_STAR, STAR, Glob, literal, normal
from fourfold.engines.iam.elements import resource
from fourfold.engines.iam.request import COMPONENTS
from fourfold.knowledge.arn_shapes import ARN_ATTRIBUTES, ID_IS_ARN, NAME_ATTRIBUTES, Shape, shape
from fourfold.knowledge.cloudformation import schemas
from fourfold.model.graph import Graph
from fourfold.model.resource import Resource
from fourfold.model.value import Absent, Known, Ref, Text, Unknown, Value

ACCOUNT = "000000000000"
"""The account that a scan is deployed to, where it does not say which."""
REGION = "<region>"

STAND_IN = re.compile(r"<[^<>]*>")
_ACCOUNT = re.compile(r"(?:arn:[^:]*:iam::)?(\d{12})(?::(.*))?")
_DEPTH_MAX = 8
_PSEUDO = {
    "AWS::Partition": "aws", "AWS::Region": REGION, "AWS::URLSuffix": "amazonaws.com",
    "AWS::NoValue": "",
}  # fmt: skip
_QUALIFIERS = ("AWS::Lambda::Alias", "AWS::Lambda::Version")
"""What stands behind the ARN of a function. Source: https://docs.aws.amazon.com/lambda/latest/dg/configuration-aliases.html"""
_MARK, _NAME = "\ue0ff", "\ue0fe"
_MADE_UP = re.compile(r"<(?:id of|name of|stack[ >])")
"""Stand-ins for names that the service makes up, which hold no colon."""
_FORBIDDEN = str.maketrans("/<>:*?", "......")


def open_in(text: str) -> bool:
    """Whether some part of the text is known only once it is deployed."""
    return "<" in text or ACCOUNT in text


def shared(a: str, b: str) -> frozenset[str]:
    """The stand-ins that two texts have in common: the same text in both, whatever it is."""
    if "<" not in a and ACCOUNT not in a:
        return frozenset()
    both = frozenset(STAND_IN.findall(a)).intersection(STAND_IN.findall(b))
    return both | {ACCOUNT} if ACCOUNT in a and ACCOUNT in b else both


@lru_cache(maxsize=65536)
def pattern(text: str, kept: frozenset[str] = frozenset(), *, variables: bool = False, literally: bool = False) -> Glob:
    """A resource of a policy or a request as a pattern that takes everything it may turn out to be.

    The stand-ins in `kept` are taken as they are written. Others stay within their component of an ARN.
    `literally`: wildcard characters are characters, as in a request.
    """
    if not open_in(text):
        return literal(text) if literally else resource(text, variables=variables)
    marked = STAND_IN.sub(lambda m: m[0] if m[0] in kept else _NAME if _MADE_UP.match(m[0]) else _MARK, text)
    marked = marked if ACCOUNT in kept else marked.replace(ACCOUNT, _MARK)
    whole = marked.count(":") >= COMPONENTS - 1
    tokens: list[int] = []
    colons = 0
    read = literal(marked) if literally else resource(marked, variables=variables)
    for token in read.tokens:
        colons += token == COLON
        if token == ord(_MARK):
            tokens.append(SEGMENT_STAR if whole and colons < COMPONENTS - 1 else STAR)
        elif token == ord(_NAME):
            tokens.append(SEGMENT_STAR)
        else:
            tokens.append(token)
    return normal(tokens)


@lru_cache(maxsize=1024)
def _identifies(kind: str, attribute: str) -> bool:
    """Whether an attribute is all that identifies a resource: what a plain reference gives as well."""
    schema = schemas().get(kind)
    return schema is not None and schema.identifier == (attribute,) and attribute not in ARN_ATTRIBUTES


class Names:
    """The names of one graph. Values are asked in the present world, where their names depend on conditions."""

    def __init__(self, graph: Graph, account: str = ACCOUNT) -> None:
        self.graph = graph
        self.account = account
        self.reasons: dict[str, str] = {}
        """Stand-in: why it is not known."""
        self._labels: dict[Hashable, str] = {}
        self._taken: set[str] = set()
        self.principals: set[str] = set()
        """ARNs of the identities of the scan, for principals that are written with a part that is not known."""

    def may_be(self, principal: str) -> list[str]:
        """What a principal that is written so may turn out to be, beside what it is written as."""
        if STAND_IN.fullmatch(principal):
            return ["*"]
        out: list[str] = []
        own = f"arn:aws:iam::{self.account}:root"
        account = _ACCOUNT.fullmatch(principal)
        if account and self.account == ACCOUNT != account[1]:
            out.append(f"arn:aws:iam::{ACCOUNT}:{account[2] or 'root'}")
        if STAND_IN.search(principal) and principal not in self.principals:
            pattern = re.compile(".*".join(re.escape(part) for part in STAND_IN.split(principal)))
            out += [arn for arn in (own, *sorted(self.principals)) if pattern.fullmatch(arn)]
        return out

    def text(self, value: Value, depth: int = 0) -> str:
        """A scalar as text, with stand-ins for what is not known."""
        value = value.settle()
        if isinstance(value, Known):
            return value._text()
        if isinstance(value, Text):
            return "".join(p if isinstance(p, str) else self.text(p, depth) for p in value.parts)
        if isinstance(value, Ref):
            return self._reference(value, depth)
        if isinstance(value, Unknown):
            return self._pseudo(value)
        return self.stand_in(value.identity, "unknown", value.reason or "it is not a text")

    def stand_in(self, identity: Hashable, name: str, reason: str) -> str:
        """The stand-in of this unknown: readable, and its own."""
        label = self._labels.get(identity)
        if label is None:
            name = name.translate(_FORBIDDEN) or "unknown"
            label, n = f"<{name}>", 2
            while label in self._taken:
                label, n = f"<{name} {n}>", n + 1
            self._taken.add(label)
            self._labels[identity] = label
            self.reasons[label] = reason
        return label

    def why(self, text: str) -> str:
        """Why the text is not wholly known; empty where it is."""
        for found in STAND_IN.findall(text):
            if found in self.reasons:
                return self.reasons[found]
            return "the region it is deployed to is not known" if found == REGION else f"`{found}` is a placeholder"
        return "the account it is deployed to is not known" if ACCOUNT in text else ""

    def _pseudo(self, value: Unknown) -> str:
        if value.name == "AWS::AccountId":
            return self.account
        if value.name in _PSEUDO:
            return _PSEUDO[value.name]
        if value.name == "AWS::StackName":
            return self._stack(value.source.path)
        return self.stand_in(value.identity, value.name or "unknown", value.why)

    def _stack(self, scope: str) -> str:
        return self.stand_in(("stack", scope), "stack", "the name of the stack is chosen at deployment")

    def _reference(self, value: Ref, depth: int) -> str:
        target = self.graph.target(value)
        if target is None or depth > _DEPTH_MAX:
            export = self._exported(value) if target is None and depth <= _DEPTH_MAX else None
            return export or self.stand_in(value.identity, value.name + value.attribute, value.reason)
        found = shape(target.type)
        attribute = "" if value.attribute and _identifies(target.type, value.attribute) else value.attribute
        if found is not None:
            arn = attribute in ARN_ATTRIBUTES or (not attribute and found.ref_is_arn)
            if arn or (attribute == "Id" and target.type in ID_IS_ARN):
                arn_ = self.arn(target, depth + 1)
                # CloudFormation's `Arn` of a log group is of all that is in it; Terraform's is of the group alone.
                whole = target.type == "AWS::Logs::LogGroup" and target.format in ("cloudformation", "sam")
                return f"{arn_}:*" if whole and arn_ else arn_
            if not attribute and target.type == "AWS::SQS::Queue":
                return f"https://sqs.{REGION}.amazonaws.com/{self.account}/{self.name(target, found, depth + 1)}"
            if not attribute or attribute in NAME_ATTRIBUTES or attribute in found.named_by:
                return self.name(target, found, depth + 1)
            if attribute in ("StreamArn", "LatestStreamArn") and "dynamodb" in found.arn:
                return f"{self.arn(target, depth + 1)}/stream/<stream of {target.address.translate(_FORBIDDEN)}>"
        label = f"{target.address}.{attribute}" if attribute else target.address
        return self.stand_in((target.key, attribute), label, value.reason)

    def _exported(self, value: Ref) -> str:
        """An export whose value is a text, not a reference to a resource."""
        found = self.graph.exported(value)
        return "" if found is None or isinstance(found, (Ref, Absent)) else self.text(found, _DEPTH_MAX - 1)

    def name(self, resource: Resource, found: Shape, depth: int = 0) -> str:
        """Its own name; else one that is made of where it is declared, as CloudFormation would make it."""
        for prop in found.named_by:
            value = resource.get(prop).settle()
            if not isinstance(value, Absent) and not (isinstance(value, Known) and value.value is None):
                text = self.text(value, depth)
                return text.removeprefix("https://").strip("/") if prop in ("Url", "Name") else text
        return self._generated(resource, named=bool(found.named_by))

    def _generated(self, resource: Resource, *, named: bool) -> str:
        reason = f"the name of `{resource}` is made up at deployment"
        own = resource.address.translate(_FORBIDDEN)
        if named and resource.format in ("cloudformation", "sam"):
            id_ = self.stand_in((resource.key, "id"), f"id of {own}", reason)
            return f"{self._stack(resource.file)}-{own}-{id_}"
        return self.stand_in((resource.key, ""), f"name of {own}", reason)

    def arn(self, resource: Resource, depth: int = 0) -> str:
        """Its ARN; empty for what has none."""
        found = shape(resource.type)
        if found is None:
            return ""
        if resource.type in _QUALIFIERS:
            function = self.graph.target(resource.get("FunctionName"))
            qualifier = resource.get("Name") if resource.type.endswith("Alias") else None
            if function is not None and function.type not in _QUALIFIERS:
                own = self.text(qualifier, depth) if qualifier is not None else f"<version of {function.address}>"
                return f"{self.arn(function, depth + 1)}:{own}"
        path = "/"
        if found.path:
            value = resource.get(found.path).settle()
            if not isinstance(value, Absent):
                path = self.text(value, depth) or "/"
        name = self.name(resource, found, depth)
        if resource.type == "AWS::SecretsManager::Secret":
            # Secrets Manager adds a hyphen and six characters to the name: policies match these with `??????`.
            name += "-" + self.stand_in(
                (resource.key, "six"), f"s{len(self._labels):03}", f"`{resource}` gets a random suffix"
            )
        return found.arn.format(partition="aws", region=REGION, account=self.account, name=name, path=path)

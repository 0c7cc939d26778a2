"""The estate of an account: what a dump of its identities says, with statements placed where they stand in it.

Who created a policy is not asked: the policies of AWS are taken from the dump where it has them, else from the table that
comes with fourfold. Resources other than roles and users are not part of a dump, so their policies are not known.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from typing import Any

from fourfold.engines.iam.document import Kind
from fourfold.engines.iam.estate import EVERYTHING, Estate, Principal, Target
from fourfold.engines.iam.ground import Document, missing, plain
from fourfold.knowledge.managed import policies as aws_policies
from fourfold.model.place import Span
from fourfold.model.value import Value
from fourfold.sources.iam.account import Account, Held
from fourfold.sources.syntax.json import parse_json_value

Path = tuple[str | int, ...]
_ACCOUNT_PART = 4


class LateSpan(Span, frozen=True):
    """The place of a part of an object, looked for when somebody asks."""

    path: Path = ()

    @property
    def line(self) -> int:
        """The line that the part begins on; that of the object where there is no such part."""
        value: Value | None = parse_json_value(self.source, self.start)
        found = value.get(*self.path) if value is not None else None
        return self.source.position(found.start if found is not None else self.start)[0]


def estate_of_account(account: Account) -> Estate:
    """The roles and users of an account; each is also a target, a role with its trust policy."""
    return _Builder(account).estate()


class _Builder:
    def __init__(self, account: Account) -> None:
        self.account = account
        self.number = next(
            (h.arn.split(":")[_ACCOUNT_PART] for h in account.held if h.arn.count(":") > _ACCOUNT_PART), ""
        )
        self.groups = {h.name: h for h in account.held if h.kind == "group"}
        self._managed: dict[tuple[str, Kind], Document] = {}
        self._of_group: dict[str, tuple[Document, ...]] = {}

    def estate(self) -> Estate:
        principals: list[Principal] = []
        targets: list[Target] = []
        for held in self.account.held:
            if held.kind != "group" and held.arn:
                one = self._principal(held)
                principals.append(one)
                kind = "AWS::IAM::Role" if held.kind == "role" else "AWS::IAM::User"
                targets.append(Target(arn=one.arn, type=kind, name=one.name, span=one.span, policies=one.trust))
        if self.number:
            root = f"arn:aws:iam::{self.number}:root"
            principals.append(Principal(kind="root", name="root", arn=root, asks=root, identity=(EVERYTHING,)))
        for policy in self.account.policies.values():
            if f":{self.number}:" in policy.arn:
                span = Span(self.account.source, policy.start, policy.start + 1)
                targets.append(Target(arn=policy.arn, type="AWS::IAM::ManagedPolicy", name=policy.name, span=span))
        notes = tuple(f"{p.file}:{p.line}: {p.reason}" for p in self.account.problems)
        return Estate(principals=tuple(principals), targets=tuple(targets), account=self.number, notes=notes)

    def _principal(self, held: Held) -> Principal:
        trust = (self._plain(held.trust, "trust", held.name, held.start, ("AssumeRolePolicyDocument",)),)
        return Principal(
            kind="user" if held.kind == "user" else "role",
            name=held.name,
            arn=held.arn,
            asks=held.arn,
            span=Span(self.account.source, held.start, held.start + 1),
            identity=(*self._own(held), *(d for name in held.groups for d in self._group(name))),
            boundary=(self._by_arn(held.boundary, "boundary"),) if held.boundary else None,
            trust=trust if held.trust is not None else (),
            tags=held.tags,
            tags_known=True,
            users=held.profiles,
        )

    def _own(self, held: Held) -> Iterator[Document]:
        for one in held.inline:
            yield self._plain(one.document, "identity", one.name, held.start, one.path)
        for arn in held.attached:
            yield self._by_arn(arn, "identity")

    def _group(self, name: str) -> tuple[Document, ...]:
        if name not in self._of_group:
            held = self.groups.get(name)
            unknown = f"the group `{name}` is not part of the dump"
            self._of_group[name] = tuple(self._own(held)) if held else (missing("identity", name, unknown),)
        return self._of_group[name]

    def _by_arn(self, arn: str, kind: Kind) -> Document:
        if (arn, kind) not in self._managed:
            own, aws = self.account.policies.get(arn), aws_policies().get(arn)
            if own is not None:
                found = self._plain(own.document, kind, own.name, own.start, own.path)
            elif aws is not None:
                found = plain(aws.document, kind, aws.name, lambda _: None)
            else:
                found = missing(kind, arn, f"the policy `{arn}` is not part of the dump")
            self._managed[arn, kind] = found
        return self._managed[arn, kind]

    def _plain(self, document: Any, kind: Kind, name: str, start: int, path: Path) -> Document:
        if not isinstance(document, dict | str):
            return missing(kind, name, f"the document of `{name}` is not part of the dump")
        return plain(document, kind, name, self._spans(document, start, path))

    def _spans(self, document: Any, start: int, path: Path) -> Callable[[int], Span]:
        text = isinstance(document, str)
        many = not text and isinstance(document.get("Statement"), list)
        source = self.account.source

        def span(index: int) -> Span:
            statement: Iterable[str | int] = (
                () if text or index < 0 else ("Statement", index) if many else ("Statement",)
            )
            return LateSpan(source, start, start + 1, (*path, *statement))

        return span

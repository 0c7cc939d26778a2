"""The estate of a scan: identities and resources of its graph, with their policies grounded."""

from __future__ import annotations

from collections.abc import Iterator

from msgspec.structs import replace

from fourfold.engines.iam.document import Kind
from fourfold.engines.iam.estate import EVERYTHING, Estate, Principal, Target
from fourfold.engines.iam.ground import Document, Grounded, ground, in_worlds, missing, plain
from fourfold.engines.iam.names import ACCOUNT, REGION, Names
from fourfold.knowledge.arn_shapes import shape
from fourfold.model.condition import FALSE, TRUE, Condition, both, either
from fourfold.model.graph import Graph
from fourfold.model.nodes import DataStore, Identity, Policy
from fourfold.model.resource import Resource
from fourfold.model.value import Absent, Known, Value

FILE = "IAM::PolicyDocument"
_EQUIVALENTS = frozenset({
    "AWS::Lambda::Permission", "AWS::Lambda::LayerVersionPermission", "AWS::Events::EventBusPolicy",
})  # fmt: skip
"""Types whose statement is made by the service: it is about what it protects, which is named, not given as an ARN."""
_FULL_ACCESS = {"Statement": [{"Effect": "Allow", "Action": "*", "Resource": "*"}]}


def estate(graph: Graph) -> Estate:
    """The principals and targets of a scan; ask for it with `graph.derived(estate)`."""
    return graph.derived(grounding)[1]


def grounding(graph: Graph) -> tuple[Names, Estate]:
    """The same with the names that its documents are grounded with: `graph.derived(grounding)`."""
    builder = _Builder(graph, ACCOUNT)
    found = builder.estate()
    return builder.names, found


def estate_in(graph: Graph, account: str) -> Estate:
    """The same where the account that it is deployed to is known."""
    return _Builder(graph, account).estate()


def target_of(graph: Graph, policy: Policy, arn: str) -> Target:
    """What a resource policy protects as a target of its own, for policies that stand in a resource under another name."""
    return Target(arn=arn, type="", name=policy.name, policies=(_Builder(graph, ACCOUNT).document(policy, "resource"),))


class _Builder:
    def __init__(self, graph: Graph, account: str) -> None:
        self.graph = graph
        self.account = account
        self.root = f"arn:aws:iam::{account}:root"
        self.names = Names(graph, account)
        self.notes: list[str] = []
        self._documents: dict[tuple[str, str, Kind], Document] = {}
        self._managed: dict[str, Document | None] = {}

    def estate(self) -> Estate:
        identities = [i for i in self.graph.of(Identity) if i.kind in ("role", "user")]
        arns = {i.key: self._arns(i.resource) for i in identities}
        self.names.principals = {arn for found in arns.values() for _, arn in found}
        levels = tuple(level for level in (self._organization("scp"),) if level)
        principals = [p for i in identities for p in self._principals(i, arns[i.key], levels)]
        principals += self._files(levels)
        root = Principal(kind="root", name="root", arn=self.root, asks=self.root, identity=(EVERYTHING,), scp=levels)
        principals.append(root)
        rcp = self._organization("rcp")
        return Estate(
            principals=tuple(principals),
            targets=tuple(self._targets()),
            account=self.account,
            scp=levels,
            rcp=(rcp,) if rcp else (),
            notes=tuple(dict.fromkeys(self.notes)),
        )

    def _arns(self, resource: Resource) -> list[tuple[Condition, str]]:
        found = in_worlds(lambda: self.names.arn(resource))
        if not found:
            self.notes.append(f"the name of `{resource}` depends on more conditions than are looked at")
        worlds = [(both(resource.condition, when), arn) for when, arn in found]
        merged: dict[str, list[Condition]] = {}
        for when, arn in worlds:
            if arn and when != FALSE:
                merged.setdefault(arn, []).append(when)
        return [(either(*conditions), arn) for arn, conditions in merged.items()]

    def document(self, policy: Policy, kind: Kind) -> Document:
        """A policy of the graph, grounded once."""
        key = (policy.key, policy.name, kind)
        if key not in self._documents:
            found = ground(self.names, policy, kind)
            if policy.resource.type in _EQUIVALENTS:
                found = replace(found, statements=tuple(map(_of_anything, found.statements)))
            self._documents[key] = found
        return self._documents[key]

    # -- identities ----------------------------------------------------------------------------------------------------

    def _principals(
        self, node: Identity, arns: list[tuple[Condition, str]], scp: tuple[tuple[Document, ...], ...]
    ) -> Iterator[Principal]:
        identity = (*self._own(node), *self._of_groups(node))
        boundary = self._boundary(node)
        trust = (self.document(node.trust, "trust"),) if node.trust is not None else ()
        tags = self._tags(node.resource)
        users = tuple(
            dict.fromkeys(
                user.name
                for kind in ("runs_as", "starts_as", "assumes")
                for user in self.graph.into(node, kind)
                if user.resource.type != "AWS::IAM::InstanceProfile"
            )
        )
        for when, arn in arns:
            yield Principal(
                kind="user" if node.kind == "user" else "role",
                name=node.name,
                arn=arn,
                asks=arn,
                node=node,
                span=node.resource.span,
                when=when,
                identity=identity,
                boundary=boundary,
                scp=scp,
                trust=trust,
                tags=tags,
                users=users,
            )

    def _own(self, node: Identity) -> Iterator[Document]:
        """Inline, attached and managed policies."""
        attached: dict[str, list[Condition]] = {}
        for when, value in node.managed.elements(node.condition):
            target = self.graph.target(value)
            if target is not None and target.type == "AWS::IAM::ManagedPolicy":
                attached.setdefault(target.key, []).append(when)
            else:
                yield self._by_arn(value, "identity", when)
        for policy in node.policies:
            if policy.resource.key == node.resource.key:
                yield self.document(policy, "identity")
                continue
            conditions = [*attached.get(policy.resource.key, ()), *self._attaching(policy.resource, node)]
            found = self.document(policy, "identity")
            when = either(*conditions) if conditions else TRUE
            yield found if when == TRUE else replace(found, when=both(found.when, when))
        if node.managed.reason:
            yield missing("identity", "ManagedPolicyArns", node.managed.reason, node.managed.span, node.condition)

    def _attaching(self, resource: Resource, node: Identity) -> Iterator[Condition]:
        """When a policy that stands for itself is attached to the identity."""
        for prop in ("Roles", "Users", "Groups", "RoleName", "UserName", "GroupName"):
            for when, value in resource.get(prop).elements():
                target = self.graph.target(value)
                if target is not None and target.key == node.resource.key:
                    yield when

    def _by_arn(self, value: Value, kind: Kind, when: Condition) -> Document:
        """A policy that the scan only names: one that AWS manages, or one that is not known."""
        text = in_worlds(lambda: self.names.text(value))
        name = text[0][1] if len(text) == 1 else str(value)
        found = self._aws(name, kind)
        if found is None:
            return missing(kind, name, f"the policy `{name}` is not part of what was read", value.span, when)
        return replace(found, when=when, span=value.span, statements=tuple(_at(s, value) for s in found.statements))

    def _aws(self, name: str, kind: Kind) -> Document | None:
        key = f"{kind} {name}"
        if key not in self._managed:
            from fourfold.knowledge.managed import policies

            own = policies().get(name) if ":aws:policy/" in name or ":" not in name else None
            self._managed[key] = plain(own.document, kind, own.name, lambda _: None) if own is not None else None
        return self._managed[key]

    def _boundary(self, node: Identity) -> tuple[Document, ...] | None:
        sides = list(node.boundary.alternatives(node.condition))
        if all(_nothing(value) for _, value in sides):
            return None
        out: list[Document] = []
        for when, value in sides:
            if _nothing(value):
                out.append(replace(EVERYTHING, kind="boundary", name="no boundary", when=when))
                continue
            target = self.graph.target(value)
            policy = next((p for p in self.graph.of(Policy) if target is not None and p.resource is target), None)
            if policy is None:
                out.append(self._by_arn(value, "boundary", when))
            else:
                found = self.document(policy, "boundary")
                out.append(replace(found, when=both(found.when, when)))
        return tuple(out)

    def _of_groups(self, node: Identity) -> Iterator[Document]:
        if node.kind != "user":
            return
        for group in self.graph.of(Identity):
            if group.kind == "group":
                conditions = list(self._membership(node, group))
                for found in self._own(group) if conditions else ():
                    yield replace(found, when=both(found.when, either(*conditions)))

    def _membership(self, user: Identity, group: Identity) -> Iterator[Condition]:
        """When the user is in the group."""
        for when, value in user.resource.get("Groups").elements(user.condition):
            if self._is(value, group):
                yield when
        for addition in self.graph.of_type("AWS::IAM::UserToGroupAddition"):
            if self._is(addition.get("GroupName"), group):
                for when, value in addition.get("Users").elements(addition.condition):
                    if self._is(value, user):
                        yield when

    def _is(self, value: Value, node: Identity) -> bool:
        target = self.graph.target(value)
        if target is not None:
            return target.key == node.resource.key
        return isinstance(value, Known) and value.value == node.name

    def _tags(self, resource: Resource) -> dict[str, str]:
        out: dict[str, str] = {}
        for when, item in resource.get("Tags").elements():
            key = item.get("Key")
            if when == TRUE and isinstance(key, Known):
                value = item.get("Value")
                found = in_worlds(lambda value=value: self.names.text(value))  # type: ignore[misc]
                if len(found) == 1:
                    out[str(key.value)] = found[0][1]
        return out

    # -- files and organizations -----------------------------------------------------------------------------------------

    def _files(self, scp: tuple[tuple[Document, ...], ...]) -> Iterator[Principal]:
        """Each policy in a file of its own stands for whoever it is attached to."""
        boundaries = tuple(self._of_kind("boundary"))
        for policy in self.graph.of(Policy):
            if policy.resource.type == FILE and policy.kind == "identity":
                arn = f"arn:aws:iam::{self.account}:role/{policy.resource.address}"
                yield Principal(
                    kind="policy", name=policy.resource.address, arn=arn, asks=arn, span=policy.resource.span,
                    when=policy.condition, identity=(self.document(policy, "identity"),), scp=scp,
                    boundary=boundaries or None,
                )  # fmt: skip

    def _of_kind(self, kind: Kind) -> Iterator[Document]:
        for policy in self.graph.of(Policy):
            if policy.resource.type == FILE and policy.kind == kind:
                yield self.document(policy, kind)

    def _organization(self, kind: Kind) -> tuple[Document, ...]:
        """The policies of the organization that count for the account, or may."""
        out = list(self._of_kind(kind))
        for policy in self.graph.of(Policy):
            if policy.kind == kind and policy.resource.type == "AWS::Organizations::Policy":
                found = self.document(policy, kind)
                targets = [str(v.plain()) for _, v in policy.resource.get("TargetIds").elements()]
                if any(t.startswith("r-") for t in targets):
                    out.append(found)
                else:
                    why = f"whether the {kind.upper()} `{policy.name}` is attached to the account is not known"
                    out.append(replace(found, statements=tuple(_maybe(s, why) for s in found.statements)))
        if kind == "scp" and out and not any(s.effect == "Allow" for d in out for s in d.statements):
            out.append(plain(_FULL_ACCESS, "scp", "FullAWSAccess", lambda _: None))
        return tuple(out)

    # -- resources -------------------------------------------------------------------------------------------------------

    def _targets(self) -> Iterator[Target]:
        policies = self._resource_policies()
        seen: set[str] = set()
        for resource in self.graph.resources.values():
            if shape(resource.type) is None or resource.type == "AWS::IAM::Group":
                continue
            for when, arn in self._arns(resource):
                documents = dict.fromkeys((*policies.get(resource.key, ()), *policies.get(arn, ())))
                seen.add(arn)
                yield Target(
                    arn=arn, type=resource.type, name=_called(resource), resource=resource, span=resource.span,
                    when=when, policies=self._with_default(resource, tuple(documents)), facts=self._facts(resource),
                )  # fmt: skip
        for arn, found in policies.items():
            if arn.startswith("arn:") and arn not in seen:
                kind = next((k for part, k in _KINDS.items() if part in arn), "")
                yield Target(
                    arn=arn, type=kind, name=_tail(arn) if kind else arn, span=found[0].span, policies=tuple(found),
                    when=found[0].when,
                )  # fmt: skip

    def _with_default(self, resource: Resource, documents: tuple[Document, ...]) -> tuple[Document, ...]:
        if resource.type == "AWS::KMS::Key" and not documents:
            # KMS Developer Guide, "Default key policy": where a program makes a key and gives no policy.
            allow = {"Effect": "Allow", "Principal": {"AWS": self.root}, "Action": "kms:*", "Resource": "*"}
            return (plain({"Statement": [allow]}, "resource", "default key policy", lambda _: resource.span),)
        return documents

    def _facts(self, resource: Resource) -> dict[str, object]:
        if resource.type != "AWS::S3::Bucket":
            return {}
        stores = [s for s in self.graph.of(DataStore) if s.resource is resource]
        return {"public_access_block": stores[0].public_access, "acl": stores[0].acl} if stores else {}

    def _resource_policies(self) -> dict[str, list[Document]]:
        """By the key of the resource that has them, or by ARN where the scan only names it."""
        out: dict[str, list[Document]] = {}
        for policy in self.graph.of(Policy):
            if policy.kind == "trust" and policy.resource.type != FILE:
                out.setdefault(policy.resource.key, []).append(self.document(policy, "trust"))
            elif policy.kind in ("resource", "trust"):
                found = self.document(policy, policy.kind)
                for key in dict.fromkeys(self._protected(policy, found)):
                    if key:
                        out.setdefault(key, []).append(found)
                    else:
                        self.notes.append(f"what `{policy.name}` protects is not known")
        return out

    def _protected(self, policy: Policy, found: Document) -> Iterator[str]:
        if policy.resource.type == FILE:
            texts = [r for s in found.statements for r in s.upper.resources or ()]
            arns = [t.removesuffix("/*").removesuffix(":*") for t in texts if t.startswith("arn:")]
            yield min(arns, key=len) if arns else self._of_file(policy, found)
            return
        for _, value in policy.protects.elements():
            target = self.graph.target(value)
            if target is not None:
                yield target.key
                continue
            for _, text in in_worlds(lambda value=value: self.names.text(value)):  # type: ignore[misc]
                yield self._by_name(policy.resource.type, text)

    def _of_file(self, policy: Policy, found: Document) -> str:
        """The ARN of what a resource policy in a file of its own protects: named by the file, where it names nothing."""
        name = policy.resource.address
        if policy.kind == "trust":
            return f"arn:aws:iam::{self.account}:role/{name.removesuffix('/trust')}"
        services = [a.partition(":")[0] for s in found.statements for a in s.written.actions if ":" in a]
        service = services[0].lower() if services else "unknown"
        return f"arn:aws:{service}:{REGION}:{self.account}:{'key/' if service == 'kms' else ''}{name}"

    def _by_name(self, kind: str, text: str) -> str:
        """The ARN of what a resource policy names by name, URL or ARN."""
        if text.startswith("arn:"):
            return text
        if kind == "AWS::S3::BucketPolicy":
            return f"arn:aws:s3:::{text}"
        if kind.startswith("AWS::SQS::") and text.startswith("https://"):
            return f"arn:aws:sqs:{REGION}:{_account(text) or self.account}:{text.rpartition('/')[2]}"
        if kind == "AWS::Lambda::Permission":
            return f"arn:aws:lambda:{REGION}:{self.account}:function:{text}"
        return ""


_KINDS = {":s3:::": "AWS::S3::Bucket", ":key/": "AWS::KMS::Key", ":sqs:": "AWS::SQS::Queue", ":sns:": "AWS::SNS::Topic",
          ":role/": "AWS::IAM::Role", ":function:": "AWS::Lambda::Function"}  # fmt: skip
"""What an ARN tells of the type."""


def _tail(arn: str) -> str:
    return arn.rpartition(":")[2].removeprefix("key/").removeprefix("role/")


def _account(url: str) -> str:
    """The account in the URL of a queue; empty where it is not known."""
    part = url.split("/")[-2]
    return part if part.isdigit() else ""


def _called(resource: Resource) -> str:
    found = shape(resource.type)
    for prop in found.named_by if found is not None else ():
        value = resource.get(prop)
        if isinstance(value, Known) and value.value:
            return str(value.value)
    return resource.address


def _nothing(value: Value) -> bool:
    return isinstance(value, Absent) or (isinstance(value, Known) and not value.value)


def _of_anything(statement: Grounded) -> Grounded:
    lower = statement.lower
    return replace(
        statement,
        upper=replace(statement.upper, resources=("*",)),
        written=replace(statement.written, resources=("*",)),
        lower=replace(lower, resources=("*",)) if lower is not None else None,
    )


def _at(statement: Grounded, value: Value) -> Grounded:
    return replace(statement, span=value.span)


def _maybe(statement: Grounded, why: str) -> Grounded:
    return replace(statement, lower=None, reason=why)

"""Moves in AWS: ways in from outside, from code to its identity, from an identity to others and to data.

Sources: for techniques https://attack.mitre.org/matrices/enterprise/cloud/; for what reads, changes and destroys a store
the "Actions" tables of https://docs.aws.amazon.com/service-authorization/latest/reference/; for who needs the key as well
"Use of KMS" in each service's developer guide.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Literal

from msgspec.structs import replace

from fourfold.engines.iam.ask import Access
from fourfold.engines.iam.escalation import Escalation
from fourfold.engines.iam.estate import Principal, Target
from fourfold.engines.network.boxes import bits, deciding
from fourfold.engines.network.network import End, Network, Reason
from fourfold.engines.paths.moves import Fact, Move, Remedy
from fourfold.engines.paths.passwords import secrets_of
from fourfold.engines.paths.world import World
from fourfold.model.condition import TRUE
from fourfold.model.edit import Edit, remove, set_
from fourfold.model.nodes import DataStore, Entry, Function, Identity, Key, Node, Secret, Workload
from fourfold.model.nodes.node import NOTHING
from fourfold.model.place import Span
from fourfold.model.value import Absent, Known
from fourfold.model.world import Undecided

Held = Literal["read", "write", "destroy"]
STORES: dict[str, dict[Held, tuple[str, ...]]] = {
    "AWS::S3::Bucket": {
        "read": ("s3:GetObject",), "write": ("s3:PutObject",), "destroy": ("s3:DeleteObject", "s3:PutLifecycleConfiguration"),
    },
    "AWS::DynamoDB::Table": {
        "read": ("dynamodb:GetItem", "dynamodb:Scan", "dynamodb:Query", "dynamodb:ExportTableToPointInTime"),
        "write": ("dynamodb:PutItem", "dynamodb:UpdateItem"),
        "destroy": ("dynamodb:DeleteItem", "dynamodb:DeleteTable"),
    },
    "AWS::DynamoDB::GlobalTable": {
        "read": ("dynamodb:GetItem", "dynamodb:Scan", "dynamodb:Query"), "write": ("dynamodb:PutItem", "dynamodb:UpdateItem"),
        "destroy": ("dynamodb:DeleteItem", "dynamodb:DeleteTable"),
    },
    "AWS::SQS::Queue": {
        "read": ("sqs:ReceiveMessage",), "write": ("sqs:SendMessage",), "destroy": ("sqs:PurgeQueue", "sqs:DeleteQueue"),
    },
    "AWS::SNS::Topic": {"write": ("sns:Publish",), "destroy": ("sns:DeleteTopic",)},
    "AWS::Kinesis::Stream": {
        "read": ("kinesis:GetRecords",), "write": ("kinesis:PutRecord", "kinesis:PutRecords"),
        "destroy": ("kinesis:DeleteStream",),
    },
    "AWS::SecretsManager::Secret": {
        "read": ("secretsmanager:GetSecretValue",), "write": ("secretsmanager:PutSecretValue",),
        "destroy": ("secretsmanager:DeleteSecret",),
    },
    "AWS::SSM::Parameter": {
        "read": ("ssm:GetParameter", "ssm:GetParameters"), "write": ("ssm:PutParameter",), "destroy": ("ssm:DeleteParameter",),
    },
    "AWS::ECR::Repository": {
        "read": ("ecr:BatchGetImage",), "write": ("ecr:PutImage",), "destroy": ("ecr:DeleteRepository",),
    },
    "AWS::RDS::DBInstance": {"destroy": ("rds:DeleteDBInstance",)},
    "AWS::RDS::DBCluster": {"destroy": ("rds:DeleteDBCluster",)},
    "AWS::EFS::FileSystem": {"destroy": ("elasticfilesystem:DeleteFileSystem",)},
    "AWS::KMS::Key": {"destroy": ("kms:ScheduleKeyDeletion",)},
}  # fmt: skip
"""Type: the actions of which one is enough to read, change or destroy what it keeps."""
_WITH_KEY = frozenset({
    "AWS::S3::Bucket", "AWS::SecretsManager::Secret", "AWS::SSM::Parameter", "AWS::SQS::Queue", "AWS::Kinesis::Stream",
})  # fmt: skip
"""Types whose readers must be allowed to decrypt with the customer's key themselves."""
DATABASES = frozenset({"database", "cluster", "cache", "search", "warehouse"})
_ADMIN_PORTS = {22: "SSH", 3389: "Remote Desktop"}
_LOGGED = "CloudTrail"
_DATA_EVENTS = "CloudTrail, if it records data events"
INTERNET = Fact("outside", "internet", "the internet")
ADMIN = Fact("administer", "account", "the account")
Subject = Workload | Function


def called(node: Node) -> Fact:
    return Fact("call", node.resource.key, f"`{node.resource.address}`")


def ran(node: Node) -> Fact:
    return Fact("run", node.resource.key, f"`{node.resource.address}`")


def held(principal: Principal) -> Fact:
    return Fact("hold", principal.arn, f"{principal.kind} `{principal.name}`")


# -- from outside ----------------------------------------------------------------------------------------------------------


def from_internet(world: World) -> Iterator[Move]:
    """Entries, interfaces and resources that callers on the internet reach."""
    for entry in world.graph.of(Entry):
        yield from _entry(world, entry)
    for node in (*world.graph.of(Workload), *world.graph.of(DataStore)):
        for network, end in world.ends_of(node):
            if not node.resource.of_kubernetes:
                yield from _open_port(node, network, end)
    yield from _public_resources(world)


def _entry(world: World, entry: Entry) -> Iterator[Move]:
    try:
        reached = entry.from_internet
    except Undecided:
        return
    behind = [n for n in world.graph.out(entry, "routes_to") if isinstance(n, (Workload, Function))]
    signed = entry.authorizer.surely("AWS_IAM")
    none = entry.authorizer.absent or entry.authorizer.surely("NONE")
    if not reached or not behind or signed:
        return
    let_in = world.lets_in(entry)
    if let_in == "denied":
        return
    for node in {n.resource.key: n for n in behind}.values():
        yield Move(
            id="public-entry",
            technique="T1190",
            premises=(INTERNET,),
            conclusion=called(node),
            text=f"Requests from the internet reach `{node.resource.address}` through {entry}",
            spans=(entry.span, *((entry.authorizer.span,) if not none and not entry.authorizer.absent else ())),
            witness={"entry": entry.name},
            assumes="" if none else "an account that the authorizer lets in",
            missing="whom the policy of the API lets in" if let_in == "unknown" else "",
            when="" if entry.condition == TRUE else str(entry.condition),
            log="access log of the entry" if not entry.access_log.absent else "",
            effort=(1 if none else 4) + 3 * (let_in == "unknown"),
        )


def _open_port(node: Node, network: Network, end: End) -> Iterator[Move]:
    """An interface that packets from the internet reach, once for each set of rules that lets some in."""
    outside = network.public or network.everywhere
    if isinstance(node, DataStore) and node.kind not in DATABASES:
        return
    for port, sure, reasons in _ports(network, outside, end.cells, listens(node)):
        said = _ADMIN_PORTS.get(port, f"port {port}")
        common = {
            "technique": "T1190",
            "premises": (INTERNET,),
            "spans": (node.span, *(r.span for r in reasons if r.span is not None)),
            "witness": {"source": "internet", "destination": end.name, "protocol": "TCP", "port": port},
            "missing": "" if sure else _LET_THROUGH,
            "log": "VPC flow logs",
            "remedies": _closing(reasons),
        }
        if isinstance(node, DataStore):
            yield Move(
                id="open-database",
                text=f"Anybody on the internet can connect to {node} ({said})",
                conclusion=Fact("read", node.resource.key, f"`{node.resource.address}`"),
                assumes="its password is guessed or was leaked",
                effort=4 + 3 * (not sure),
                **common,  # type: ignore[arg-type]
            )
        else:
            yield Move(
                id="open-port",
                text=f"Packets from the internet reach `{node.resource.address}` ({said})",
                conclusion=called(node),
                effort=1 + 3 * (not sure),
                **common,  # type: ignore[arg-type]
            )


_LET_THROUGH = "whether its packets are let through hangs on what the files do not say"
_USUAL = (443, 80, 22, 3389, 5432, 3306, 6379, 8080)


_ENGINES = (
    ("postgres", 5432), ("mysql", 3306), ("mariadb", 3306), ("oracle", 1521), ("custom-oracle", 1521),
    ("sqlserver", 1433), ("custom-sqlserver", 1433), ("redis", 6379), ("valkey", 6379), ("memcached", 11211),
    ("docdb", 27017), ("neptune", 8182), ("db2", 50000),
)  # fmt: skip
"""What an engine listens on where nothing else is written ("Default port" of each engine, Amazon RDS User Guide)."""


def listens(node: Node) -> int | None:
    """The only port that a database listens on; None where it is not known, or several."""
    if not isinstance(node, DataStore):
        return None
    written = node.resource.get("Port")
    if not written.absent:
        text = str(written.plain())
        return int(text) if text.isdecimal() and len(text) < 6 else None
    engine = node.resource.get("Engine")
    name = str(engine.plain() or "").lower()
    if name.startswith("aurora") or node.kind not in ("database", "cluster", "cache") or engine.reason:
        return None  # Aurora's clusters have a port of their own, whichever engine they run
    return next((port for prefix, port in _ENGINES if name.startswith(prefix)), None)


def _ports(
    network: Network, sources: int, destinations: int, only: int | None = None
) -> Iterator[tuple[int, bool, tuple[Reason, ...]]]:
    """Ports of TCP that are let through, and whether surely: one for each set of rules that lets some through. Where the
    destination listens on one port only, that one."""
    seen: set[tuple[int, ...]] = set()
    for relation, sure in ((network.least, True), (network.most, False)):
        ports = 0
        for d in bits(destinations):
            for mask, who in relation.columns[d]:
                if who & sources:
                    ports |= mask
        stretches = [r for r in network.ports.ranges(ports) if r.protocol == "TCP"]
        tried = [p for p in _USUAL if any(r.first <= p <= r.last for r in stretches)]
        first = (*tried, *(r.first for r in stretches))
        if only is not None:
            first = (only,) if any(r.first <= only <= r.last for r in stretches) else ()
        for port in first:
            reasons = _reasons(network, sources, destinations, port)
            rules = tuple(id(r) for r in reasons)
            if rules not in seen:
                seen.add(rules)
                yield port, sure, reasons
        if seen:
            return


def _closing(reasons: tuple[Reason, ...]) -> tuple[Remedy, ...]:
    """Without the rules that let it in."""
    return tuple(
        Remedy(f"{r.text} is taken out", (remove(r.at),), r.text, r.at.span)
        for r in reasons
        if r.at is not None and "ingress" in r.text
    )


def _reasons(network: Network, sources: int, destinations: int, port: int) -> tuple[Reason, ...]:
    mask = network.ports.at("TCP", port)
    found: list[Reason] = []
    for d in bits(destinations):
        for mine, who in network.most.columns[d]:
            if mine & mask and who & sources:
                s = next(bits(who & sources))
                for layer in network.layers:
                    boxes, _ = deciding(layer, s, d, mask)
                    found += [r for b in boxes if (r := network.reason(b.rule)) is not None]
                return tuple({id(r): r for r in found}.values())
    return ()


def _public_resources(world: World) -> Iterator[Move]:
    """Stores whose policies let strangers in."""
    for key, target in world.targets.items():
        if not (target.policies or target.facts):
            continue
        for kind, actions in STORES.get(target.type, {}).items():
            for action in actions:
                found = [a for a in world.strangers(action, target) if a.verdict != "unknown"]
                if found and not (target.type == "AWS::S3::Bucket" and _shut(target, found[0])):
                    move = _access(found[0], INTERNET, Fact(kind, key, f"`{target.name}`"), "public-resource", "T1530")
                    assumed = "; ".join(filter(None, (move.assumes, _by_default(target))))
                    more = bool(assumed) - bool(move.assumes)
                    yield replace(move, remedies=_blocking(target), assumes=assumed, effort=move.effort + more)
                    break


_NAMED = frozenset({
    "aws:principalorgid", "aws:principalaccount", "aws:principalarn", "aws:sourceaccount", "aws:sourcearn",
    "aws:sourcevpc", "aws:sourcevpce", "aws:sourceorgid", "aws:userid", "aws:sourceip",
})  # fmt: skip
"""Context keys whose fixed values make that a policy is not called public: Block Public Access leaves it alone."""


def _shut(target: Target, found: Access) -> bool:
    """Whether Block Public Access stops it: the policy cannot be set, or lets nobody in from outside of the account."""
    flags = target.facts.get("public_access_block")
    if not isinstance(flags, tuple) or any(key.lower() in _NAMED for key, value in found.needs.items() if value):
        return False
    return any(n in _POLICIES and not v.absent and v.surely(expected=True) for n, v in flags)


def _by_default(target: Target) -> str:
    """What a public policy assumes of a bucket that says nothing about Block Public Access: new ones have it
    (https://docs.aws.amazon.com/AmazonS3/latest/userguide/access-control-block-public-access.html)."""
    flags = target.facts.get("public_access_block")
    silent = isinstance(flags, tuple) and any(n in _POLICIES and v.absent for n, v in flags)
    return "Block Public Access, which buckets have since April 2023, was taken off it" if silent else ""


_POLICIES = ("BlockPublicPolicy", "RestrictPublicBuckets")


_BLOCK = ("BlockPublicAcls", "BlockPublicPolicy", "IgnorePublicAcls", "RestrictPublicBuckets")


def _blocking(target: Target) -> tuple[Remedy, ...]:
    """A bucket that nobody can make public, whatever its policy says."""
    if target.type != "AWS::S3::Bucket" or target.resource is None:
        return ()
    block = target.resource.get("PublicAccessBlockConfiguration")
    if isinstance(block, Absent):
        edits: tuple[Edit, ...] = (set_(block, dict.fromkeys(_BLOCK, True)),)
    else:
        edits = tuple(set_(value, data=True) for n in _BLOCK if not (value := block.get(n)).surely(expected=True))
    text = f"`{target.name}` is open to nobody outside of the account, whatever its policy says"
    return (Remedy(text, edits, target.resource.address, block.span),) if edits else ()


# -- code and its identity ---------------------------------------------------------------------------------------------------


def from_call(world: World, fact: Fact) -> Iterator[Move]:
    """Requests may find a flaw."""
    for node in _subjects(world, fact.subject):
        yield Move(
            id="exploit", technique="T1190", premises=(fact,), conclusion=ran(node), spans=(node.span,),
            text=f"A flaw in the code of `{node.resource.address}`, or in a library it uses, lets a caller run code in it",
            assumes="such a flaw exists", log="", effort=5,
        )  # fmt: skip
        workload = node if isinstance(node, Workload) else node.workload
        yield from _metadata(world, workload, fact)


def _metadata(world: World, workload: Workload, fact: Fact) -> Iterator[Move]:
    """Version 1 of the instance metadata service answers whoever gets the instance to fetch a URL."""
    tokens = workload.metadata_tokens
    if workload.platform not in ("ec2", "ecs-ec2", "eks-node") or tokens is NOTHING or tokens.surely("required"):
        return
    name = workload.resource.address
    open_ = not tokens.surely("optional")
    for principal in _acting(world, workload):
        yield Move(
            id="metadata-v1",
            technique="T1552.005",
            premises=(fact,),
            conclusion=held(principal),
            spans=(tokens.span,),
            text=f"Version 1 of the metadata service gives the credentials of {principal.kind} `{principal.name}` to "
            f"whoever makes `{name}` fetch a URL",
            assumes="the code can be made to fetch a URL of the caller's choice",
            missing=(tokens.reason or "whether a token is asked for") if open_ else "",
            effort=4 + 2 * open_,
            remedies=_asking(workload),
        )


def _asking(workload: Workload) -> tuple[Remedy, ...]:
    value = workload.metadata_tokens
    at = value if isinstance(value, Known) else workload.resource.get("MetadataOptions", "HttpTokens")
    if not isinstance(at, (Known, Absent)):
        return ()
    text = f"`{workload.resource.address}` asks for a token before it gives out credentials"
    return (Remedy(text, (set_(at, "required"),), workload.resource.address, at.span),)


def from_run(world: World, fact: Fact) -> Iterator[Move]:
    """Code has its identity, and sits in its network."""
    for node in _subjects(world, fact.subject):
        for principal in _acting(world, node):
            span = next((s for s in (getattr(node, "role", None),) if s is not None and not s.absent), None)
            yield Move(
                id="own-credentials", technique="T1552", premises=(fact,), conclusion=held(principal),
                spans=(span.span,) if span is not None else (node.span,),
                text=f"Code in `{node.resource.address}` has the credentials of {principal.kind} `{principal.name}`", log="",
            )  # fmt: skip
        yield from _onward(world, node, fact)


def _onward(world: World, node: Node, fact: Fact) -> Iterator[Move]:
    """Other ends of the same network."""
    for network, end in world.ends_of(node):
        for other in network.ends:
            owners = world.owners.get(other.key, ()) if other is not end else ()
            for owner in owners:
                if owner.resource.key != node.resource.key and _together(world, owner, node):
                    for port, sure, reasons in _ports(network, end.cells, other.cells, listens(owner)):
                        for move in _connection(node, fact, end, owner, other, port, reasons, sure=sure):
                            yield move
                            yield from _with_password(world, owner, move)


def _with_password(world: World, owner: Node, move: Move) -> Iterator[Move]:
    """The same for who has read the secret that holds the password: nothing is guessed."""
    for secret in secrets_of(world, owner) if isinstance(owner, DataStore) else ():
        yield replace(
            move, premises=(*move.premises, secret), assumes="", effort=move.effort - 3,
            text=f"{move.text} with the password that secret {secret.name} holds",
        )  # fmt: skip


def _together(world: World, a: Node, b: Node) -> bool:
    return world.scope(a.resource.key) == world.scope(b.resource.key)


def _connection(
    node: Node, fact: Fact, end: End, owner: Node, other: End, port: int, reasons: tuple[Reason, ...], *, sure: bool
) -> Iterator[Move]:
    common = {
        "technique": "T1021",
        "premises": (fact,),
        "spans": tuple(r.span for r in reasons if r.span is not None) or (owner.span,),
        "witness": {"source": end.name, "destination": other.name, "protocol": "TCP", "port": port},
        "missing": "" if sure else _LET_THROUGH,
        "log": "VPC flow logs" if not node.resource.of_kubernetes else "",
        "remedies": _closing(reasons),
    }
    here = f"From `{node.resource.address}` one can connect to"
    if isinstance(owner, DataStore) and owner.kind in DATABASES:
        yield Move(
            id="connect",
            text=f"{here} {owner} (port {port})",
            conclusion=Fact("read", owner.resource.key, f"`{owner.resource.address}`"),
            assumes="its password is guessed, or found in the code or its variables",
            effort=4 + 3 * (not sure),
            **common,  # type: ignore[arg-type]
        )
    elif isinstance(owner, (Workload, Function)):
        yield Move(
            id="connect",
            text=f"{here} `{owner.resource.address}` (port {port})",
            conclusion=called(owner),
            effort=1 + 3 * (not sure),
            **common,  # type: ignore[arg-type]
        )


def _subjects(world: World, key: str) -> list[Subject]:
    found: list[Subject] = [w for w in world.graph.of(Workload) if w.resource.key == key]
    functions = [f for f in world.graph.of(Function) if f.resource.key == key]
    return [*functions] if functions else found


def _acting(world: World, node: Node) -> Iterator[Principal]:
    for identity in world.identities(node):
        yield from world.principals.get(identity.key, ())
        for role in world.graph.out(identity, "assumes"):  # a service account that stands for a role
            if isinstance(role, Identity):
                yield from world.principals.get(role.key, ())


# -- identities ----------------------------------------------------------------------------------------------------------------


def from_hold(world: World, fact: Fact) -> Iterator[Move]:
    """An identity becomes others, changes code, and reads, changes and destroys data."""
    principal = world.by_arn.get(fact.subject)
    if principal is None:
        return
    for one in world.escalations(principal):
        yield _upward(one, fact)
    for key, target in world.targets_of(principal):
        for kind, actions in STORES.get(target.type, {}).items():
            yield from _store(world, principal, fact, Fact(kind, key, f"`{target.name}`"), target, actions)


def _upward(one: Escalation, fact: Fact) -> Move:
    """A way up in IAM, with all that it needs, as one move."""
    goal = held(one.gained) if one.gained is not None else ADMIN
    place = one.target.resource if one.way.kind == "workload" and one.target is not None else None
    if place is not None and place.type in ("AWS::Lambda::Function", "AWS::EC2::Instance"):
        goal = Fact("run", place.key, f"`{place.address}`")
    who = fact.name[:1].upper() + fact.name[1:]
    needs = {k: v for a in one.met for k, v in a.needs.items() if v and k.lower() != "iam:passedtoservice"}
    assumed = [text for text in (one.way.assumes, ", ".join(f"{k} is {v}" for k, v in needs.items())) if text]
    return Move(
        id=one.way.id,
        technique=one.way.technique,
        premises=(fact,),
        conclusion=goal,
        text=f"{who} may {one.text}",
        spans=tuple(dict.fromkeys(s for a in one.met for s in _places(a))),
        witness=one.met[0].request,
        assumes="; ".join(assumed),
        missing=one.reason,
        log=_LOGGED,
        effort=1 + 3 * bool(one.reason) + bool(assumed),
    )


def from_administer(world: World, fact: Fact) -> Iterator[Move]:
    """An administrator of the account has everything in it."""
    if fact != ADMIN:
        return
    for key, target in world.targets.items():
        for kind in STORES.get(target.type, {}):
            yield Move(
                id="account-admin",
                technique="T1098.003",
                premises=(fact,),
                conclusion=Fact(kind, key, f"`{target.name}`"),
                text=f"An administrator of the account may {'change' if kind == 'write' else kind} `{target.name}`",
                spans=(target.span,) if target.span is not None else (),
                log=_LOGGED,
            )


def _store(
    world: World, principal: Principal, fact: Fact, goal: Fact, target: Target, actions: tuple[str, ...]
) -> Iterator[Move]:
    best: Move | None = None
    for action in actions:
        for found in world.can([principal], action, target):
            move = _access(found, fact, goal, f"{goal.kind}-data", "T1530" if goal.kind == "read" else "T1485")
            if best is None or move.effort < best.effort:
                best = move
    if best is None:
        return
    if goal.kind == "read" and target.type in _WITH_KEY and target.resource is not None:
        best = _decrypting(world, principal, target, best)
    if best is not None:
        yield best


def _decrypting(world: World, principal: Principal, target: Target, move: Move) -> Move | None:
    """The same with the key that encrypts it; None where the identity may not use it."""
    for node in (*world.graph.of(DataStore), *world.graph.of(Secret)):
        if target.resource is None or node.resource.key != target.resource.key:
            continue
        for key in world.graph.out(node, "encrypted_by"):
            locked = world.targets.get(key.resource.key) if isinstance(key, Key) else None
            if locked is None:
                continue
            found = world.can([principal], "kms:Decrypt", locked)
            if not found:
                return None
            place = move.spans + tuple(s for s in (locked.span,) if s is not None)
            unsure = found[0].verdict == "unknown"
            move = replace(
                move, text=f"{move.text}, and decrypt it with `{locked.name}`", spans=place,
                missing=move.missing or (found[0].reason if unsure else ""), effort=move.effort + 3 * unsure,
            )  # fmt: skip
    return move


def _access(found: Access, fact: Fact, goal: Fact, id_: str, technique: str) -> Move:
    """A move that an allowed request is."""
    needs = {k: v for k, v in found.needs.items() if v}
    unknown = found.verdict == "unknown"
    what = {"hold": "become", "run": "change the code of"}.get(goal.kind, {"write": "change"}.get(goal.kind, goal.kind))
    who = fact.name[:1].upper() + fact.name[1:]
    name = goal.name
    return Move(
        id=id_,
        technique=technique,
        premises=(fact,),
        conclusion=goal,
        text=f"{who} may {what} {name} (`{found.action}`)",
        spans=_places(found),
        witness=found.request,
        assumes=", ".join(f"{k} is {v}" for k, v in needs.items()) if found.verdict == "possible" else "",
        missing=(found.reason or "what the files do not say") if unknown else "",
        when="" if found.when == TRUE else str(found.when),
        log=_DATA_EVENTS if goal.kind in ("read", "write") else _LOGGED,
        effort=1 + 3 * unknown + bool(needs),
    )


def _places(found: Access) -> tuple[Span, ...]:
    spans = [s.span for d in (*found.principal.identity, *found.target.policies) for s in d.statements]
    by_place = {f"{span.file}:{span.line}": span for span in spans if span is not None and span.file}
    return tuple(by_place[d.place] for d in found.deciding if d.place in by_place)

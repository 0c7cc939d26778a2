"""What AWS's SDKs can call, and which IAM actions each call needs.

`sdk.data`, which `knowledge/build/sdk.py` writes from the service models of botocore and boto3, holds the names of services,
operations, paginators and waiters, and what the methods of boto3's resources call:

    4 bytes      length of the header, big endian
    header       zlib, msgpack: {format, date, sources, services: {client: [IAM prefix, service id, bytes]}}
    services     one after the other, raw deflate of msgpack, in the order of the header:
                 [operations, {waiter: operation}, paginated operations, {operation: HTTP method and path}, resources]
                   resources   {type: [identifiers, {method: call}, {sub-resource: made}, {collection: call}]}
                   call        [operation, [[parameter, source, name]], made, waiter]
                   made        [type, [[identifier, source, name]]]

`sdk.toml` holds what no package says: the operations whose action has another name, the parameters that name a resource
where they are not called like the placeholder of its ARN, what a call makes AWS do in the caller's name, and the libraries
that call AWS themselves. Each row names the page it is from.

An operation needs the action of its own name under the prefix of its service, unless `sdk.toml` says otherwise. Methods
are found whatever the language spells them like: `put_item`, `putItem` and `PutItem` are one operation.
"""

from __future__ import annotations

import re
import tomllib
import zlib
from functools import cache, lru_cache
from pathlib import Path
from typing import Any

import msgspec

FORMAT = 1
_FILE = Path(__file__).with_name("sdk.data")
_TABLE = Path(__file__).with_name("sdk.toml")


def folded(name: str) -> str:
    """What all spellings of one name have in common."""
    return name.replace("_", "").replace("-", "").replace(" ", "").lower()


class Made(msgspec.Struct, frozen=True, gc=False):
    """A resource that a method of a resource gives."""

    type: str
    identifiers: tuple[tuple[str, str, str], ...] = ()
    """(identifier, source, name or path): where each identifier comes from (`input`, `identifier`, `response`, ...)."""


class Method(msgspec.Struct, frozen=True, gc=False):
    """A method or collection of a boto3 resource."""

    operation: str
    parameters: tuple[tuple[str, str, str], ...] = ()
    """(parameter, source, name or value): what it fills in by itself."""
    made: Made | None = None
    waiter: str = ""


class ResourceModel(msgspec.Struct, frozen=True):
    """A type of boto3's resources."""

    identifiers: tuple[str, ...]
    methods: dict[str, Method]
    """By folded name."""
    subresources: dict[str, Made]
    collections: dict[str, Method]


class Client(msgspec.Struct, frozen=True):
    """One service as SDKs see it."""

    name: str
    """What boto3 calls its client: `dynamodb`, `secretsmanager`."""
    prefix: str
    """Prefix of its IAM actions."""
    service_id: str
    operations: dict[str, str]
    """Folded name: operation."""
    waiters: dict[str, str]
    """Folded name of a waiter: operation it calls."""
    paginated: frozenset[str]
    methods: dict[str, str]
    """Operation: HTTP method and path, where these are the action and what it works on (API Gateway)."""
    resources: dict[str, ResourceModel]
    """boto3's resource types by name; the service itself has the empty name."""

    def operation(self, method: str) -> str:
        """The operation that a method, command or paginator name means; empty where there is none."""
        return self.operations.get(folded(method), "")


class Sdk:
    """All services, each decoded on first use."""

    def __init__(self, file: Path = _FILE) -> None:
        data = file.read_bytes()
        at = 4 + int.from_bytes(data[:4], "big")
        header: dict[str, Any] = msgspec.msgpack.decode(zlib.decompress(data[4:at]))
        self.date: str = header["date"]
        """Day of the facts."""
        self.sources: list[dict[str, str]] = header["sources"]
        self._rows: dict[str, tuple[str, str, bytes]] = {}
        self._by_id: dict[str, str] = {}
        for name, (prefix, service_id, size) in header["services"].items():
            self._rows[name] = (prefix, service_id, data[at : at + size])
            self._by_id.setdefault(folded(service_id), name)
            at += size
        self._clients: dict[str, Client] = {}

    @property
    def names(self) -> tuple[str, ...]:
        """Names of all clients, as boto3 calls them."""
        return tuple(self._rows)

    @property
    def operations(self) -> int:
        """How many operations all services have."""
        return sum(len(client.operations) for name in self._rows if (client := self.client(name)) is not None)

    def client(self, name: str) -> Client | None:
        """The service of this client name; None where there is none."""
        if name not in self._rows:
            return None
        if name not in self._clients:
            self._clients[name] = self._decode(name)
        return self._clients[name]

    def by_id(self, name: str) -> Client | None:
        """The service that the SDKs for JavaScript call so: `client-dynamodb`'s `dynamodb`, or `AWS.StepFunctions`."""
        key = folded(name)
        return self.client(self._by_id.get(key) or table().aliases.get(key, ""))

    def _decode(self, name: str) -> Client:
        prefix, service_id, blob = self._rows[name]
        row = msgspec.msgpack.decode(zlib.decompressobj(-15).decompress(blob))
        operations, waiters, paginated, methods, resources = row[:5]
        return Client(
            name,
            prefix,
            service_id,
            {folded(o): o for o in operations},
            {folded(w): o for w, o in waiters.items()},
            frozenset(paginated),
            methods,
            {kind: _model(found) for kind, found in resources.items()},
        )


def _model(row: list[Any]) -> ResourceModel:
    identifiers, methods, subresources, collections = row
    return ResourceModel(
        tuple(identifiers),
        {folded(name): _method(call) for name, call in methods.items()},
        {name: made for name, found in subresources.items() if (made := _made(found)) is not None},
        {folded(name): _method(call) for name, call in collections.items()},
    )


def _method(row: list[Any]) -> Method:
    operation, parameters, made, waiter = row
    return Method(operation, tuple((t, s, n) for t, s, n in parameters), _made(made), waiter)


def _made(row: list[Any]) -> Made | None:
    return Made(row[0], tuple((t, s, n) for t, s, n in row[1])) if row else None


@cache
def sdk() -> Sdk:
    """The table that comes with fourfold, read once."""
    return Sdk()


_COMMON = (
    "s3", "dynamodb", "sqs", "sns", "lambda", "secretsmanager", "ssm", "stepfunctions", "events", "kinesis", "firehose", "ses",
    "sesv2", "sts", "kms", "ec2", "rds-data", "bedrock-runtime", "ecs", "logs", "cloudwatch", "cognito-idp", "athena", "glue",
    "apigatewaymanagementapi", "cloudformation", "codebuild", "codepipeline", "iam", "scheduler", "textract", "rekognition",
)  # fmt: skip
_WORDS = re.compile(r"[a-z]+(?:_[a-z0-9]+)+|[a-z]+(?:[A-Z][a-z0-9]*)+")


@lru_cache(maxsize=4096)
def services_with(method: str) -> tuple[str, ...]:
    """The common services that have an operation called like a method; none for names of one word, which may be anything's."""
    if not _WORDS.fullmatch(method):
        return ()
    return tuple(name for name in _COMMON if (client := sdk().client(name)) is not None and client.operation(method))


# -- what no package says ------------------------------------------------------------------------------------------------


class Table(msgspec.Struct, frozen=True):
    """`sdk.toml`, as it stands there."""

    actions: dict[str, tuple[str, ...]]
    """`client.Operation`: the actions it needs, where they are not the one of its name."""
    extra: dict[str, dict[str, tuple[str, ...]]]
    """`client.Operation`: parameter (a path): the actions that it asks for in addition."""
    helpers: dict[str, dict[str, tuple[str, ...]]]
    """Client: folded name of a method that an SDK adds: the operations it calls."""
    parameters: dict[str, dict[str, tuple[str, ...]]]
    """IAM prefix: placeholder of an ARN: the parameters that name it, a path with dots each."""
    aliases: dict[str, str]
    """Folded name of a service in a SDK for JavaScript: name of the client of boto3."""
    onward: dict[str, tuple[str, ...]]
    """Action: the actions of KMS that AWS does in the caller's name where a key of the customer encrypts the resource."""
    libraries: dict[str, tuple[str, ...]]
    """Dotted path of what is called: `client.Operation Parameter=position:name ...`."""
    reads: dict[str, dict[str, str]]
    """IAM prefix: path of a parameter that names an object of S3: the action on it that the caller needs."""
    opaque: tuple[str, ...]
    """Libraries that call AWS with clients of their own, of which no more is known."""


@cache
def table() -> Table:
    """The table that is written by hand."""
    return msgspec.convert(tomllib.loads(_TABLE.read_text(encoding="utf-8")), Table)


def actions_of(client: Client, operation: str) -> tuple[str, ...]:
    """The IAM actions that an operation needs; empty where none is known.

    Operations that need no permission give an empty tuple, too; `free_of` tells them apart.
    """
    from fourfold.knowledge.iam import catalogue

    written = table().actions.get(f"{client.name}.{operation}")
    if written is not None:
        return written
    service = catalogue().service(client.prefix)
    action = service.actions.get(operation.lower()) if service else None
    if action is not None:
        return (str(action),)
    method = client.methods.get(operation)
    return (f"apigateway:{method.partition(' ')[0]}",) if method else ()


def free_of(client: Client, operation: str) -> bool:
    """Whether the operation is known to need no permission."""
    return table().actions.get(f"{client.name}.{operation}") == ()

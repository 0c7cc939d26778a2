"""boto3 and what is built on it: sessions, clients, resources, paginators, waiters.

Sources: https://boto3.amazonaws.com/v1/documentation/api/latest/guide/ (clients, resources, paginators, session) and
reference/customizations/s3.html there; https://aioboto3.readthedocs.io/.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from fourfold.knowledge.sdk import Made, Method, folded, sdk, table
from fourfold.model.place import Span
from fourfold.model.value import Known
from fourfold.sources.handler.values import (
    Alternatives,
    Arguments,
    List,
    Outside,
    ServiceClient,
    Setting,
    joined,
    texts,
)

if TYPE_CHECKING:
    from fourfold.sources.handler.interpret import Interpreter

SESSIONS = frozenset({
    "boto3", "boto3.Session()", "boto3.session.Session()", "aioboto3.Session()", "aioboto3.session.Session()", "aioboto3",
    "botocore.session.get_session()", "botocore.session.Session()", "aiobotocore.session.get_session()",
    "aiobotocore.session.AioSession()", "aiobotocore.get_session()", "boto3._get_default_session()",
})  # fmt: skip
_SESSION_MAKERS = frozenset(path[:-2] for path in SESSIONS if path.endswith("()"))
_CREDENTIALS = ("aws_access_key_id", "aws_secret_access_key", "aws_session_token", "profile_name", "botocore_session")
_POSITIONAL = {
    "uploadfile": ("Filename", "Bucket", "Key"),
    "uploadfileobj": ("Fileobj", "Bucket", "Key"),
    "downloadfile": ("Bucket", "Key", "Filename"),
    "downloadfileobj": ("Bucket", "Key", "Fileobj"),
    "copy": ("CopySource", "Bucket", "Key"),
    "generatedbauthtoken": ("DBHostname", "Port", "DBUsername"),
}
"""Names of the arguments of the methods that boto3 adds to S3's client; on its resources those they have are left out."""
_QUIET = frozenset(
    {"exceptions", "close", "can_paginate", "waiter_names", "__exit__", "__aexit__", "get_available_subresources"}
)


class Operation:
    """A method of a client, a paginator or a waiter of it."""

    __slots__ = ("how", "of", "operations", "positional")

    def __init__(
        self, of: ServiceClient, operations: tuple[str, ...], how: str = "", positional: tuple[str, ...] = (),
    ) -> None:  # fmt: skip
        self.of = of
        self.operations = operations
        self.how = how
        self.positional = positional


class Later:
    """A paginator or a waiter: a method of it makes the call."""

    __slots__ = ("how", "of", "operation")

    def __init__(self, of: ServiceClient, operation: str, how: str) -> None:
        self.of = of
        self.operation = operation
        self.how = how


class Answer:
    """What a call gave, with what it was asked."""

    __slots__ = ("client", "operation", "parameters")

    def __init__(self, client: str, operation: str, parameters: dict[str, Alternatives]) -> None:
        self.client = client
        self.operation = operation
        self.parameters = parameters


class ServiceResource:
    """A resource of boto3: a service itself (empty type), a table, a bucket, ..."""

    __slots__ = ("identifiers", "loaded", "of", "type")

    def __init__(
        self, of: ServiceClient, type_: str, identifiers: dict[str, Alternatives], *, loaded: bool = False
    ) -> None:
        self.of = of
        self.type = type_
        self.identifiers = identifiers
        self.loaded = loaded
        """Whether its attributes came with a listing."""


class ResourceMethod:
    """A method of a resource, or what makes another resource."""

    __slots__ = ("made", "method", "name", "of")

    def __init__(self, of: ServiceResource, name: str, method: Method | None, made: Made | None = None) -> None:
        self.of = of
        self.name = name
        self.method = method
        self.made = made


class Collection:
    """Several resources: `bucket.objects`, filtered or not."""

    __slots__ = ("given", "method", "name", "of")

    def __init__(self, of: ServiceResource, name: str, method: Method, given: Arguments) -> None:
        self.of = of
        self.name = name
        self.method = method
        self.given = given


def describe(one: Any) -> str:
    """What a library gets that is given this."""
    if isinstance(one, ServiceClient):
        return f"the `{one.client.name}` client"
    if isinstance(one, ServiceResource):
        return f"`{one.of.client.name}` {one.type or 'resource'}"
    if isinstance(one, Operation | ResourceMethod):
        return f"a method of `{one.of.client.name if isinstance(one, Operation) else one.of.of.client.name}`"
    return ""


# -- attributes ------------------------------------------------------------------------------------------------------------


def attribute(interpreter: Interpreter, of: Any, name: str, at: Span) -> Alternatives | None:
    """A member of an object of boto3; None where it is none."""
    if isinstance(of, ServiceClient):
        return _of_client(interpreter, of, name, at)
    if isinstance(of, Later):
        how = "paginate" if of.how == "paginator" else "wait"
        return (Operation(of.of, (of.operation,), of.how),) if name == how else (Outside(f"boto.{name}"),)
    if isinstance(of, ServiceResource):
        return _of_resource(interpreter, of, name, at)
    if isinstance(of, Collection):
        return (_OfCollection(of, name),)
    if isinstance(of, Answer):
        return interpreter.unknown(f"`{of.client}` answers it", at)
    return None


def _of_client(interpreter: Interpreter, of: ServiceClient, name: str, at: Span) -> Alternatives:
    if name in ("meta", "_client", "client") or name in _QUIET:
        return (of,) if name in ("meta", "client") else (Outside(f"boto.{name}"),)
    if name in ("get_paginator", "get_waiter", "generate_presigned_url", "generate_presigned_post"):
        return (_Maker(of, name),)
    operation = of.client.operation(name)
    if operation:
        return (Operation(of, (operation,)),)
    helpers = table().helpers.get(of.client.name, {}).get(folded(name))
    if helpers:
        return (Operation(of, helpers, name, _POSITIONAL.get(folded(name), ())),)
    if not name.startswith("_"):
        interpreter.note(at, f"`{name}` is no operation of `{of.client.name}` that is known")
    return (Outside(f"boto.{name}"),)


class _Maker:
    """`get_paginator`, `get_waiter`, presigned addresses: the operation is named by the first argument."""

    __slots__ = ("name", "of")

    def __init__(self, of: ServiceClient, name: str) -> None:
        self.of = of
        self.name = name


class _OfCollection:
    """A method of a collection."""

    __slots__ = ("collection", "name")

    def __init__(self, collection: Collection, name: str) -> None:
        self.collection = collection
        self.name = name


def _of_resource(interpreter: Interpreter, of: ServiceResource, name: str, at: Span) -> Alternatives:
    client = of.of.client
    model = client.resources.get(of.type)
    if model is None or name.startswith("__"):
        return (Outside(f"boto.{name}"),)
    if name == "meta":
        return (of.of,)
    key = folded(name)
    for identifier, value in of.identifiers.items():
        if folded(identifier) == key:
            return value
    if not of.type and name in client.resources:
        # A service makes each of its resources from their identifiers.
        made = Made(name, tuple((i, "input", "") for i in client.resources[name].identifiers))
        return (ResourceMethod(of, name, None, made),)
    if name in model.subresources:
        return (ResourceMethod(of, name, None, model.subresources[name]),)
    # `queue.url`, `bucket.Acl()`, and what stands for one other resource without a call (`instance.subnet`).
    for sub, made in model.subresources.items():
        if folded(sub) == key:
            return (_make(interpreter, of, made, Arguments(), at),)
    if key in model.methods:
        return (ResourceMethod(of, name, model.methods[key]),)
    if key in model.collections:
        return (Collection(of, name, model.collections[key], Arguments()),)
    if (client.name, of.type, key) == ("dynamodb", "Table", "batchwriter"):
        return (ResourceMethod(of, name, Method("BatchWriteItem")),)
    helpers = table().helpers.get(client.name, {}).get(key)
    if helpers and client.name == "s3":
        left = tuple(p for p in _POSITIONAL.get(key, ()) if p not in _s3_names(of))
        return (_Bound(of, Operation(of.of, helpers, f"{of.type}.{name}", left)),)
    if "load" in model.methods and not of.loaded:
        _record_method(interpreter, of, model.methods["load"], Arguments(), at, f"{of.type}.{name}")
    return interpreter.unknown(f"`{client.name}` answers it", at)


class _Bound:
    """A helper of S3 on a bucket or an object, which are among its parameters."""

    __slots__ = ("of", "operation")

    def __init__(self, of: ServiceResource, operation: Operation) -> None:
        self.of = of
        self.operation = operation


def _s3_names(of: ServiceResource) -> dict[str, Alternatives]:
    names = {"BucketName": "Bucket", "Key": "Key", "ObjectKey": "Key"}
    if of.type == "Bucket":
        names["Name"] = "Bucket"
    return {names[i]: value for i, value in of.identifiers.items() if i in names}


# -- calls -----------------------------------------------------------------------------------------------------------------


def call(interpreter: Interpreter, function: Any, given: Arguments, at: Span) -> Alternatives | None:
    """What a call of something of boto3 gives; None where it is none."""
    if isinstance(function, Outside):
        return _factory(interpreter, function, given, at)
    if isinstance(function, Operation):
        return (_record(interpreter, function, given, at),)
    if isinstance(function, _Maker):
        return _named_operation(interpreter, function, given, at)
    if isinstance(function, _Bound):
        return (_record(interpreter, function.operation, given, at, _s3_names(function.of)),)
    if isinstance(function, ResourceMethod):
        if function.made is not None:
            return (_make(interpreter, function.of, function.made, given, at),)
        assert function.method is not None
        return _record_method(
            interpreter, function.of, function.method, given, at, f"{function.of.type}.{function.name}"
        )
    if isinstance(function, _OfCollection):
        return _collection(interpreter, function.collection, function.name, given, at)
    if isinstance(function, Answer | ServiceResource | ServiceClient | Later | Collection):
        return interpreter.unknown("it is computed at run time", at)
    return None


def _factory(interpreter: Interpreter, function: Outside, given: Arguments, at: Span) -> Alternatives | None:
    path, _, last = function.path.rpartition(".")
    keyed = any(not own_credentials(given.keywords[k]) for k in _CREDENTIALS if k in given.keywords)
    foreign = keyed or "credentials" in function.bound
    region = given.keywords.get("region_name") or function.bound.get("region", ())
    if function.path in _SESSION_MAKERS:
        bound: dict[str, Alternatives] = {"credentials": ()} if foreign else {}
        return (Outside(f"{function.path}()", {**bound, "region": region}),)
    if path not in SESSIONS or last not in ("client", "resource", "create_client"):
        return None
    made: list[Any] = []
    names = given.get(0, "service_name")
    for one in names:
        client = sdk().client(one.value) if isinstance(one, Known) and isinstance(one.value, str) else None
        if client is None:
            what = (
                f"there is no service `{one.value}`"
                if isinstance(one, Known)
                else "which service it is for is decided at run time"
            )
            interpreter.note(at, f"a client is made, and {what}")
            made += interpreter.unknown(what, at)
            continue
        endpoint = given.keywords.get("endpoint_url", ())
        service = ServiceClient(client, foreign=foreign, region=region, endpoint=endpoint)
        made.append(ServiceResource(service, "", {}) if last == "resource" else service)
    return tuple(made)


_OWN_SETTINGS = frozenset({"AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN", "AWS_PROFILE"})
_OWN_PROVIDERS = frozenset({
    "defaultProvider", "fromNodeProviderChain", "fromEnv", "fromContainerMetadata", "fromInstanceMetadata", "fromTokenFile",
    "EnvironmentCredentials", "EC2MetadataCredentials",
})  # fmt: skip


def own_credentials(group: Alternatives) -> bool:
    """Whether what is given as credentials are those of the workload itself, or none."""
    return all(
        (isinstance(one, Known) and one.value is None)
        or (isinstance(one, Setting) and one.variable in _OWN_SETTINGS)
        or (isinstance(one, Outside) and one.path.rpartition(".")[2].removesuffix("()") in _OWN_PROVIDERS)
        for one in group
    )


def parameters_of(given: Arguments, positional: tuple[str, ...]) -> dict[str, Alternatives]:
    """Named arguments, and positional ones by their names."""
    return {**dict(zip(positional, given.positional, strict=False)), **given.keywords}


def _record(
    interpreter: Interpreter, function: Operation, given: Arguments, at: Span,
    more: dict[str, Alternatives] | None = None,
) -> Answer:  # fmt: skip
    client = function.of.client
    parameters = {**(more or {}), **parameters_of(given, function.positional)}
    for operation in function.operations:
        interpreter.record(client.name, operation, parameters, at, open=given.open, how=function.how, by=function.of)
    for group in given.values():
        interpreter.later(group)
    return Answer(client.name, function.operations[0], parameters)


def _named_operation(interpreter: Interpreter, maker: _Maker, given: Arguments, at: Span) -> Alternatives:
    of = maker.of
    if maker.name == "generate_presigned_post":
        parameters = parameters_of(given, ("Bucket", "Key"))
        interpreter.record(of.client.name, "PutObject", parameters, at, how=maker.name, by=of)
        return interpreter.unknown("it is computed at run time", at)
    out: list[Any] = []
    for one in given.get(
        0, {"get_paginator": "operation_name", "get_waiter": "waiter_name"}.get(maker.name, "ClientMethod")
    ):
        text = one.value if isinstance(one, Known) and isinstance(one.value, str) else ""
        waits = maker.name == "get_waiter"
        operation = of.client.waiters.get(folded(text), "") if waits else of.client.operation(text)
        if not operation:
            interpreter.note(at, f"which operation of `{of.client.name}` this is for is not known")
            out += interpreter.unknown("it is computed at run time", at)
        elif maker.name == "generate_presigned_url":
            wanted = Arguments(keywords=_entries(given.get(1, "Params")))
            _record(interpreter, Operation(of, (operation,), maker.name), wanted, at)
            out += interpreter.unknown("it is computed at run time", at)
        else:
            out.append(Later(of, operation, "waiter" if waits else "paginator"))
    return tuple(out)


def _entries(group: Alternatives) -> dict[str, Alternatives]:
    from fourfold.sources.handler.values import Dictionary

    out: dict[str, Alternatives] = {}
    for one in group:
        if isinstance(one, Dictionary):
            for key, value in one.entries.items():
                out[key] = joined(out[key], value) if key in out else value
    return out


# -- resources -------------------------------------------------------------------------------------------------------------


def _make(interpreter: Interpreter, of: ServiceResource, made: Made, given: Arguments, at: Span) -> ServiceResource:
    """Another resource: its identifiers are given, or those of the first."""
    identifiers: dict[str, Alternatives] = {}
    positional = list(given.positional)
    for target, source, name in made.identifiers:
        if source == "input":
            value = (
                given.keywords.get(target)
                or given.keywords.get(_snake(target))
                or (positional.pop(0) if positional else ())
            )
        else:
            value = of.identifiers.get(name, ()) if source == "identifier" else ()
        identifiers[target] = value or interpreter.unknown(f"`{of.of.client.name}` answers it", at)
    return ServiceResource(of.of, made.type, identifiers)


def _snake(name: str) -> str:
    return "".join(f"_{c.lower()}" if c.isupper() else c for c in name).lstrip("_")


def _record_method(
    interpreter: Interpreter, of: ServiceResource, method: Method, given: Arguments, at: Span, how: str
) -> Alternatives:
    client = of.of.client
    parameters = {**_filled(of, method), **given.keywords}
    operation = method.operation or client.waiters.get(folded(method.waiter), "")
    if operation == "BatchWriteItem" and of.type == "Table":
        from fourfold.sources.handler.values import Dictionary

        items = Dictionary(at.source, (at.start, at.end))
        for one in of.identifiers.get("Name", ()):
            if isinstance(one, Known):
                items.entries[str(one.value)] = (List(at.source, (at.start, at.end), [], open=True),)
            else:
                items.add(one, (List(at.source, (at.start, at.end), [], open=True),))
        parameters = {"RequestItems": (items,)}
        interpreter.record(client.name, operation, parameters, at, how=how, by=of.of)
        return (Outside("boto.batch"),)
    if operation:
        interpreter.record(client.name, operation, parameters, at, open=given.open, how=how, by=of.of)
    for group in given.values():
        interpreter.later(group)
    if method.made is None:
        return (Answer(client.name, operation, parameters),)
    identifiers: dict[str, Alternatives] = {}
    for target, source, name in method.made.identifiers:
        value: Alternatives = ()
        if source == "identifier":
            value = of.identifiers.get(name, ())
        elif source == "requestParameter":
            value = parameters.get(name, ())
        elif name.endswith("QueueUrl"):
            value = parameters.get("QueueName", ())
        identifiers[target] = value or interpreter.unknown(f"`{client.name}` answers it", at)
    return (ServiceResource(of.of, method.made.type, identifiers),)


def _filled(of: ServiceResource, method: Method) -> dict[str, Alternatives]:
    """The parameters that a resource fills in by itself; `Delete.Objects[].Key` is left to the caller."""
    out: dict[str, Alternatives] = {}
    for target, source, name in method.parameters:
        plain = target.removesuffix("[]").partition("[")[0]
        if source == "identifier" and "." not in target:
            value = of.identifiers.get(name, ())
            if value:
                out[plain] = value
    return out


def _collection(interpreter: Interpreter, of: Collection, name: str, given: Arguments, at: Span) -> Alternatives:
    if name in ("all", "filter", "limit", "page_size", "pages"):
        mixed = Arguments(
            [], {**of.given.keywords, **(given.keywords if name == "filter" else {})}, open=of.given.open or given.open
        )
        return (Collection(of.of, of.name, of.method, mixed),)
    elements = element(interpreter, of, at) or ()
    for one in elements:
        if isinstance(one, ServiceResource):
            client = one.of.client
            if (client.name, name) == ("s3", "delete"):
                # What is deleted in one go are the listed objects of the bucket.
                bucket = {k: v for k, v in _s3_names(of.of).items() if k == "Bucket"}
                interpreter.record("s3", "DeleteObjects", bucket, at, open=True, how=f"{of.name}.delete", by=one.of)
                continue
            model = client.resources.get(one.type)
            method = model.methods.get(folded(name)) if model else None
            if method is not None:
                _record_method(interpreter, one, method, given, at, f"{of.name}.{name}")
    return interpreter.unknown("it is computed at run time", at)


def element(interpreter: Interpreter, of: Any, at: Span) -> Alternatives | None:
    """What going through a collection gives; the listing is a call."""
    if isinstance(of, Collection):
        found = _record_method(
            interpreter, of.of, of.method, of.given, at, f"{of.of.type or of.of.of.client.name}.{of.name}"
        )
        for one in found:
            if isinstance(one, ServiceResource):
                one.loaded = True
        return found
    if isinstance(of, Answer):
        return interpreter.unknown(f"`{of.client}` answers it", at)
    return None


def item(interpreter: Interpreter, of: Any, key: Alternatives, at: Span) -> Alternatives | None:
    """A part of an answer."""
    if isinstance(of, Answer):
        # The address of a queue that was asked for by its name names it as well.
        if texts(key) == ["QueueUrl"] and "QueueName" in of.parameters:
            return of.parameters["QueueName"]
        return interpreter.unknown(f"`{of.client}` answers it", at)
    if isinstance(of, Collection):
        return element(interpreter, of, at)
    return None

"""The AWS SDKs for JavaScript, versions 2 and 3, and the libraries on top of them.

Sources: https://docs.aws.amazon.com/AWSJavaScriptSDK/v3/latest/ (clients, commands, `lib-dynamodb`, `lib-storage`,
`s3-request-presigner`, paginators, waiters) and https://docs.aws.amazon.com/AWSJavaScriptSDK/latest/AWS/ (version 2).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from fourfold.knowledge.sdk import Client, folded, sdk, table
from fourfold.model.place import Span
from fourfold.sources.handler.boto import Answer, _entries, own_credentials
from fourfold.sources.handler.values import Alternatives, Arguments, Dictionary, Outside, ServiceClient, texts

if TYPE_CHECKING:
    from fourfold.sources.handler.interpret import Interpreter

V3 = "@aws-sdk/client-"
DOCUMENT = "@aws-sdk/lib-dynamodb"
_DOCUMENT_METHODS = {
    "get": "GetItem", "put": "PutItem", "update": "UpdateItem", "delete": "DeleteItem", "query": "Query", "scan": "Scan",
    "batchget": "BatchGetItem", "batchwrite": "BatchWriteItem", "transactget": "TransactGetItems",
    "transactwrite": "TransactWriteItems", "executestatement": "ExecuteStatement",
    "batchexecutestatement": "BatchExecuteStatement", "executetransaction": "ExecuteTransaction",
}  # fmt: skip
"""What the document clients of both versions call their methods, and version 3 its commands."""
_SAME_CLIENT = ("captureawsclient", "captureawsv3client", "captureaws")
"""Functions of tracing libraries that give the client they are given."""


class Service:
    """A client whose methods are operations: of version 2, or the one of version 3 that has them all."""

    __slots__ = ("document", "of")

    def __init__(self, of: ServiceClient, *, document: bool = False) -> None:
        self.of = of
        self.document = document


class Sender:
    """A client of version 3, that sends commands."""

    __slots__ = ("of",)

    def __init__(self, of: ServiceClient) -> None:
        self.of = of


class Method:
    """A method of a client: takes the request's parameters."""

    __slots__ = ("how", "of", "operations")

    def __init__(self, of: ServiceClient, operations: tuple[str, ...], how: str = "") -> None:
        self.of = of
        self.operations = operations
        self.how = how


class Command:
    """A command of version 3 with its parameters; `sent` once a client is seen that sends it."""

    __slots__ = ("at", "client", "given", "name", "operation", "sent")

    def __init__(self, client: Client, operation: str, name: str, given: Alternatives, at: Span) -> None:
        self.client = client
        self.operation = operation
        self.name = name
        self.given = given
        self.at = at
        self.sent = False


class Model:
    """What the SDKs give; `commands` are all that were made."""

    def __init__(self) -> None:
        self.commands: list[Command] = []

    # -- members -------------------------------------------------------------------------------------------------------

    def attribute(self, interpreter: Interpreter, of: Any, name: str, at: Span) -> Alternatives | None:
        if isinstance(of, Service):
            return self._of_service(interpreter, of, name, at)
        if isinstance(of, Sender):
            return (Outside(f"sdk.{name}", {"self": (of,)}),)
        if isinstance(of, Answer):
            if name in ("promise", "then", "catch", "finally", "on", "eachPage", "send", "createReadStream"):
                return (Outside(f"answer.{name}", {"self": (of,)}),)
            return self.item(interpreter, of, interpreter.known(name, at), at)
        if isinstance(of, Command):
            return (of,) if name == "input" else (Outside(f"sdk.{name}"),)
        return None

    def item(self, interpreter: Interpreter, of: Any, key: Alternatives, at: Span) -> Alternatives | None:
        """A part of an answer."""
        if not isinstance(of, Answer):
            return None
        if texts(key) == ["QueueUrl"] and "QueueName" in of.parameters:
            return of.parameters["QueueName"]
        return interpreter.unknown(f"`{of.client}` answers it", at)

    def _of_service(self, interpreter: Interpreter, of: Service, name: str, at: Span) -> Alternatives:
        client = of.of.client
        if of.document and folded(name) in _DOCUMENT_METHODS:
            return (Method(of.of, (_DOCUMENT_METHODS[folded(name)],), f"DocumentClient.{name}"),)
        operation = client.operation(name)
        if operation:
            return (Method(of.of, (operation,)),)
        helpers = table().helpers.get(client.name, {}).get(folded(name))
        if helpers:
            return (Method(of.of, helpers, name),)
        if name in ("send", "getSignedUrl", "getSignedUrlPromise", "createPresignedPost", "waitFor"):
            return (Outside(f"sdk.{name}", {"self": (of,)}),)
        if name not in ("config", "endpoint", "middlewareStack", "destroy", "service"):
            interpreter.note(at, f"`{name}` is no operation of `{client.name}` that is known")
        return (Outside(f"sdk.{name}"),)

    # -- calls ---------------------------------------------------------------------------------------------------------

    def call(self, interpreter: Interpreter, function: Any, given: Arguments, at: Span) -> Alternatives | None:
        if isinstance(function, Method):
            return self._record(interpreter, function, given.get(0), given, at)
        if not isinstance(function, Outside):
            return None
        path = function.path
        if path.startswith("answer."):
            for group in given.values():
                interpreter.later(group)
            return function.bound["self"]
        if path.startswith("sdk."):
            return self._of_sdk(interpreter, function, path[4:], given, at)
        module, _, name = path.rpartition(".")
        if path.startswith((V3, DOCUMENT)):
            return self._v3(interpreter, module, name, given, at)
        if path.startswith("aws-sdk"):
            return self._v2(interpreter, path, given, at)
        if folded(name) in _SAME_CLIENT:
            return given.get(0)
        if path in ("@aws-sdk/s3-request-presigner.getSignedUrl", "@aws-sdk/s3-presigned-post.createPresignedPost"):
            if name == "createPresignedPost":
                for one in given.get(0):
                    if isinstance(one, Sender | Service):
                        self._record(interpreter, Method(one.of, ("PutObject",), name), given.get(1), given, at)
            return interpreter.unknown("it is computed at run time", at)
        if path == "@aws-sdk/lib-storage.Upload":
            return self._upload(interpreter, given, at)
        return None

    def _upload(self, interpreter: Interpreter, given: Arguments, at: Span) -> Alternatives:
        options = _entries(given.get(0))
        for one in options.get("client", ()):
            if isinstance(one, Sender | Service):
                made = Method(one.of, ("PutObject",), "Upload")
                parameters = options.get("params", ())
                if "tags" in options:
                    tagged = Dictionary(at.source, (at.start, at.end))
                    interpreter.spread_into(tagged, parameters)
                    tagged.entries["Tagging"] = options["tags"]
                    parameters = (tagged,)
                self._record(interpreter, made, parameters, given, at)
        return (Outside("sdk.Upload()"),)

    def _of_sdk(
        self, interpreter: Interpreter, function: Outside, name: str, given: Arguments, at: Span
    ) -> Alternatives:
        self_ = function.bound.get("self", ())
        for one in self_:
            if name == "send":
                for command in given.get(0):
                    if isinstance(command, Command):
                        command.sent = True
                        by = ServiceClient(
                            command.client, foreign=one.of.foreign, region=one.of.region, endpoint=one.of.endpoint
                        )
                        method = Method(by, (command.operation,))
                        self._record(interpreter, method, command.given, Arguments(), command.at)
                        return (Answer(command.client.name, command.operation, _entries(command.given)),)
            elif isinstance(one, Service):
                self._named(interpreter, one, name, given, at)
        for group in given.values():
            interpreter.later(group)
        return interpreter.unknown("it is computed at run time", at)

    def _named(self, interpreter: Interpreter, of: Service, name: str, given: Arguments, at: Span) -> None:
        """Version 2: `getSignedUrl("getObject", params)`, `waitFor("objectExists", params)`."""
        if name == "createPresignedPost":
            self._record(interpreter, Method(of.of, ("PutObject",), name), given.get(0), Arguments(), at)
            return
        for text in texts(given.get(0)):
            client = of.of.client
            operation = client.waiters.get(folded(text), "") if name == "waitFor" else client.operation(text)
            if operation:
                self._record(interpreter, Method(of.of, (operation,), name), given.get(1), Arguments(), at)
                return
        interpreter.note(at, f"which operation of `{of.of.client.name}` this is for is not known")

    def _record(
        self, interpreter: Interpreter, method: Method, parameters: Alternatives, given: Arguments, at: Span
    ) -> Alternatives:
        entries = _entries(parameters)
        known = [one for one in parameters if isinstance(one, Dictionary)]
        open_ = len(known) < len(parameters) or any(one.open for one in known)
        for operation in method.operations:
            interpreter.record(method.of.client.name, operation, entries, at, open=open_, how=method.how, by=method.of)
        for group in given.values():
            interpreter.later(group)
        return (Answer(method.of.client.name, method.operations[0], entries),)

    # -- version 3 -----------------------------------------------------------------------------------------------------

    def _v3(self, interpreter: Interpreter, module: str, name: str, given: Arguments, at: Span) -> Alternatives | None:
        document = module.startswith(DOCUMENT)
        if document and module != DOCUMENT:  # DynamoDBDocumentClient.from(client)
            return self._document(module[len(DOCUMENT) + 1 :], name, given)
        client = sdk().client("dynamodb") if document else sdk().by_id(module[len(V3) :])
        if client is None:
            return None
        if name.endswith("Command"):
            stem = name.removesuffix("Command")
            operation = _DOCUMENT_METHODS.get(folded(stem), "") if document else client.operation(stem)
            if not operation:
                return None
            command = Command(client, operation, name, given.get(0), at)
            self.commands.append(command)
            return (command,)
        for prefix, waits in (("paginate", False), ("waitUntil", True), ("waitFor", True)):
            if name.startswith(prefix):
                stem = folded(name[len(prefix) :])
                found = client.waiters.get(stem, "") if waits else client.operation(stem)
                operation = found or (_DOCUMENT_METHODS.get(stem, "") if document else "")
                if operation:
                    method = Method(ServiceClient(client), (operation,), "waiter" if waits else "paginator")
                    return self._record(interpreter, method, given.get(1), Arguments(), at)
        made = _made(client, given)
        if folded(name) == folded(client.service_id) or (document and name == "DynamoDBDocument"):
            return (Service(made, document=document),)
        return (Sender(made),) if name.endswith("Client") else None

    def _document(self, kind: str, name: str, given: Arguments) -> Alternatives | None:
        if name != "from":
            return None
        of = next((o.of for o in given.get(0) if isinstance(o, Sender | Service)), None)
        if of is None:
            client = sdk().client("dynamodb")
            assert client is not None
            of = ServiceClient(client)
        return (Service(of, document=True),) if kind == "DynamoDBDocument" else (Sender(of),)

    # -- version 2 -----------------------------------------------------------------------------------------------------

    def _v2(self, interpreter: Interpreter, path: str, given: Arguments, at: Span) -> Alternatives | None:
        parts = path.replace("aws-sdk/clients/", "aws-sdk.").split(".")
        if len(parts) < 2 or parts[1] in ("config", "Config", "Endpoint", "HttpRequest", "Credentials", "util"):
            return None
        client = sdk().by_id(parts[1]) or sdk().client(parts[1].lower())
        if client is None:
            return None
        made = _made(client, given)
        if len(parts) == 2:
            return (Service(made),)
        return (Service(made, document=True),) if parts[2] == "DocumentClient" else None

    def finish(self, interpreter: Interpreter) -> None:
        """Commands that no client that is known sends: something sends them."""
        for command in self.commands:
            if not command.sent:
                command.sent = True
                method = Method(ServiceClient(command.client), (command.operation,), command.name)
                self._record(interpreter, method, command.given, Arguments(), command.at)


def _made(client: Client, given: Arguments) -> ServiceClient:
    options = _entries(given.get(0))
    return ServiceClient(
        client, foreign=_foreign(given), region=options.get("region", ()), endpoint=options.get("endpoint", ())
    )


def _foreign(given: Arguments) -> bool:
    """Whether a client is made with credentials of its own, not with those that the workload has anyway."""
    options = _entries(given.get(0))
    return any(
        not own_credentials(options[key])
        for key in ("credentials", "accessKeyId", "secretAccessKey", "sessionToken")
        if key in options
    )


def describe(one: Any) -> str:
    """What a library gets that is given this."""
    if isinstance(one, Service | Sender):
        return f"the `{one.of.client.name}` client"
    if isinstance(one, Method):
        return f"a method of `{one.of.client.name}`"
    return ""

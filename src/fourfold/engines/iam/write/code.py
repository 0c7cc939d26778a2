"""Where the code of a workload is, and what it calls.

Sources: https://docs.aws.amazon.com/serverless-application-model/latest/developerguide/sam-resource-function.html
(`CodeUri`, `InlineCode`), the `aws:asset:path` that the CDK writes into the metadata of functions, and
https://docs.aws.amazon.com/lambda/latest/dg/python-handler.html and nodejs-handler.html (how handlers are named).
"""

from __future__ import annotations

import io
import posixpath
import re
import zipfile
import zlib
from typing import Literal

import msgspec

from fourfold.model.graph import Graph
from fourfold.model.nodes import Function, Image
from fourfold.model.place import Problem, Source
from fourfold.model.value import Known, Map, Seq, Text, Value
from fourfold.sources.handler import Program, program
from fourfold.sources.tree import Tree

RUNTIMES: tuple[tuple[str, Literal["python", "javascript"]], ...] = (("python", "python"), ("nodejs", "javascript"))
_BUILT = ("dist/", "build/", "lib/", "out/", ".build/")
"""Folders that compilers write into: the handler is named there, and its source is elsewhere."""


_ARCHIVES = (".zip",)


_SCRIPT_BYTES_MAX = 16_384
MEMBER_BYTES_MAX = 4 * 1024 * 1024
ARCHIVE_BYTES_MAX = 64 * 1024 * 1024
MEMBERS_MAX = 20_000


class Place(msgspec.Struct, frozen=True):
    """The code of a function."""

    folder: str
    handler: str
    language: Literal["python", "javascript"]
    roots: tuple[str, ...] = ()
    inline: Source | None = None


def read(graph: Graph, tree: Tree, function: Function) -> tuple[Program | None, str]:
    """What a function's code calls; else why that is not known."""
    found = locate(graph, tree, function)
    if isinstance(found, str):
        return None, found
    if found.inline is not None:
        return program(_Inline(found), "", found.handler, found.language), ""  # type: ignore[arg-type]
    if found.folder.endswith(_ARCHIVES):
        archive = Archive(tree, found.folder)
        if archive.problem:
            return None, archive.problem
        handler = _source_of(archive, "", found.handler, found.language)  # type: ignore[arg-type]
        return program(archive, "", handler, found.language), ""  # type: ignore[arg-type]
    return program(tree, found.folder, found.handler, found.language, found.roots), ""


def locate(graph: Graph, tree: Tree, function: Function) -> Place | str:
    """Where the code is; else why it is not known."""
    folder, why = _folder(graph, tree, function)
    handler, language = _handler(function), _language(function)
    inline = _inline(function)
    if inline is not None and language is not None:
        return Place("", "index." + handler.rpartition(".")[2], language, inline=inline)
    if folder is None:
        return why
    for image in (n for n in graph.out(function, "built_by") if isinstance(n, Image)):
        command = image.command if isinstance(image.command, Seq) else function.resource.get("ImageConfig", "Command")
        if isinstance(command, Seq) and command.items_ and isinstance(command.items_[0], Known):
            handler = str(command.items_[0].value)
        language = language or _of_image(image)
    if language is None:
        runtime = function.runtime.plain()
        return f"code of the runtime `{runtime}` is not read" if runtime else "which language it is in is not known"
    if not handler:
        return "its handler is not known"
    if not folder.endswith(_ARCHIVES):
        handler = _source_of(tree, folder, handler, language)
    return Place(folder, handler, language, tuple(_layers(graph, function)))


def _language(function: Function) -> Literal["python", "javascript"] | None:
    runtime = function.runtime
    for _, one in runtime.alternatives():
        if isinstance(one, Known):
            return next((language for prefix, language in RUNTIMES if str(one.value).startswith(prefix)), None)
    return None


def _of_image(image: Image) -> Literal["python", "javascript"] | None:
    base = str(image.base.plain())
    return "python" if "python" in base else "javascript" if "node" in base else None


def _handler(function: Function) -> str:
    return next((str(h.value) for _, h in function.handler.alternatives() if isinstance(h, Known)), "")


def _folder(graph: Graph, tree: Tree, function: Function) -> tuple[str | None, str]:
    resource = function.resource
    asset = resource.metadata.get("aws:asset:path")
    context = resource.metadata.get("DockerContext")
    values: list[Value] = [asset, context, *(v for _, v in function.code.alternatives())]
    why = "its code is not part of what was read"
    for value in values:
        if isinstance(value, Known) and isinstance(value.value, str):
            path = Tree.beside(value.source.path, value.value)
            if path is not None and tree.is_folder(path):
                return ("" if path == "." else path), ""
            if path is not None and tree.has(path) and path.endswith(_ARCHIVES):
                return path, ""
            if path is not None and tree.has(path):
                return posixpath.dirname(path), ""
            why = f"its code `{value.value}` is not found"
    local = _of_file(tree, function)
    return local if local is not None else (None, why)


def _of_file(tree: Tree, function: Function) -> tuple[str | None, str] | None:
    """Code beside what declares the function: the Serverless Framework packages its own folder, SAM where none is named."""
    resource = function.resource
    unnamed = function.code.absent and resource.origin.startswith("AWS::Serverless::")
    if resource.format != "serverless" and not unnamed:
        return None
    return posixpath.dirname(resource.file), ""


def _inline(function: Function) -> Source | None:
    """Code that stands in the template, with the lines it has there."""
    for _, side in function.code.alternatives():
        value = side.get("ZipFile") if isinstance(side, Map) else None
        if isinstance(value, Known) and isinstance(value.value, str):
            code = value.value
        elif isinstance(value, Text):
            code = "".join(p if isinstance(p, str) else "0" * len(str(p)) for p in value.parts)
        else:
            continue
        line = value.source.position(value.start)[0]
        first = value.source.line(line).strip()
        # The text of a block begins below the indicator.
        before = line if first.endswith(("|", "|-", "|+", ">", ">-")) else line - 1
        return Source(value.source.path, "\n" * before + code)
    return None


class _Inline:
    """A tree of one file, in memory: the template's text, read as code."""

    def __init__(self, place: Place) -> None:
        assert place.inline is not None
        self.problems: list[Problem] = []
        self._source = place.inline
        self._name = "index.py" if place.language == "python" else "index.js"

    def has(self, path: str) -> bool:
        return path == self._name

    def is_folder(self, path: str) -> bool:
        return False

    def source(self, path: str) -> Source | None:
        return self._source if path == self._name else None


class Archive:
    """The text files of a zip archive, as a tree; nothing is unpacked to disk.

    A member is read up to `MEMBER_BYTES_MAX`, an archive up to `ARCHIVE_BYTES_MAX` of members.
    """

    def __init__(self, tree: Tree, path: str) -> None:
        self.problems: list[Problem] = []
        self.problem = ""
        self._path = path
        self._left = ARCHIVE_BYTES_MAX
        self._members: dict[str, zipfile.ZipInfo] = {}
        data = tree.data(path)
        try:
            self._zip = zipfile.ZipFile(io.BytesIO(data or b""))
            self._members = {m.filename: m for m in self._zip.infolist()[:MEMBERS_MAX] if not m.is_dir()}
        except (zipfile.BadZipFile, ValueError, NotImplementedError):
            self.problem = f"its code `{path}` is no zip archive that can be read"

    def has(self, path: str) -> bool:
        return path in self._members

    def is_folder(self, path: str) -> bool:
        return path == "" or any(name.startswith(f"{path}/") for name in self._members)

    def listing(self, folder: str) -> list[str]:
        prefix = f"{folder}/" if folder else ""
        rest = [name[len(prefix) :] for name in self._members if name.startswith(prefix)]
        return sorted({head + slash for head, slash, _ in (name.partition("/") for name in rest)})

    def head(self, path: str, size_bytes: int) -> bytes:
        return self._read(path)[:size_bytes]

    def source(self, path: str) -> Source | None:
        name = f"{self._path}/{path}"
        data = self._read(path)
        try:
            return Source(name, data.decode()) if data else None
        except UnicodeDecodeError:
            self.problems.append(Problem(name, 0, "is not UTF-8 text"))
            return None

    def _read(self, path: str) -> bytes:
        member = self._members.get(path)
        if member is None or not 0 < member.file_size <= min(MEMBER_BYTES_MAX, self._left):
            return b""
        try:
            with self._zip.open(member) as stream:
                data = stream.read(MEMBER_BYTES_MAX)
        except (zipfile.BadZipFile, RuntimeError, NotImplementedError, OSError, zlib.error):
            self.problems.append(Problem(f"{self._path}/{path}", 0, "cannot be unpacked"))
            return b""
        self._left -= len(data)
        return data


def _layers(graph: Graph, function: Function) -> list[str]:
    """Folders of layers of the scan, and where code is in them."""
    out: list[str] = []
    for _, value in function.layers.elements():
        layer = graph.target(value)
        content = layer.get("Content") if layer is not None else None
        if isinstance(content, Known) and isinstance(content.value, str):
            path = Tree.beside(content.source.path, content.value)
            if path is not None:
                out += [path, f"{path}/python", f"{path}/nodejs"]
    return out


def _source_of(tree: Tree, folder: str, handler: str, language: str) -> str:
    """The handler as its source is named: what a compiler writes into `dist` comes from `src`, or from above it."""
    if handler.endswith(".sh"):
        return _started_by(tree, posixpath.join(folder, handler)) or handler
    stem, _, name = handler.rpartition(".")
    suffixes = (".py",) if language == "python" else (".js", ".mjs", ".cjs", ".ts", ".mts", ".cts", ".tsx")

    def there(candidate: str) -> bool:
        return any(tree.has(posixpath.normpath(posixpath.join(folder, candidate + end))) for end in suffixes)

    candidates = [stem]
    for built in _BUILT:
        if stem.startswith(built):
            candidates += [stem[len(built) :], f"src/{stem[len(built) :]}", f"lib/{stem[len(built) :]}"]
    candidates += [f"src/{stem}"]
    found = next((c for c in candidates if there(c)), stem)
    return f"{found}.{name}"


_STARTS = re.compile(
    r"\b(?:python3?|node)\s+(?:-[a-zA-Z]\s+)*([\w./-]+\.(?:py|m?js|cjs))|\b(?:uvicorn|gunicorn|hypercorn)\b.*?\b([\w.]+):\w+"
)


def _started_by(tree: Tree, path: str) -> str:
    """The program that a start script runs, as the Lambda Web Adapter has them; empty where it is not told.

    Source: https://github.com/awslabs/aws-lambda-web-adapter
    """
    found = _STARTS.search(tree.head(path, _SCRIPT_BYTES_MAX).decode(errors="ignore"))
    if found is None:
        return ""
    return found[1].removeprefix("./") if found[1] else found[2].replace(".", "/") + ".py"

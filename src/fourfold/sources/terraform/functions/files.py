"""Files of the scanned tree. Source: Terraform language documentation, "Filesystem Functions".

A path that leads out of the tree, an absolute one, or `~` is an unknown that says so; nothing outside is ever read.
"""

from __future__ import annotations

import base64
import fnmatch
import hashlib
import posixpath
import re
from collections.abc import Callable, Iterable
from typing import Protocol

from fourfold.model.value import Known, Map, Seq, Value
from fourfold.sources.terraform.evaluate.conversions import to_string
from fourfold.sources.terraform.evaluate.elements import set_of
from fourfold.sources.terraform.evaluate.kinds import Invalid, is_null, is_unknown, known, unknown

TEMPLATE_DEPTH_MAX = 8


class Files(Protocol):
    """What the functions may see of the scanned tree, with paths as the module's expressions write them."""

    def data(self, path: str) -> bytes | None:
        """The bytes of a file; None where it is not there or not to be read."""

    def names(self, folder: str) -> Iterable[str]:
        """All files below a folder, relative to it."""

    def template(self, text: str, names: dict[str, Value]) -> Value:
        """A template evaluated with these names only."""


def file_functions(files: Files) -> dict[str, Callable[..., Value]]:
    """`file`, `fileexists`, `fileset`, `templatefile`, ... over one view of the tree."""

    def path_of(argument: Value) -> str | Value:
        text = to_string(argument)
        if is_null(text):
            raise Invalid("the path is null")
        return str(text.value) if isinstance(text, Known) else unknown(text.reason)

    def content(argument: Value) -> bytes | Value:
        path = path_of(argument)
        if isinstance(path, Value):
            return path
        data = files.data(path)
        return unknown(f"`{path}` was not read: it is not in the scanned folder") if data is None else data

    def reading(make: Callable[[bytes], str]) -> Callable[..., Value]:
        def call(argument: Value) -> Value:
            data = content(argument)
            if isinstance(data, Value):
                return data
            try:
                return known(make(data))
            except UnicodeDecodeError:
                raise Invalid("the file is not UTF-8 text") from None

        return call

    def hashed(name: str, *, encoded: bool = False) -> Callable[..., Value]:
        def make(data: bytes) -> str:
            digest = hashlib.new(name, data, usedforsecurity=False)
            return base64.b64encode(digest.digest()).decode() if encoded else digest.hexdigest()

        return reading(make)

    def exists(argument: Value) -> Value:
        path = path_of(argument)
        return path if isinstance(path, Value) else known(files.data(path) is not None)

    def fileset(folder: Value, pattern: Value) -> Value:
        where, wanted = path_of(folder), path_of(pattern)
        if isinstance(where, Value) or isinstance(wanted, Value):
            return where if isinstance(where, Value) else wanted  # type: ignore[return-value]
        expression = re.compile(_glob(wanted))
        return set_of(known(name) for name in files.names(where) if expression.fullmatch(name))

    def templatefile(path: Value, variables: Value) -> Value:
        data = content(path)
        if isinstance(data, Value):
            return data
        if is_unknown(variables):
            return unknown(variables.reason)
        if not isinstance(variables, Map):
            raise Invalid("the second argument of `templatefile` is a map")
        try:
            return files.template(data.decode(), dict(variables.entries_))
        except UnicodeDecodeError:
            raise Invalid("the file is not UTF-8 text") from None

    def templatestring(template: Value, variables: Value) -> Value:
        text = to_string(template)
        if is_null(text):
            raise Invalid("the template is null")
        if not isinstance(text, Known) or is_unknown(variables):
            return unknown(text.reason or variables.reason)
        if not isinstance(variables, Map):
            raise Invalid("the second argument of `templatestring` is a map")
        return files.template(str(text.value), dict(variables.entries_))

    def pathexpand(argument: Value) -> Value:
        path = path_of(argument)
        if isinstance(path, str) and path.startswith("~"):
            return unknown("`~` is the home folder of whoever runs terraform")
        return path if isinstance(path, Value) else known(path)

    def plain(make: Callable[[str], str]) -> Callable[..., Value]:
        def call(argument: Value) -> Value:
            path = path_of(argument)
            return path if isinstance(path, Value) else known(make(path))

        return call

    def abspath(argument: Value) -> Value:
        path = path_of(argument)
        if isinstance(path, Value) or path.startswith("/"):
            return path if isinstance(path, Value) else known(posixpath.normpath(path))
        return unknown("where the folder lies is not known")

    return {
        "abspath": abspath,
        "basename": plain(lambda p: posixpath.basename(p.rstrip("/")) or ("/" if p else ".")),
        "dirname": plain(lambda p: posixpath.dirname(p) or "."),
        "file": reading(bytes.decode),
        "filebase64": reading(lambda d: base64.b64encode(d).decode()),
        "filebase64sha256": hashed("sha256", encoded=True),
        "filebase64sha512": hashed("sha512", encoded=True),
        "fileexists": exists,
        "filemd5": hashed("md5"),
        "fileset": fileset,
        "filesha1": hashed("sha1"),
        "filesha256": hashed("sha256"),
        "filesha512": hashed("sha512"),
        "pathexpand": pathexpand,
        "templatefile": templatefile,
        "templatestring": templatestring,
    }


def _glob(pattern: str) -> str:
    """A pattern of `fileset` as a regular expression: `*`, `**`, `?`, `{a,b}`, `[a-z]`."""
    out = ""
    at = 0
    while at < len(pattern):
        if pattern.startswith("**/", at):
            out += "(?:.*/)?"
            at += 3
        elif pattern.startswith("**", at):
            out += ".*"
            at += 2
        elif pattern[at] == "*":
            out += "[^/]*"
            at += 1
        elif pattern[at] == "?":
            out += "[^/]"
            at += 1
        elif pattern[at] == "{" and "}" in pattern[at:]:
            end = pattern.index("}", at)
            out += "(?:" + "|".join(_glob(p) for p in pattern[at + 1 : end].split(",")) + ")"
            at = end + 1
        elif pattern[at] == "[" and "]" in pattern[at + 2 :]:
            end = pattern.index("]", at + 2)
            out += fnmatch.translate(pattern[at : end + 1]).removeprefix("(?s:").removesuffix(")\\Z")
            at = end + 1
        else:
            out += re.escape(pattern[at])
            at += 1
    return out


__all__ = ["Files", "Seq", "file_functions"]

"""Where the code of a function stands: through `archive_file` and staged objects to the folder or file of the tree.

The property that says it (`Code` of a function, `Content` of a layer) becomes a path as SAM writes one: relative to the file
that it stands in. Sources: https://registry.terraform.io/providers/hashicorp/archive/latest/docs/data-sources/file, the
pages of `aws_lambda_function`, `aws_lambda_layer_version` and `aws_s3_object` of the AWS provider, and `package.tf` of
https://registry.terraform.io/modules/terraform-aws-modules/lambda/aws, which asks a program for the archive's name.
"""

from __future__ import annotations

import json
import posixpath
from collections.abc import Iterable
from typing import NamedTuple

import msgspec

from fourfold.model.value import Known, Map, Ref, Seq, Step, Text, Unknown, Value, known, mapping
from fourfold.sources.terraform.files import inside
from fourfold.sources.terraform.translate.references import Instance, span_of

OBJECTS = ("aws_s3_object", "aws_s3_bucket_object", "aws_s3_object_copy")
_ASKED = ".data.external."


class Staged(NamedTuple):
    """An object that the configuration puts into a bucket."""

    key: str
    instance: Instance


class Packages:
    """The archives and staged objects of one root module."""

    def __init__(self, instances: Iterable[tuple[str, Instance]], folder: str | None) -> None:
        """`folder` is that of the root module, which paths are relative to; None where it is not known."""
        self.folder = folder
        self._archives: dict[object, Instance | None] = {}
        self._objects: dict[str, Instance] = {}
        self._staged: dict[tuple[object, object], Instance | None] = {}
        self._asked: dict[str, Instance] = {}
        for key, instance in instances:
            values = instance.values.entries_
            if instance.type == "archive_file":
                _add(self._archives, _name(values.get("output_path")), instance)
            elif instance.type in OBJECTS:
                self._objects[key] = instance
                _add(self._staged, (_name(values.get("bucket")), _name(values.get("key"))), instance)
            elif instance.type == "external":
                self._asked[key] = instance

    def of(
        self, filename: Value | None, bucket: Value | None, key: Value | None, handler: Value | None
    ) -> Value | None:
        """The code that a file or a staged object holds; None where nothing says so, or the object is not of the scan."""
        if filename is not None:
            return self._file(filename, handler)
        staged = self._object(bucket, key)
        source = staged.values.entries_.get("source") if staged is not None else None
        if staged is None or source is None or key is None or _is_nothing(source):
            return None
        steps = (*_steps(key), Step(f"`{staged.address}`", span_of(staged)), *_steps(source))
        return self._file(_at(source, key, steps), handler)

    def _object(self, bucket: Value | None, key: Value | None) -> Instance | None:
        if isinstance(key, Ref):
            return self._objects.get(key.target)
        return self._staged.get((_name(bucket), _name(key))) if bucket is not None and key is not None else None

    def _file(self, filename: Value, handler: Value | None) -> Value:
        archive = self._archives.get(_name(filename))
        if archive is not None:
            return self._archived(archive, filename, handler)
        if isinstance(filename, Known):
            note = f"the archive `{filename.value}` as it was built, whose content is not read"
            return self._path(filename, (*_steps(filename), Step(note, filename.span)))
        asked = next(
            (i for k, i in self._asked.items() if isinstance(filename, Unknown) and _begins(filename.name, k)), None
        )
        if asked is not None:
            found = _packed(asked)
            if found is not None:
                steps = (*_steps(filename), Step(f"`source_path` of `{asked.address}`", span_of(asked)))
                return self._path(_at(found, filename, steps), steps)
        return mapping({"ZipFile": filename}, at=filename)

    def _archived(self, archive: Instance, filename: Value, handler: Value | None) -> Value:
        steps = (*_steps(filename), Step(f"`{archive.address}`", span_of(archive)))
        values = archive.values.entries_
        for argument in ("source_dir", "source_file"):
            value = values.get(argument)
            if value is not None and not _is_nothing(value):
                return self._path(_at(value, filename, steps), (*steps, Step(argument, value.span), *_steps(value)))
        name, content = values.get("source_content_filename"), values.get("source_content")
        written: list[tuple[Value | None, Value | None]] = (
            [(name, content)] if content is not None and not _is_nothing(content) else []
        )
        blocks = values.get("source")
        for block in blocks.items_ if isinstance(blocks, Seq) else ():
            if isinstance(block, Map):
                written.append((block.entries_.get("filename"), block.entries_.get("content")))
        chosen = _handled(written, handler)
        if chosen is None:
            why = f"what `{archive.address}` holds is not known"
            chosen = Unknown(filename.source, filename.start, filename.end, filename.key_start, why, steps)
        return mapping({"ZipFile": chosen}, at=filename)

    def _path(self, value: Value, steps: tuple[Step, ...]) -> Value:
        """A path of the root module's folder as one beside the file that it is used in."""
        if not isinstance(value, Known) or not isinstance(value.value, str):
            return mapping({"ZipFile": value}, at=value)
        path = value.value
        if self.folder is not None:
            where = inside(self.folder, path)
            if where is None:
                why = f"`{path}` leads out of the scanned folder"
                outside = Unknown(value.source, value.start, value.end, value.key_start, why, steps)
                return mapping({"ZipFile": outside}, at=value)
            path = posixpath.relpath(where or ".", posixpath.dirname(value.source.path) or ".")
        return Known(value.source, value.start, value.end, value.key_start, path, steps)


def _add(table: dict[object, Instance | None] | dict[tuple[object, object], Instance | None], name: object,
         instance: Instance) -> None:  # fmt: skip
    """Two of one name: it leads to neither."""
    table[name] = None if name in table else instance  # type: ignore[index]


def _name(value: Value | None) -> object:
    """Equal for the same path, bucket or key; a name of its own where it cannot serve as one."""
    if isinstance(value, Known) and isinstance(value.value, str) and value.value:
        return posixpath.normpath(value.value)
    if isinstance(value, Ref):
        return ("ref", value.target)
    if isinstance(value, (Text, Unknown)):
        return value.identity
    return object()


def _is_nothing(value: Value) -> bool:
    return isinstance(value, Known) and value.value in (None, "")


def _steps(value: Value) -> tuple[Step, ...]:
    found: tuple[Step, ...] = getattr(value, "provenance", ())
    return found


def _at(value: Value, place: Value, steps: tuple[Step, ...]) -> Value:
    """A value where another one is written."""
    if not isinstance(value, (Known, Text, Unknown, Ref)):
        return value
    return msgspec.structs.replace(
        value, source=place.source, start=place.start, end=place.end, key_start=place.key_start, provenance=steps
    )


def _begins(name: str, key: str) -> bool:
    """Whether an unknown is what a data source gives."""
    return name == key or name.startswith((f"{key}.", f"{key}["))


def _packed(asked: Instance) -> Value | None:
    """The only folder or file that the module for functions packs; None where there are several, or none is plain."""
    query = asked.values.entries_.get("query")
    text = query.get("source_path") if isinstance(query, Map) else None
    if not isinstance(text, Known) or not isinstance(text.value, str):
        return None
    if text.value[:1] not in ("[", "{", '"'):
        return text
    try:
        found = json.loads(text.value)
    except ValueError:
        return None
    found = [found] if not isinstance(found, list) else found
    paths = [one.get("path") if isinstance(one, dict) else one for one in found]
    return known(paths[0], at=text) if len(paths) == 1 and isinstance(paths[0], str) else None


def _handled(written: list[tuple[Value | None, Value | None]], handler: Value | None) -> Value | None:
    """The content of the file that the handler is in; of the only one where there is one."""
    stem = str(handler.value).rpartition(".")[0] if isinstance(handler, Known) else ""
    for name, content in written:
        if isinstance(name, Known) and stem and str(name.value).rpartition(".")[0] == stem:
            return content
    return written[0][1] if len(written) == 1 else None

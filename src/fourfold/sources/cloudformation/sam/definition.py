"""The OpenAPI document that an API is declared with: inline, in a file of the scan, or in S3."""

from __future__ import annotations

from fourfold.model.value import Absent, Choice, Map, Unknown, Value, known, unknown
from fourfold.sources.cloudformation.sam.expansion import Expansion, built, nothing, scalar, through
from fourfold.sources.cloudformation.sam.function import location


def definition(x: Expansion, properties: Map, *, version: str = "2.0") -> tuple[Value | None, Value | None]:
    """The body of an API, and where in S3 it is: exactly one of them is given.

    Without a definition the body is a document without paths, at the place of the API's properties.
    """
    inline, uri = properties.get("DefinitionBody"), properties.get("DefinitionUri")
    if not nothing(inline):
        if isinstance(inline, Map) and inline.rest is not None:
            x.problem(inline, f"the API's definition is only known in part: {inline.rest.reason}")
        elif isinstance(inline, (Unknown, Choice)):
            x.problem(inline, f"the API's definition is not known: {inline.reason or 'it depends on a condition'}")
        return inline, None
    if nothing(uri):
        return skeleton(x, properties, version), None
    place = through(uri, location)
    path = scalar(uri)
    if path and not isinstance(place, Map):
        body = read_file(x, uri, path)
        return (body, None) if body is not None else (unknown(f"`{path}` is not in the scan", at=uri), None)
    if isinstance(place, Map):
        names = {"S3Bucket": "Bucket", "S3Key": "Key", "S3ObjectVersion": "Version"}
        place = built({names.get(key, key): entry for key, entry in place.entries_.items()}, at=place)
    x.problem(uri, "the API's definition is in S3; its routes are not known")
    return None, place


def skeleton(x: Expansion, properties: Map, version: str) -> Map:
    """A document without paths."""
    at = properties
    wanted = properties.get("OpenApiVersion")
    number = scalar(wanted) or version
    kind = "swagger" if number.startswith("2") else "openapi"
    info: dict[str, Value] = {"version": known("1.0", at=at), "title": x.pseudo("AWS::StackName", at)}
    return built(
        {kind: known(number, at=at if isinstance(wanted, Absent) else wanted), "info": built(info, at=at)}, at=at
    )


def read_file(x: Expansion, at: Value, path: str) -> Value | None:
    """The value of a file beside the template; None (and a problem) where it cannot be read."""
    run = x.template.stack.run
    full = x.template.stack.run.tree.beside(at.source.path, path)
    value = run.include(full) if full is not None and run.tree.has(full) else None
    if value is None:
        x.problem(at, f"`{path}` cannot be read beside the template; what it defines is not known")
    return value

"""Stacks inside stacks: where the template of a nested stack lies in the scanned tree.

Sources: https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-cloudformation-stack.html,
https://docs.aws.amazon.com/serverless-application-model/latest/developerguide/sam-resource-application.html, and for
local paths https://docs.aws.amazon.com/cli/latest/reference/cloudformation/package.html.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from fourfold.model.place import Source
from fourfold.model.value import Known, Map, Text, Value

if TYPE_CHECKING:
    from fourfold.sources.cloudformation.loops import Loop
    from fourfold.sources.cloudformation.stack import Stack

STACKS_MAX = 200
"""Nested stacks that are read for one file, those of nested stacks included."""
DEPTH_MAX = 8
LOCATIONS = {"AWS::CloudFormation::Stack": "TemplateURL", "AWS::Serverless::Application": "Location"}
_TEMPLATE = ".template.json"
_ASSETS_BYTES_MAX = 8 * 1024 * 1024


def template(stack: Stack, name: str) -> tuple[Source, Map] | None:
    """The template of the stack that a resource declares; None (and a problem) where it cannot be had.

    None without a problem where the resource declares no stack.
    """
    body, loop = stack.declared[name]
    kind = body.get("Type").plain()
    if not isinstance(body, Map) or not isinstance(kind, str) or kind not in LOCATIONS:
        return None
    path = _location(stack, name, body, LOCATIONS[kind], loop)
    if path is None:
        return None
    run = stack.run
    around = [stack]
    while around[-1].outer is not None:
        around.append(around[-1].outer.stack)
    files = [outer.source.path for outer in around]
    if path in files:
        run.cycles.update(files[: files.index(path) + 1])
        stack.problem(body, f"nested stack `{name}` nests itself through `{path}`")
        return None
    run.stacks += 1
    if len(files) > DEPTH_MAX or run.stacks > STACKS_MAX:
        limit = f"{DEPTH_MAX} levels deep or more than {STACKS_MAX}"
        stack.problem(body, f"nested stack `{name}` was not read: nested stacks are more than {limit}")
        return None
    source = run.tree.source(path)
    root = None if source is None else run.template(source)
    if source is None or root is None:
        return None
    run.covers.add(path)
    return source, root


def _location(stack: Stack, name: str, body: Map, key: str, loop: Loop) -> str | None:
    """The path of a nested stack's template; None (and a problem) where it is not in the tree."""
    written = body.get("Properties", key)
    value = stack.within(loop, written)
    tree = stack.run.tree
    asset = _asset(stack, body, key, value)
    if asset is not None:
        return asset
    if isinstance(value, Known) and isinstance(value.value, str):
        path = tree.beside(stack.source.path, value.value)
        if path is not None and tree.has(path):
            return path
    where = f"`{value}`" if isinstance(value, (Known, Text)) else "what was not read"
    if isinstance(value, Map):
        where = f"application `{value.get('ApplicationId')}`"
    stack.problem(written, f"nested stack `{name}` comes from {where}; what it declares is not known")
    return None


def _asset(stack: Stack, body: Map, key: str, url: Value) -> str | None:
    """The template that the CDK wrote beside this one, named by the resource's metadata or the asset manifest."""
    metadata = body.get("Metadata")
    named = metadata.get("aws:asset:path")
    if isinstance(named, Known) and isinstance(named.value, str) and metadata.get("aws:asset:property").surely(key):
        path = stack.run.tree.beside(stack.source.path, named.value)
        if path is not None and stack.run.tree.has(path):
            return path
    if not stack.outermost.endswith(_TEMPLATE):
        return None
    hashed = _last_part(url)
    return _assets(stack).get(hashed) if hashed else None


def _last_part(url: Value) -> str:
    last = url.parts[-1] if isinstance(url, Text) else url._text() if isinstance(url, Known) else None
    return last.rpartition("/")[2] if isinstance(last, str) else ""


def _assets(stack: Stack) -> dict[str, str]:
    """Template in the tree by the name under which the CDK uploads it, from `Name.assets.json` beside the outermost one.

    Source: https://docs.aws.amazon.com/cdk/api/v2/docs/aws-cdk-lib.cloud_assembly_schema.AssetManifest.html
    """
    if stack.run.assets is not None:
        return stack.run.assets
    path = stack.outermost  # its manifest names the templates of all levels
    manifest = path.removesuffix(_TEMPLATE) + ".assets.json"
    tree = stack.run.tree
    found = stack.run.assets = {}
    data = tree.data(manifest) if tree.has(manifest) else None
    if data is None or len(data) > _ASSETS_BYTES_MAX:
        return found
    try:
        files = json.loads(data).get("files", {})
        for asset in files.values():
            local = tree.beside(path, str(asset["source"]["path"]))
            if local is not None and local.endswith(".json") and tree.has(local):
                found.update({str(d["objectKey"]).rpartition("/")[2]: local for d in asset["destinations"].values()})
    except (ValueError, RecursionError, AttributeError, KeyError, TypeError):
        stack.problem(stack.root, f"`{manifest}` is not an asset manifest; nested stacks it names may be missing")
    return found

"""IAM policies as JSON files, bare or as the AWS CLI prints them.

Bare documents (`{"Version": ..., "Statement": ...}`), CloudFormation fragments (`{"PolicyDocument": ...}`), and the
outputs of `aws iam get-policy-version`, `get-role-policy`, `get-role`, `get-account-authorization-details`,
`aws organizations describe-policy`, and of the services' own `get-*-policy` commands, which hold the document as text.

Each document becomes a resource of type `IAM::PolicyDocument`: its properties are the document, its attribute `Kind` is
the kind of policy where the file tells it. Document grammar:
https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_grammar.html
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import Any

import msgspec

from fourfold.model.place import Source
from fourfold.model.resource import Reading, Resource
from fourfold.model.value import Known, Map, Seq, Value, known, mapping
from fourfold.sources.syntax.json import parse_json
from fourfold.sources.tree import Tree

TYPE = "IAM::PolicyDocument"

SHAPE_BYTES_MAX = 4 * 1024 * 1024
"""A larger file is no policy; the largest answer of the API for one account that is read here stays below."""
DEPTH_MAX = 8

_DOCUMENTS = {
    "PolicyDocument": "",
    "AssumeRolePolicyDocument": "trust",
    "Document": "",
    "Policy": "resource",
    "Content": "",
    "policyText": "resource",
    "ResourcePolicy": "resource",
    "PolicyInJson": "resource",
}
"""Keys that hold a document, and the kind it then has; empty: the document itself tells."""
_LISTS = (
    "PolicyVersion",
    "PolicyVersionList",
    "Role",
    "Roles",
    "RoleDetailList",
    "UserDetailList",
    "GroupDetailList",
    "Policies",
    "RolePolicyList",
    "UserPolicyList",
    "GroupPolicyList",
    "Policy",
)
_NAMES = ("RoleName", "UserName", "GroupName", "PolicyName", "repositoryName", "Name")
_FIRST_KEY = re.compile(
    rb'\s*\{\s*"(?:Version|Id|Statement|Policy\w*|AssumeRolePolicyDocument|RoleName|UserName|GroupName)"'
)
_NOT_THESE = (b'"AWSTemplateFormatVersion"', b'"containerDefinitions"')
_NAMED_KINDS = (
    ("scp", re.compile(r"(?<![a-z])scps?(?![a-z])|service.?control", re.IGNORECASE)),
    ("rcp", re.compile(r"(?<![a-z])rcps?(?![a-z])|resource.?control", re.IGNORECASE)),
    ("boundary", re.compile(r"boundar(?:y|ies)", re.IGNORECASE)),
)


def claims(path: str, data: bytes) -> bool:
    """Whether this is a JSON file whose top level is a policy document or holds some at the known places."""
    if not path.endswith(".json") or len(data) > SHAPE_BYTES_MAX or b"Statement" not in data or b"Effect" not in data:
        return False
    if any(word in data for word in _NOT_THESE):
        return False
    try:
        return _holds_document(json.loads(data), 0)
    except (ValueError, RecursionError):
        # Broken JSON that begins like a policy is claimed, so that the reader can say what is wrong with it.
        return _FIRST_KEY.match(data.removeprefix(b"\xef\xbb\xbf")) is not None


def _holds_document(data: Any, depth: int) -> bool:
    if isinstance(data, list):
        return any(_holds_document(item, depth) for item in data[:3])
    if not isinstance(data, dict) or depth > DEPTH_MAX:
        return False
    if _is_document(data):
        return True
    for key in _DOCUMENTS.keys() & data.keys():
        if _is_document(data[key]) or (isinstance(data[key], str) and '"Statement"' in data[key]):
            return True
    return any(_holds_document(data[key], depth + 1) for key in _LISTS if key in data)


def _is_document(data: Any) -> bool:
    if not isinstance(data, dict) or not isinstance(data.get("Statement"), (list, dict)):
        return False
    statements = data["Statement"] if isinstance(data["Statement"], list) else [data["Statement"]]
    return any(isinstance(s, dict) and "Effect" in s for s in statements)


def read(source: Source, tree: Tree) -> Reading:
    """Every policy document of one JSON file."""
    reading = Reading()
    value, reading.problems = parse_json(source)
    if value is None:
        return reading
    stem = source.path.rpartition("/")[2].removesuffix(".json")
    hint = next((kind for kind, pattern in _NAMED_KINDS if pattern.search(source.path)), "")
    seen: dict[str, int] = {}
    for name, document, kind in _documents(value, "", "", 0):
        address = f"{stem}/{name}" if name else stem
        seen[address] = seen.get(address, 0) + 1
        if seen[address] > 1:
            address = f"{address}#{seen[address]}"
        attributes = mapping({"Kind": known(kind or hint)}, at=document) if kind or hint else None
        resource = Resource(TYPE, address, document, document.span, "iam")
        reading.resources.append(
            resource if attributes is None else msgspec.structs.replace(resource, attributes=attributes)
        )
    return reading


def _documents(value: Value, name: str, kind: str, depth: int) -> Iterator[tuple[str, Value, str]]:
    """(name inside the file, document, kind or empty) of every document below `value`."""
    if depth > DEPTH_MAX:
        return
    if isinstance(value, Seq):
        for item in value.items_:
            yield from _documents(item, name, kind, depth + 1)
    if not isinstance(value, Map):
        return
    entries = value.entries_
    if isinstance(entries.get("Statement"), (Map, Seq)):
        yield name, value, kind
        return
    if "IsDefaultVersion" in entries and "VersionId" in entries and entries["IsDefaultVersion"].surely(expected=False):
        return
    own = "/".join(str(entries[key].plain()) for key in _NAMES if isinstance(entries.get(key), Known))
    name = f"{name}/{own}" if name and own else own or name
    summary = entries.get("PolicySummary")
    kind = _ORGANIZATION.get(str(summary.get("Type").plain()), kind) if summary is not None else kind
    for key, entry in entries.items():
        if key in _DOCUMENTS and (_text_document(entry) or "Statement" in getattr(entry, "entries_", {})):
            label = f"{name}/trust" if name and key == "AssumeRolePolicyDocument" else name
            yield label, entry, kind or _DOCUMENTS[key]
        elif key in _LISTS:
            yield from _documents(entry, name, kind, depth + 1)


_ORGANIZATION = {"SERVICE_CONTROL_POLICY": "scp", "RESOURCE_CONTROL_POLICY": "rcp"}


def _text_document(value: Value) -> bool:
    return isinstance(value, Known) and isinstance(value.value, str) and '"Statement"' in value.value

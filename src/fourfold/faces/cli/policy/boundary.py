"""`fourfold policy boundary`: a permissions boundary for the roles of a folder."""

from __future__ import annotations

import argparse
import json
from typing import TYPE_CHECKING, Any

from fourfold.errors import NothingToReadError, UsageError
from fourfold.faces.cli.policy import PROVED, SHOWN, UNKNOWN
from fourfold.faces.cli.policy.scanned import scanned

if TYPE_CHECKING:
    from fourfold.engines.iam.least.boundary import Boundary
    from fourfold.model.graph import Graph

EPILOG = """\
examples:
  fourfold policy boundary
  fourfold policy boundary infra --role OrdersRole --role ReportsRole
  fourfold policy boundary infra --format cloudformation > boundary.yaml
  fourfold policy boundary infra --format json

A template gets a boundary of its own, Terraform one for all. It allows what the roles are allowed now, and denies the ways up: new versions of policies, attaching and putting
policies, keys and passwords of others, changed trust, and taking boundaries away; roles can be passed only where a role of
the folder is allowed to pass them now. It is proved that no such action passes, and that nothing else is lost.

exit status: 0 proved, 1 something passes that must not, or is lost, 2 usage error or nothing to read, 3 unknown: a role whose
policies are not known as a whole, or a boundary that is too large
"""


def parser() -> argparse.ArgumentParser:
    """The options of `policy boundary`."""
    out = argparse.ArgumentParser(
        prog="fourfold policy boundary",
        description="Write a permissions boundary for the roles of a folder, which no way up passes, and prove it.",
        epilog=EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    out.add_argument("path", nargs="?", default=".", metavar="PATH", help="the folder or file (default: this folder)")
    out.add_argument("--role", metavar="ROLE", action="append", default=[],
                     help="only for this role, by its logical id or name; may be given more than once")  # fmt: skip
    out.add_argument("--format", choices=["text", "json", "cloudformation", "terraform"], default="text",
                     help="a report, everything as JSON, or the policy alone in a template's language (default: text)")  # fmt: skip
    return out


def run(arguments: list[str]) -> int:
    """Write the boundary; returns the exit status."""
    options = parser().parse_args(arguments)
    from fourfold.engines.iam.least.boundary import boundaries

    graph, _ = scanned(options.path)
    found = boundaries(graph, options.role)
    if not found:
        if options.role:
            raise UsageError(f"`{options.path}` declares no role `{', '.join(options.role)}`")
        raise NothingToReadError(f"`{options.path}` declares no role; a boundary is written for roles")
    if options.format == "json":
        print(json.dumps({"boundaries": [_row(one) for one in found]}, indent=2, ensure_ascii=False))
    elif options.format == "text":
        print("\n\n".join(_text(graph, one) for one in found))
    else:
        print("---\n".join(_policy(graph, one, options.format) for one in found), end="")
    verdicts = {one.verdict.verdict for one in found}
    return SHOWN if "witness" in verdicts else UNKNOWN if "unknown" in verdicts else PROVED


def _policy(graph: Graph, found: Boundary, language: str) -> str:
    from fourfold.engines.iam.estate_graph import grounding
    from fourfold.engines.iam.least.render import Yaml, terraform_document
    from fourfold.engines.iam.write.render import CloudFormation, Terraform

    names, _ = graph.derived(grounding)
    if language == "terraform":
        terraform = Terraform(graph, names)
        body = terraform_document(terraform, found.values, found.document, "boundary")
        return terraform.head() + body
    template = CloudFormation(graph, names, found.file)
    return Yaml(template, found.values).document(found.document)


def _text(graph: Graph, found: Boundary) -> str:
    policy = _policy(graph, found, "cloudformation" if found.file else "terraform")
    of = f" of {found.file}" if found.file else ""
    lines = [f"a boundary for {len(found.roles)} role{'s' * (len(found.roles) != 1)}{of}:", ""]
    lines += ["  " + line if line else "" for line in policy.splitlines()] + [""]
    for role in found.roles:
        told = {"proved": "proved: nothing is lost but ways up", "unknown": f"unknown: {role.covers.reason}"}
        asked = role.covers.request or {}
        said = told.get(role.covers.verdict, f"not proved: {asked.get('action')} on {asked.get('resource')} is lost")
        lines.append(f"covers      {role.role} ({role.place}): {said}")
        if role.lost:
            lines.append(f"            stopped: {', '.join(role.lost)}")
    lines += [f"unknown     {name} is not covered: {why}" for name, why in found.skipped]
    open_ = {name: answer for name, answer in found.escalation.items() if answer.verdict != "proved"}
    if not open_:
        lines.append(f"escalation  proved: none of {len(found.escalation)} ways up passes")
    lines += [f"escalation  {a.verdict}: {name}: {a.reason or a.request}" for name, a in open_.items()]
    lines.append(f"size        {found.characters:,} characters (quota: 6,144 for a managed policy)")
    return "\n".join([*lines, *(f"note        {text}" for text in found.notes)])


def _row(found: Boundary) -> dict[str, Any]:
    from fourfold.engines.iam.least.documents import answer_row

    return {
        "file": found.file or None,
        "document": found.document,
        "verdict": answer_row(found.verdict),
        "roles": [
            {"role": r.role, "arn": r.arn, "place": r.place, "covers": answer_row(r.covers), "stopped": list(r.lost)}
            for r in found.roles
        ],
        "skipped": [{"role": name, "reason": why} for name, why in found.skipped],
        "escalation": {name: answer_row(answer) for name, answer in found.escalation.items()},
        "passed": list(found.passed),
        "characters": found.characters,
        "notes": list(found.notes),
    }

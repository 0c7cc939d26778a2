"""`fourfold policy write --deploy`: the least that the role needs that deploys a stack."""

from __future__ import annotations

import argparse
import json
import re
from typing import TYPE_CHECKING, Any

from fourfold.errors import NothingToReadError, UsageError
from fourfold.faces.cli.policy import PROVED, SHOWN, UNKNOWN
from fourfold.faces.cli.policy.scanned import scanned

if TYPE_CHECKING:
    from fourfold.engines.iam.least.deploy import Deploying

EPILOG = """\
examples:
  fourfold policy write --deploy
  fourfold policy write --deploy template.yaml --stack orders --account 111122223333 --region eu-west-1
  fourfold policy write --deploy --stack orders --artifacts my-deployment-bucket --format json
  fourfold policy write --deploy infra --no-delete --format terraform

The role is CloudFormation's service role (`aws cloudformation deploy --role-arn`). What the handler of each type calls is
taken from its resource schema, on the names of the template; names that CloudFormation makes up are patterns, as are stack,
account and region where they are not given. Roles can be passed only if the template hands them over, and to services that
they trust. Types whose handlers are not known are named.

It is proved that every need is allowed, and that each action is allowed on nothing but what it is needed on.

exit status: 0 written and proved, 1 not proved, 2 usage error or nothing to read, 3 the actions of a type are not known
"""


def parser() -> argparse.ArgumentParser:
    """The options of `policy write --deploy`."""
    out = argparse.ArgumentParser(
        prog="fourfold policy write --deploy",
        description="Write the least that the role needs that deploys the stacks of a folder, and prove it.",
        epilog=EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    out.add_argument("path", nargs="?", default=".", metavar="PATH", help="the folder or file (default: this folder)")
    out.add_argument("--stack", default="", metavar="NAME", help="name of the stack (default: any)")
    out.add_argument("--account", default="", metavar="ID", help="account that it is deployed to (default: any)")
    out.add_argument("--region", default="", metavar="REGION", help="region that it is deployed to (default: any)")
    out.add_argument("--artifacts", action="append", default=[], metavar="BUCKET",
                     help="bucket that holds packaged code and templates; may be given more than once")  # fmt: skip
    out.add_argument("--no-delete", action="store_true", help="leave out what only deleting needs")
    out.add_argument("--format", choices=["text", "json", "cloudformation", "terraform"], default="text",
                     help="a report, everything as JSON, or the policies alone in a language (default: text)")  # fmt: skip
    return out


def run(arguments: list[str]) -> int:
    """Write; returns the exit status."""
    options = parser().parse_args(arguments)
    for name, form in (
        ("stack", r"[A-Za-z][A-Za-z0-9-]*"),
        ("account", r"\d{12}"),
        ("region", r"[a-z]{2}(-[a-z]+)+-\d"),
    ):
        given = getattr(options, name)
        if given and not re.fullmatch(form, given):
            raise UsageError(f"`--{name} {given}` is no {name}")
    from fourfold.engines.iam.least.deploy import deployment_policy

    graph, _ = scanned(options.path)
    found = deployment_policy(
        graph, stack=options.stack, account=options.account, region=options.region, artifacts=options.artifacts,
        delete=not options.no_delete,
    )  # fmt: skip
    if not found.needs and not found.unknown:
        raise NothingToReadError(f"`{options.path}` declares nothing that is deployed to AWS")
    if options.format == "json":
        print(json.dumps(_row(found), indent=2, ensure_ascii=False))
    elif options.format == "text":
        print(_text(found))
    else:
        print(_policies(found, options.format), end="")
    return {"proved": PROVED, "witness": SHOWN}.get(found.verdict.verdict, UNKNOWN)


def _policies(found: Deploying, language: str) -> str:
    from fourfold.engines.iam.least.render import Yaml, terraform_document

    many = len(found.policies) > 1
    if language == "terraform":
        return "\n".join(
            terraform_document(None, {}, one, f"deploy_{n}" if many else "deploy")
            for n, one in enumerate(found.policies, 1)
        )
    return "---\n".join(Yaml(None, {}).document(one) for one in found.policies)


def _text(found: Deploying) -> str:
    from fourfold.engines.iam.least.documents import size

    lines = ["what the role needs that deploys this:", ""]
    lines += [f"  {line}" for line in _policies(found, "cloudformation").splitlines()]
    lines.append("")
    wide: dict[tuple[str, str], dict[str, None]] = {}
    for need in found.needs:
        if need.wide:
            wide.setdefault((need.resource, need.wide), {}).setdefault(need.address)
    rows = [f"{on}: {why} (for {_some(list(names))})" for (on, why), names in sorted(wide.items())]
    lines += _section("wider than what is deployed", rows)
    left: dict[str, dict[str, None]] = {}
    for one in found.left_out:
        left.setdefault(f"{one.why}", {}).setdefault(one.action)
    lines += _section(
        "left out, though a handler may call it", [f"{', '.join(actions)}: {why}" for why, actions in left.items()]
    )
    lines += _section(
        "not known what deploying it calls", [f"{kind}: {', '.join(names)}" for kind, names in found.unknown.items()]
    )
    lines.append(f"covers      {_told(found.covers, 'every need is allowed')}")
    lines.append(f"within      {_told(found.within, 'each action is allowed on nothing but what it is needed on')}")
    lines.append(
        f"size        {', '.join(f'{size(one):,}' for one in found.policies) or 0} characters (quota: 6,144 for a managed policy)"
    )
    return "\n".join([*lines, *(f"note        {text}" for text in found.notes)])


def _some(names: list[str]) -> str:
    return ", ".join(names[:3]) + (f" and {len(names) - 3} more" if len(names) > 3 else "")


def _section(title: str, rows: list[str]) -> list[str]:
    return [f"{title}:", *(f"  {row}" for row in rows), ""] if rows else []


def _told(answer: Any, yes: str) -> str:
    if answer.verdict == "witness":
        return f"not proved: {answer.request['action']} on {answer.request['resource']}"
    return f"unknown: {answer.reason}" if answer.verdict == "unknown" else f"proved: {yes}"


def _row(found: Deploying) -> dict[str, Any]:
    from fourfold.engines.iam.least.documents import answer_row, size

    return {
        "policies": list(found.policies),
        "verdict": answer_row(found.verdict),
        "covers": answer_row(found.covers),
        "within": answer_row(found.within),
        "needs": [
            {
                "action": n.action, "resource": n.resource, "conditions": {key: value for _, key, value in n.conditions},
                "for": n.address, "place": n.place, "operations": list(n.operations), "wide": n.wide or None,
            }
            for n in found.needs
        ],
        "left_out": [{"action": one.action, "for": one.address, "why": one.why} for one in found.left_out],
        "unknown": {kind: list(names) for kind, names in found.unknown.items()},
        "characters": [size(one) for one in found.policies],
        "notes": list(found.notes),
    }  # fmt: skip

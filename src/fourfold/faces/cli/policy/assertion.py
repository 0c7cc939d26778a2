"""`fourfold policy assert`: a pipeline's gate on what a policy may allow."""

from __future__ import annotations

import argparse
import json
from typing import TYPE_CHECKING, Any

from fourfold.errors import UsageError
from fourfold.faces.cli.output import write
from fourfold.faces.cli.policy import PROVED, SHOWN, UNKNOWN
from fourfold.faces.cli.policy.answers import Side, plain, reason, told
from fourfold.faces.cli.policy.documents import add_kind, document, kind_of

if TYPE_CHECKING:
    from fourfold.engines.exact.answer import Answer

EPILOG = """\
examples:
  fourfold policy assert role.json --no-access iam:PassRole,iam:CreateUser
  fourfold policy assert role.json --no-access 's3:Delete*' --resource 'arn:aws:s3:::ledger/*'
  fourfold policy assert bucket.json --no-public-access --trusted 111122223333 --trusted o-a1b2c3d4e5
  fourfold policy assert after.json --no-new-access before.json
  fourfold policy assert template.yaml#Policy --no-access 'iam:*' --format json

All assertions that are given must hold. The policy alone is asked, without the other policies that apply to a request.

exit status: 0 all assertions proved, 1 one is violated (with a request that shows it), 2 usage error or a policy that cannot
be read, 3 unknown
"""


def parser() -> argparse.ArgumentParser:
    """The options of `policy assert`."""
    out = argparse.ArgumentParser(
        prog="fourfold policy assert",
        description="Fail where a policy allows what it must not.",
        epilog=EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    out.add_argument("policy", metavar="POLICY", help="the policy that is asked about")
    out.add_argument("--no-access", action="append", default=[], metavar="ACTION[,ACTION]",
                     help="none of these actions is allowed to anybody; patterns are taken")  # fmt: skip
    out.add_argument("--resource", action="append", default=[], metavar="ARN",
                     help="only on these resources, of --no-access (default: any); patterns are taken")  # fmt: skip
    out.add_argument("--no-public-access", action="store_true",
                     help="nobody outside the zone of trust is allowed anything")  # fmt: skip
    out.add_argument("--trusted", action="append", default=[], metavar="ACCOUNT|ORG|VPC|VPCE",
                     help="whom the zone of trust consists of (default: whomever the policy names)")  # fmt: skip
    out.add_argument("--no-new-access", metavar="REFERENCE", help="nothing is allowed that this policy does not allow")
    add_kind(out)
    out.add_argument("--format", choices=["text", "json"], default="text", help="how to print (default: text)")
    return out


def run(arguments: list[str]) -> int:
    """Assert; returns the exit status."""
    options = parser().parse_args(arguments)
    if options.resource and not options.no_access:
        raise UsageError("`--resource` narrows `--no-access`; give both")
    if options.trusted and not options.no_public_access:
        raise UsageError("`--trusted` says who is not the public, for `--no-public-access`; give both")
    if not (options.no_access or options.no_public_access or options.no_new_access):
        raise UsageError("nothing is asserted: give --no-access, --no-public-access or --no-new-access")
    found = document(options.policy)
    other = document(options.no_new_access) if options.no_new_access else None
    kind = kind_of(options.kind, *([found] if other is None else [found, other]))
    side: Side = (found, found.policy(kind))
    rows = _rows(options, side, None if other is None else (other, other.policy(kind)))
    if options.format == "json":
        write(
            json.dumps({"policy": found.name, "kind": kind, "assertions": rows}, indent=2, ensure_ascii=False) + "\n",
            None,
        )
    else:
        write("\n".join(line for row in rows for line in _text(row)) + "\n", None)
    if found.data is None or (other is not None and other.data is None):
        return 2
    verdicts = {row["verdict"] for row in rows}
    return SHOWN if "witness" in verdicts else UNKNOWN if "unknown" in verdicts else PROVED


def _rows(options: argparse.Namespace, side: Side, other: Side | None) -> list[dict[str, Any]]:
    """The assertions with their answers."""
    from fourfold.engines.iam.assertions import no_access, no_public_access
    from fourfold.engines.iam.symbolic import no_new_access

    rows: list[dict[str, Any]] = []
    actions = [a.strip() for given in options.no_access for a in given.split(",") if a.strip()]
    try:
        if actions:
            answer = _sure(side, lambda: no_access(side[1], actions, options.resource or ["*"]))
            on = f" on {', '.join(options.resource)}" if options.resource else ""
            rows.append({"assertion": f"no access to {', '.join(actions)}{on}", **plain(answer, policy=side)})
        if options.no_public_access:
            answer = _sure(side, lambda: no_public_access(side[1], options.trusted or None))
            rows.append({"assertion": "no public access", **plain(answer, policy=side)})
    except ValueError as error:
        raise UsageError(str(error)) from None
    if other is not None:
        answer = _sure(other, lambda: _sure(side, lambda: no_new_access(other[1], side[1])))
        what = f"no access that {other[0].name} does not allow"
        rows.append({"assertion": what, **plain(answer, policy=side, reference=other)})
    return rows


def _sure(side: Side, ask: Any) -> Answer:
    from fourfold.engines.exact.answer import Unknown

    if why := reason(side[0]):
        return Unknown(why)
    answer: Answer = ask()
    return answer


def _text(row: dict[str, Any]) -> list[str]:
    if row["verdict"] == "proved":
        return [f"proved: {row['assertion']}"]
    if row["verdict"] == "unknown":
        return [f"unknown: {row['assertion']}: {row['reason']}"]
    return [f"violated: {row['assertion']}", *told(row)]

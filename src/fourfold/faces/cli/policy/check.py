"""`fourfold policy check`: what IAM rejects about policies, what in them never matches, what is redundant or risky."""

from __future__ import annotations

import argparse
import json
from typing import TYPE_CHECKING, Any

from fourfold.errors import UsageError
from fourfold.faces.cli.output import write
from fourfold.faces.cli.policy import PROVED, SHOWN, UNKNOWN
from fourfold.faces.cli.policy.documents import add_kind, document

if TYPE_CHECKING:
    from fourfold.engines.iam.validate.issues import Issue
    from fourfold.engines.iam.written import Written

LEVELS = ("error", "security_warning", "warning", "suggestion")

EPILOG = """\
examples:
  fourfold policy check policies/*.json
  fourfold policy check bucket.json --kind resource --resource-type AWS::S3::Bucket
  fourfold policy check template.yaml#RolePolicy --fail-on error
  fourfold policy check scp.json --kind scp --ignore MISSING_VERSION --format json

The checks are those that IAM Access Analyzer documents, under the same codes, and some more; docs/policy.md lists them.
What is not known to a table of facts may be newer than the table: `fourfold data` shows its day.

exit status: 0 nothing at or above --fail-on, 1 issues, 2 usage error or a policy that cannot be read, 3 with --strict
something is undecided
"""


def parser() -> argparse.ArgumentParser:
    """The options of `policy check`."""
    out = argparse.ArgumentParser(
        prog="fourfold policy check",
        description="Validate policies: what IAM rejects, what never matches, what is redundant or risky.",
        epilog=EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    out.add_argument("policies", nargs="+", metavar="POLICY", help="the policies to look at")
    add_kind(out)
    out.add_argument("--resource-type", default="", metavar="TYPE",
                     help="CloudFormation's type of what a resource policy is attached to, such as AWS::S3::Bucket")  # fmt: skip
    out.add_argument("--fail-on", choices=LEVELS, default="warning",
                     help="the mildest type of issue that makes the exit status 1 (default: warning)")  # fmt: skip
    out.add_argument("--ignore", action="append", default=[], metavar="CODE", help="do not tell issues of this code")
    out.add_argument("--strict", action="store_true", help="make the exit status 3 where something is undecided")
    out.add_argument("--format", choices=["text", "json"], default="text", help="how to print (default: text)")
    return out


def run(arguments: list[str]) -> int:
    """Check; returns the exit status."""
    from fourfold.engines.iam.validate import check
    from fourfold.engines.iam.validate.issues import CODES
    from fourfold.engines.iam.written import guess

    options = parser().parse_args(arguments)
    unknown = [code for code in options.ignore if code not in CODES]
    if unknown:
        raise UsageError(f"no code: `{unknown[0]}`; docs/policy.md lists them")
    if options.policies.count("-") > 1:
        raise UsageError("only one of the policies can come from standard input")
    found: list[tuple[Written, str, list[Issue]]] = []
    for argument in options.policies:
        one = document(argument)
        kind = options.kind or guess(one.data)
        issues = check(one, kind, resource_type=options.resource_type)
        found.append((one, kind, [i for i in issues if i.code not in options.ignore]))
    write((_json(found) if options.format == "json" else _text(found)) + "\n", None)
    if any(one.data is None and not one.unknown for one, _, _ in found):
        return 2
    told = {issue.type for _, _, issues in found for issue in issues}
    if told & set(LEVELS[: LEVELS.index(options.fail_on) + 1]):
        return SHOWN
    return UNKNOWN if options.strict and "undecided" in told else PROVED


def _text(found: list[tuple[Written, str, list[Issue]]]) -> str:
    lines: list[str] = []
    for one, kind, issues in found:
        for issue in issues:
            place = f"{issue.file}:{issue.line}:{issue.column}" if issue.line else issue.file or one.name
            lines.append(f"{place}: {issue.type.replace('_', ' ')} {issue.code}: {issue.message}")
        lines.append(f"{one.name}: {_summary(issues)}, as a policy of kind `{kind}`")
    return "\n".join(lines)


def _summary(issues: list[Issue]) -> str:
    counts = {name: sum(issue.type == name for issue in issues) for name in (*LEVELS, "undecided")}
    told = [
        f"{number} {name.replace('_', ' ')}{'s' if number > 1 and name != 'undecided' else ''}"
        for name, number in counts.items()
        if number
    ]
    return ", ".join(told) or "no issues"


def _json(found: list[tuple[Written, str, list[Issue]]]) -> str:
    rows = [
        {"policy": one.name, "kind": kind, "issues": [_row(issue) for issue in issues]} for one, kind, issues in found
    ]
    return json.dumps({"policies": rows}, indent=2, ensure_ascii=False)


def _row(issue: Issue) -> dict[str, Any]:
    return {
        "code": issue.code, "type": issue.type, "message": issue.message, "path": list(issue.path), "where": issue.where,
        "basis": issue.basis, "file": issue.file or None, "line": issue.line or None, "column": issue.column or None,
        "documentation": issue.documentation or None,
    }  # fmt: skip

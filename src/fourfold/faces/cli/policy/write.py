"""`fourfold policy write`: the least that a workload needs to be allowed."""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

from fourfold.errors import NothingToReadError, UsageError
from fourfold.faces.cli.policy import PROVED, SHOWN, UNKNOWN

if TYPE_CHECKING:
    from fourfold.engines.exact.answer import Answer
    from fourfold.engines.iam.write import Policy
    from fourfold.engines.iam.write.needs import Need
    from fourfold.model.graph import Graph
    from fourfold.model.nodes import Function
    from fourfold.sources.handler import SdkCall

EPILOG = """\
examples:
  fourfold policy write --for OrdersFunction
  fourfold policy write --for OrdersFunction infra --format cloudformation > policy.yaml
  fourfold policy write --for aws_lambda_function.orders --format terraform
  fourfold policy write --for OrdersFunction --records cloudtrail.json.gz --records last-accessed.json
  fourfold policy write --deploy template.yaml --stack orders

The code of a function (Python; JavaScript and TypeScript with `pip install 'fourfold[javascript]'`) is followed from its
handler without being executed; environment variables lead through the template to the resources they name. What a template
needs beside (logs, event sources, destinations, networks, tracing) is added, and what access records show: CloudTrail's log
files, or what `aws iam get-service-last-accessed-details --granularity ACTION_LEVEL` prints.

The policy is proved: each call is allowed by it, and it is compared with what the function's role allows now.

exit status: 0 written and proved, 1 something is used that is not allowed now, 2 usage error or nothing to read, 3 the code
is not read, or does something that cannot be told without running it
"""

RECORD_BYTES_MAX = 512 * 1024 * 1024


def parser() -> argparse.ArgumentParser:
    """The options of `policy write`."""
    out = argparse.ArgumentParser(
        prog="fourfold policy write",
        description="Write the least that a workload needs to be allowed, from its code, its template and access records.",
        epilog=EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    out.add_argument("path", nargs="?", default=".", metavar="PATH", help="the folder or file (default: this folder)")
    out.add_argument(
        "--for", dest="workload", metavar="WORKLOAD", required=True, help="the function, by its logical id or name"
    )
    out.add_argument("--deploy", action="store_true",
                     help="write what the role needs that deploys PATH; `--deploy --help` lists its options")  # fmt: skip
    out.add_argument("--format", choices=["text", "json", "cloudformation", "terraform"], default="text",
                     help="a report, everything as JSON, or the policy alone in a template's language (default: text)")  # fmt: skip
    out.add_argument("--records", metavar="FILE", action="append", default=[],
                     help="access records: CloudTrail log files or access advisor JSON; may be given more than once")  # fmt: skip
    return out


def run(arguments: list[str]) -> int:
    """Write; returns the exit status."""
    if "--deploy" in arguments:
        from fourfold.faces.cli.policy import deploy

        return deploy.run([one for one in arguments if one != "--deploy"])
    options = parser().parse_args(arguments)
    from fourfold.engines.iam.write import write
    from fourfold.linking import link
    from fourfold.pipeline import read
    from fourfold.sources.tree import Tree

    root = Path(options.path)
    if not root.exists():
        raise NothingToReadError(f"`{options.path}` does not exist")
    tree = Tree(root)
    graph = link(read(tree)[0])
    function = _chosen(graph, options.workload, options.path)
    found = write(graph, tree, function, _records(options.records))
    print(_OUTPUTS[options.format](graph, found), end="")
    if found.missing:
        return SHOWN
    return UNKNOWN if found.unobserved or found.problems or found.covers.verdict != "proved" else PROVED


def _chosen(graph: Graph, name: str, path: str) -> Function:
    from fourfold.engines.iam.write import functions

    known = functions(graph)
    ways: tuple[Callable[[Function], tuple[str, ...]], ...] = (
        lambda f: (f.resource.key, f.name),
        lambda f: (_named(f), f.name.rpartition(".")[2]),
        lambda f: (f.name.lower(), _named(f).lower(), f.name.rpartition(".")[2].lower()),
    )
    for at, names in enumerate(ways):
        found = [f for f in known if (name.lower() if at == 2 else name) in names(f)]
        if len(found) == 1:
            return found[0]
        if found:
            some = ", ".join(f"`{f.resource.key}`" for f in found[:10])
            raise UsageError(f"`{name}` is more than one function: {some}; give one of these")
    if not known:
        raise NothingToReadError(f"`{path}` declares no function; a policy is written for a Lambda function")
    some = ", ".join(f.name for f in known[:20])
    raise UsageError(f"`{path}` declares no function `{name}`; there are {some}")


def _named(function: Function) -> str:
    return str(function.resource.get("FunctionName").plain() or "")


def _records(files: list[str]) -> list[tuple[str, bytes]]:
    data: list[tuple[str, bytes]] = []
    for name in files:
        path = Path(name)
        for one in sorted(p for p in path.rglob("*.json*") if p.is_file()) if path.is_dir() else [path]:
            try:
                if one.stat().st_size > RECORD_BYTES_MAX:
                    raise UsageError(f"`{one}` is larger than {RECORD_BYTES_MAX >> 20} MiB; give a part of it")
                data.append((str(one), one.read_bytes()))
            except OSError as error:
                raise NothingToReadError(f"`{one}` cannot be read: {(error.strerror or 'error').lower()}") from error
    return data


# -- outputs ---------------------------------------------------------------------------------------------------------------


def _language(found: Policy) -> str:
    kind = found.function.resource.format
    return "terraform" if kind in ("terraform", "plan", "tfstate") else "cloudformation"


def _policy_text(graph: Graph, found: Policy, language: str) -> str:
    from fourfold.engines.iam.write.render import CloudFormation, Terraform

    many = len(found.parts) > 1
    if language == "terraform":
        name = found.function.name.rpartition(".")[2].split("[")[0]
        terraform = Terraform(graph, found.names)
        texts = [terraform.document(part, f"{name}_{n}" if many else name) for n, part in enumerate(found.parts, 1)]
        return terraform.head() + "\n".join(texts)
    template = CloudFormation(graph, found.names, found.function.resource.file)
    return "---\n".join(template.yaml(part) for part in found.parts)


def _text(graph: Graph, found: Policy) -> str:
    """The report."""
    role = found.role.name if found.role is not None else "not part of what was read"
    read = found.program is not None and found.program.entry is not None
    without = "" if read else ", without what its code needs"
    lines = [f"{found.function.name}: what it needs to be allowed{without}", ""]
    lines += ["  " + line if line else "" for line in _policy_text(graph, found, _language(found)).splitlines()]
    lines.append("")
    lines += _section("used, and not allowed now", [_need(n, found) for n in found.missing])
    lines += _section("used, and whether it is allowed now cannot be told", [_need(n, found) for n in found.untold])
    unsure = " (but see what is not observable)" if found.unobserved or found.problems else ""
    lines += _section(f"allowed now, and not used{unsure}", _unused(found))
    lines += _section(
        "not observable", [*found.unobserved, *(f"{p.file}:{p.line}: {p.reason}" for p in found.problems)]
    )
    lines += _section("calls in code that the handler does not reach, left out", _calls(found.unreached))
    lines += _section("calls with other credentials, left out", _calls(found.elsewhere))
    lines += [f"role        {role}"]
    lines += [f"covers      {_told(found.covers, 'every use is allowed by the policy', 'a use is not allowed')}"]
    lines += [
        f"narrower    {_told(found.narrower, 'it allows nothing that the role does not allow now', 'it allows more than the role does now')}"
    ]
    size = f"{found.characters:,} characters"
    parts = f"; too large for one, so it is {len(found.parts)} managed policies" if len(found.parts) > 1 else ""
    lines += [
        f"size        {size} (quotas: 6,144 for a managed policy, 10,240 for all inline policies of a role){parts}"
    ]
    lines += [f"note        {note}" for note in found.notes]
    return "\n".join(lines) + "\n"


def _section(title: str, rows: list[str]) -> list[str]:
    return [f"{title}:", *(f"  {row}" for row in rows), ""] if rows else []


def _need(need: Need, found: Policy) -> str:
    place = f"  {need.reason.place}" if need.reason.place else ""
    wide = f" ({need.wide})" if need.wide else ""
    return f"{need.action} on {found.names.text(need.resource)}{wide}: {need.reason.text}{place}"


def _unused(found: Policy) -> list[str]:
    out = []
    for one in found.unused:
        used = f", of which {', '.join(one.used)} {'is' if len(one.used) == 1 else 'are'} used" if one.used else ""
        many = f" ({one.of} actions{used})" if one.of > 1 else ""
        place = f"  {one.span.file}:{one.span.line}" if one.span is not None and one.span.file else ""
        out.append(f"{one.action}{many}, by `{one.policy}`{place}")
    return out


def _calls(calls: tuple[SdkCall, ...]) -> list[str]:
    return [f"{c.client}:{c.operation}  {c.span.file}:{c.span.line}" for c in calls]


def _told(answer: Answer, yes: str, no: str) -> str:
    from fourfold.engines.exact.answer import Unknown, Witness

    if isinstance(answer, Witness):
        asked = answer.request
        return f"{no}: {asked['action']} on {asked['resource']}"
    return f"unknown: {answer.reason}" if isinstance(answer, Unknown) else f"proved: {yes}"


def _json(graph: Graph, found: Policy) -> str:
    """Everything, in a stable form."""
    from fourfold.engines.iam.write.render import CloudFormation, as_json

    names = found.names
    template = CloudFormation(graph, names, found.function.resource.file)
    row = {
        "workload": found.function.resource.key,
        "role": found.role.name if found.role is not None else None,
        "policy": as_json(found.statements, names),
        "cloudformation": template.document(found.statements) if _language(found) == "cloudformation" else None,
        "terraform": _policy_text(graph, found, "terraform") if _language(found) == "terraform" else None,
        "used": [_row(n, found) for s in found.statements for n in s.needs],
        "missing": [_row(n, found) for n in found.missing],
        "untold": [_row(n, found) for n in found.untold],
        "unused": [
            {"action": u.action, "policy": u.policy, "statement": u.statement, "used": list(u.used), "actions": u.of}
            for u in found.unused
        ],
        "unseen": list(found.unseen),
        "unobserved": list(found.unobserved),
        "problems": [{"file": p.file, "line": p.line, "reason": p.reason} for p in found.problems],
        "unreached": _calls(found.unreached),
        "other_credentials": _calls(found.elsewhere),
        "covers": _answer(found.covers),
        "narrower": _answer(found.narrower),
        "characters": found.characters,
        "managed_policies": [as_json(part, names) for part in found.parts] if len(found.parts) > 1 else [],
        "notes": list(found.notes),
    }
    return json.dumps(row, indent=2, ensure_ascii=False) + "\n"


def _row(need: Need, found: Policy) -> dict[str, Any]:
    out: dict[str, Any] = {"action": need.action, "resource": found.names.text(need.resource)}
    if need.limits:
        out["conditions"] = {limit.key: found.names.text(limit.value) for limit in need.limits}
    span = need.reason.span
    out |= {"why": need.reason.text, "origin": need.reason.origin}
    if span is not None and span.file:
        out |= {"file": span.file, "line": span.line}
    return out | ({"wide": need.wide} if need.wide else {})


def _answer(answer: Answer) -> dict[str, Any]:
    out: dict[str, Any] = {"verdict": answer.verdict}
    if answer.verdict == "witness":
        out |= {"request": answer.request, "trace": list(answer.trace)}
    elif answer.verdict == "unknown":
        out["reason"] = answer.reason
    return out


def _alone(language: str) -> Any:
    def output(graph: Graph, found: Policy) -> str:
        for note in (*found.unobserved, *(f"{p.file}:{p.line}: {p.reason}" for p in found.problems)):
            print(f"fourfold: not observable: {note}", file=sys.stderr)
        return _policy_text(graph, found, language)

    return output


_OUTPUTS = {"text": _text, "json": _json, "cloudformation": _alone("cloudformation"), "terraform": _alone("terraform")}

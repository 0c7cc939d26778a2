"""`fourfold policy shrink`: a policy reduced to what it has to allow, with the proof."""

from __future__ import annotations

import argparse
import json
import re
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import msgspec

from fourfold.errors import NothingToReadError, UsageError
from fourfold.faces.cli.policy import PROVED, SHOWN, UNKNOWN
from fourfold.faces.cli.policy.documents import document
from fourfold.faces.cli.policy.scanned import scanned

if TYPE_CHECKING:
    from fourfold.engines.iam.estate import Estate, Principal
    from fourfold.engines.iam.least.documents import Present
    from fourfold.engines.iam.least.shrink import Shrunk, Use
    from fourfold.engines.iam.least.uses import Used
    from fourfold.engines.iam.names import Names
    from fourfold.model.graph import Graph
    from fourfold.model.value import Value
    from fourfold.sources.tree import Tree

EPILOG = """\
examples:
  fourfold policy shrink policy.json
  fourfold policy shrink policy.json --used s3:GetObject=arn:aws:s3:::in/* --used sqs:SendMessage
  fourfold policy shrink policy.json --records cloudtrail.json.gz
  fourfold policy shrink template.yaml#OrdersFunctionRole --format cloudformation
  fourfold policy shrink infra/main.tf#aws_iam_role.orders infra

Without uses the policy is said with less: statements, actions and resources that others say, or that allow nothing, are
dropped, and it is proved that the rest allows and denies the same. With uses it is narrowed to them; conditions and denies
stay. Uses come from --used, from access records, and for a role of a template from the code of the functions that run as it.

exit status: 0 shrunk and proved, 1 something is used that the policy does not allow, or the result is not within the policy,
2 usage error or nothing to read, 3 unknown: a policy or code that is not known as a whole
"""
_PLACE = re.compile(r"(?P<file>.+)#(?P<name>[^#]+)", re.DOTALL)


def parser() -> argparse.ArgumentParser:
    """The options of `policy shrink`."""
    out = argparse.ArgumentParser(
        prog="fourfold policy shrink",
        description="Drop what a policy says twice or in vain, narrow it to what is used, and prove it.",
        epilog=EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    out.add_argument(
        "policy", metavar="POLICY", help="a JSON file, `-`, or a role or policy: `template.yaml#LogicalId`"
    )
    out.add_argument("path", nargs="?", metavar="PATH", help="the folder that a template belongs to (default: its own)")
    out.add_argument("--used", metavar="ACTION[=ARN]", action="append", default=[],
                     help="something that is used; patterns are taken; may be given more than once")  # fmt: skip
    out.add_argument("--records", metavar="FILE", action="append", default=[],
                     help="access records: CloudTrail log files or access advisor JSON; may be given more than once")  # fmt: skip
    out.add_argument("--no-code", action="store_true", help="leave the code of functions aside")
    out.add_argument("--format", choices=["text", "json", "cloudformation", "terraform"], default="text",
                     help="a report, everything as JSON, or the policy alone in a template's language (default: text)")  # fmt: skip
    return out


class _Subject(msgspec.Struct, kw_only=True, eq=False):
    """What is shrunk."""

    name: str
    present: Present
    role: Principal | None = None
    graph: Graph | None = None
    tree: Tree | None = None
    names: Names | None = None
    format: str = ""
    file: str = ""


def run(arguments: list[str]) -> int:
    """Shrink; returns the exit status."""
    options = parser().parse_args(arguments)
    from fourfold.engines.iam.least.shrink import shrink

    subject = _subject(options)
    used = _used(options, subject)
    if subject.present.unknown:
        print(f"unknown: `{subject.name}` is not known as a whole: {subject.present.unknown}")
        return UNKNOWN
    found = shrink(subject.present.data, used.uses)
    values = {**subject.present.values, **used.values}
    if options.format == "json":
        print(json.dumps(_row(subject, found, used), indent=2, ensure_ascii=False))
    elif options.format == "text":
        print(_text(subject, found, used, values))
    else:
        print(_policy(subject, found.document, values, options.format), end="")
    verdicts = {found.within.verdict, found.covers.verdict}
    if "witness" in verdicts or found.missing:
        return SHOWN
    return UNKNOWN if "unknown" in verdicts or (used.uses is not None and used.untold) else PROVED


# -- what is asked about ---------------------------------------------------------------------------------------------------


def _subject(options: argparse.Namespace) -> _Subject:
    place = None if Path(options.policy).is_file() else _PLACE.fullmatch(options.policy)
    if place is not None and Path(place["file"]).is_file():
        return _of_template(Path(place["file"]), place["name"], options.path)
    from fourfold.engines.iam.least.documents import Present

    written = document(options.policy)
    found = written.policy("identity")
    if written.data is None or not isinstance(written.data, dict):
        raise UsageError(f"`{options.policy}` is no policy: {found.problems[0] if found.problems else 'it is empty'}")
    unknown = written.unknown or (f"IAM rejects it: {found.problems[0]}" if found.problems else "")
    return _Subject(name=written.name, present=Present(data=written.data, unknown=unknown))


def _of_template(file: Path, name: str, path: str | None) -> _Subject:
    from fourfold.engines.iam.estate_graph import grounding
    from fourfold.engines.iam.least.documents import of_role

    root = Path(path) if path else file.parent
    graph, tree = scanned(str(root))
    try:
        inside = file.resolve().relative_to(root.resolve() if root.is_dir() else root.resolve().parent).as_posix()
    except ValueError:
        raise UsageError(f"`{file}` is not in `{root}`") from None
    names, estate = graph.derived(grounding)
    role = _role(estate, inside, name)
    if role is not None and role.node is not None:
        return _Subject(
            name=f"{inside}#{name}", present=of_role(role, names), role=role, graph=graph, tree=tree, names=names,
            format=role.node.resource.format, file=inside,
        )  # fmt: skip
    return _policy_of(graph, names, inside, name)


def _role(estate: Estate, file: str, name: str) -> Principal | None:
    found = [
        p
        for p in estate.principals
        if p.node is not None
        and p.node.resource.file == file
        and name in (p.node.resource.address, p.name, p.node.resource.address.rpartition(".")[2])
    ]
    if len({p.arn for p in found}) > 1:
        raise UsageError(f"`{name}` is more than one role of `{file}`: its name depends on conditions")
    return found[0] if found else None


def _policy_of(graph: Graph, names: Names, file: str, name: str) -> _Subject:
    from fourfold.engines.iam.ground import ground
    from fourfold.engines.iam.least.documents import present
    from fourfold.model.nodes import Policy

    here = [p for p in graph.of(Policy) if p.resource.file == file and p.kind in ("identity", "boundary", "unknown")]
    found = [p for p in here if name in (p.resource.address, p.name, f"{p.resource.address}/{p.part}")]
    if len(found) != 1:
        some = ", ".join(sorted({p.resource.address for p in found or here})[:20])
        raise UsageError(
            f"{len(found) or 'no'} roles or identity policies at `{name}` of `{file}`; there are {some or 'none'}"
        )
    node = found[0]
    return _Subject(
        name=f"{file}#{name}", present=present([ground(names, node, "identity")], names, [node]), graph=graph, names=names,
        format=node.resource.format, file=file,
    )  # fmt: skip


def _used(options: argparse.Namespace, subject: _Subject) -> Used:
    """What is used, of all that says it."""
    from fourfold.engines.iam.least.uses import Used, of_code, of_records, said
    from fourfold.engines.iam.write.records import read
    from fourfold.faces.cli.policy.write import _records

    try:
        uses: list[Use] = [said(text) for text in options.used]
    except ValueError as error:
        raise UsageError(str(error)) from None
    notes: list[str] = []
    records = _records(options.records)
    found = Used()
    if subject.role is not None and not options.no_code and subject.graph is not None and subject.tree is not None:
        found = of_code(subject.graph, subject.tree, subject.role, records)
    if records and found.uses is None:
        shown = read(records, subject.role.arn.rpartition("/")[2] if subject.role is not None else "")
        if shown.problems:
            raise NothingToReadError(f"`{shown.problems[0].file}` {shown.problems[0].reason}")
        uses += of_records(shown)
        notes.append("what is done with data (objects, items, messages) is in the records only where a trail logs it")
    together = (*uses, *(found.uses or ()))
    given = bool(together) or bool(options.records)
    return msgspec.structs.replace(found, uses=together if given else None, notes=(*found.notes, *notes))


# -- outputs ---------------------------------------------------------------------------------------------------------------


def _policy(subject: _Subject, data: dict[str, Any], values: Mapping[str, Value], language: str) -> str:
    from fourfold.engines.iam.least.render import Yaml, terraform_document
    from fourfold.engines.iam.write.render import CloudFormation, Terraform

    if language == "terraform":
        terraform = Terraform(subject.graph, subject.names) if subject.graph is not None and subject.names else None
        name = re.sub(r"\W", "_", _label(subject.name)) or "policy"
        body = terraform_document(terraform, values, data, name)
        return (terraform.head() if terraform is not None else "") + body
    template = CloudFormation(subject.graph, subject.names, subject.file) if subject.graph and subject.names else None
    return Yaml(template, values).document(data)


def _label(name: str) -> str:
    file, mark, address = name.rpartition("#")
    return address.rpartition(".")[2] if mark and file else Path(name).stem


def _text(subject: _Subject, found: Shrunk, used: Used, values: Mapping[str, Value]) -> str:
    from fourfold.engines.iam.least.render import language

    if subject.graph is None:
        policy = json.dumps(found.document, indent=2, ensure_ascii=False)
    else:
        policy = _policy(subject, found.document, values, language(subject.format))
    lines = [f"{subject.name}:", "", *("  " + line if line else "" for line in policy.splitlines()), ""]
    if found.dropped:
        lines += [
            "dropped:",
            *(f"  {d.what}{'' if d.what == d.where else f' of {d.where}'}: {d.why}" for d in found.dropped),
            "",
        ]
    if found.missing:
        lines += [
            "used, and not allowed by the policy:",
            *(f"  {u.action} on {', '.join(u.resources)}{f': {u.why}' if u.why else ''}" for u in found.missing),
            "",
        ]
    if used.untold:
        title = "may be used, too" if used.uses is not None else "not narrowed to what is used, because"
        lines += [f"{title}:", *(f"  {text}" for text in used.untold), ""]
    what = "everything that is used" if used.uses is not None else "everything that the policy allows"
    lines.append(f"within      {_told(found.within, 'it allows nothing that the policy does not allow')}")
    lines.append(f"covers      {_told(found.covers, f'it allows {what}')}")
    lines.append(f"size        {found.after:,} characters, of {found.before:,}{_over(found.after)}")
    lines += [f"note        {text}" for text in (*found.notes, *used.notes)]
    return "\n".join(lines)


def _over(characters: int) -> str:
    from fourfold.engines.iam.least.documents import QUOTAS

    over = [f"{limit:,} of a {kind}" for kind, limit in QUOTAS.items() if characters > limit]
    return f"; over the quotas of {' and '.join(over)}" if over else ""


def _told(answer: Any, yes: str) -> str:
    if answer.verdict == "witness":
        return f"not proved: {answer.request['action']} on {answer.request['resource']}"
    return f"unknown: {answer.reason}" if answer.verdict == "unknown" else f"proved: {yes}"


def _row(subject: _Subject, found: Shrunk, used: Used) -> dict[str, Any]:
    from fourfold.engines.iam.least.documents import QUOTAS, answer_row

    return {
        "policy": subject.name,
        "document": found.document,
        "dropped": [{"what": d.what, "where": d.where, "why": d.why} for d in found.dropped],
        "used": None
        if used.uses is None
        else [{"action": u.action, "resources": list(u.resources), "why": u.why} for u in used.uses],
        "missing": [{"action": u.action, "resources": list(u.resources), "why": u.why} for u in found.missing],
        "untold": list(used.untold),
        "within": answer_row(found.within),
        "covers": answer_row(found.covers),
        "characters": {"before": found.before, "after": found.after},
        "fits": {kind: found.after <= limit for kind, limit in QUOTAS.items()},
        "notes": [*found.notes, *used.notes],
    }

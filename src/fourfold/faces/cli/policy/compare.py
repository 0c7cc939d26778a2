"""`fourfold policy compare`: does a policy allow anything that another does not?"""

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
  fourfold policy compare before.json after.json
  fourfold policy compare template.yaml#OldPolicy template.yaml#NewPolicy --format json
  git show main:policy.json | fourfold policy compare - policy.json
  fourfold policy compare --batch questions.jsonl > answers.jsonl

The answer is one of: equivalent, narrower (the candidate allows strictly less), broader (it allows all that the reference
does, and more), overlaps (each allows what the other does not), disjoint (no request is allowed by both), unknown.

A line of a batch is an object with `reference` and `candidate` (documents, or JSON texts of documents) and, as wanted,
`kind` (default identity), `question` (no_new_access, which is the default, equivalent or disjoint) and `id`. Each line is
answered by one: `line`, `id`, `question`, `verdict` (proved, witness, unknown, or error for a line that is no question),
`request`, `deciding`, `trace`, `reason`.

exit status: 0 no new access (batch: all proved), 1 new access with a witness (batch: some), 2 usage error or a policy that
cannot be read (batch: some line is no question), 3 unknown (batch: some, and no witness)
"""

RELATIONS = {
    "equivalent": "equivalent: both policies allow the same requests",
    "narrower": "no new access: the candidate allows strictly less than the reference",
    "broader": "new access: the candidate allows all that the reference allows, and more",
    "overlaps": "new access: each policy allows what the other does not",
    "disjoint": "new access: no request is allowed by both policies",
}


def parser() -> argparse.ArgumentParser:
    """The options of `policy compare`."""
    out = argparse.ArgumentParser(
        prog="fourfold policy compare",
        description="Say whether a candidate allows anything that a reference does not, and show a request that tells.",
        epilog=EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    out.add_argument("reference", nargs="?", metavar="REFERENCE", help="the policy to compare with")
    out.add_argument("candidate", nargs="?", metavar="CANDIDATE", help="the policy that is asked about")
    add_kind(out)
    out.add_argument("--format", choices=["text", "json"], default="text", help="how to print (default: text)")
    out.add_argument("--batch", metavar="FILE", help="answer each line of a file (`-`: standard input) with a line")
    return out


def run(arguments: list[str]) -> int:
    """Compare; returns the exit status."""
    options = parser().parse_args(arguments)
    if options.batch is not None:
        if options.reference is not None:
            raise UsageError("`--batch` takes its policies from the file: give either a file or two policies")
        from fourfold.faces.cli.policy.batch import answer_all

        return answer_all(options.batch, options.kind)
    if options.candidate is None:
        raise UsageError("two policies are compared: `fourfold policy compare REFERENCE CANDIDATE`")
    if options.reference == options.candidate == "-":
        raise UsageError("only one of the policies can come from standard input")
    found = [document(options.reference), document(options.candidate)]
    kind = kind_of(options.kind, *found)
    reference, candidate = ((one, one.policy(kind)) for one in found)
    row = compared(reference, candidate) | {"kind": kind}
    write((json.dumps(row, indent=2, ensure_ascii=False) if options.format == "json" else _text(row)) + "\n", None)
    if any(not policy.statements and one.data is None for one, policy in (reference, candidate)):
        return 2
    return {"proved": PROVED, "witness": SHOWN}.get(row["no_new_access"]["verdict"], UNKNOWN)


def compared(reference: Side, candidate: Side) -> dict[str, Any]:
    """`{relation, no_new_access, no_lost_access, overlap}`: the last two only as far as they tell more."""
    new = ask("no_new_access", reference, candidate)
    lost = ask("no_new_access", candidate, reference)
    relation = {
        ("proved", "proved"): "equivalent",
        ("proved", "witness"): "narrower",
        ("witness", "proved"): "broader",
    }.get((new.verdict, lost.verdict), "unknown")
    out: dict[str, Any] = {
        "no_new_access": plain(new, candidate=candidate, reference=reference),
        "no_lost_access": plain(lost, candidate=candidate, reference=reference),
    }
    if new.verdict == lost.verdict == "witness":
        both = ask("disjoint", reference, candidate)
        out["overlap"] = plain(both, candidate=candidate, reference=reference)
        relation = {"proved": "disjoint", "witness": "overlaps"}.get(both.verdict, "unknown")
    return {"relation": relation, **out}


def ask(question: str, reference: Side, candidate: Side) -> Answer:
    """The answer to one question about two documents."""
    from fourfold.engines.exact.answer import Unknown
    from fourfold.engines.iam import symbolic

    for written, _ in (reference, candidate):
        if why := reason(written):
            return Unknown(why)
    asked = {"no_new_access": symbolic.no_new_access, "equivalent": symbolic.equivalent, "disjoint": symbolic.disjoint}
    return asked[question](reference[1], candidate[1])


def _text(row: dict[str, Any]) -> str:
    new, lost = row["no_new_access"], row["no_lost_access"]
    if new["verdict"] == "unknown":
        return f"unknown: {new['reason']}"
    said = RELATIONS.get(row["relation"])
    if said is None:
        what = "no new access" if new["verdict"] == "proved" else "new access"
        open_ = lost if lost["verdict"] == "unknown" else row["overlap"]
        said = f"{what}; whether it allows less is unknown: {open_['reason']}"
    lines = [said]
    if new["verdict"] == "witness":
        lines += ["", "allowed by the candidate only, for example", *told(new)]
    if lost["verdict"] == "witness":
        lines += ["", "allowed by the reference only, for example", *told(lost)]
    return "\n".join(lines)

"""`fourfold net`: what reaches what, and why."""

from __future__ import annotations

import argparse
import sys
from typing import TYPE_CHECKING

from fourfold.errors import UsageError
from fourfold.faces.cli import FINDINGS, OK
from fourfold.faces.cli.output import write

if TYPE_CHECKING:
    from fourfold.network import Pair, Reach, Why

EPILOG = """\
examples:
  fourfold net pairs manifests/                            everything that is allowed
  fourfold net pairs manifests/ --from shop/web            what one workload may send
  fourfold net reach web db manifests/ --port 5432         whether one reaches the other
  fourfold net why web db manifests/ --port 5432           and which rules decide it
  fourfold net diff old/ new/                              what a change opens and closes
  fourfold net pairs manifests/ --profile cilium           as a network plugin enforces it

A side is a workload (`shop/web[Deployment]`, or as much of it as tells: `shop/web`, `web`), an address, a CIDR block, or
`internet`.
exit status: `reach` and `why` 0 allowed, 1 denied, 3 depends on what is not known; `diff` 0 nothing new is allowed, 1
something is; 2 usage error or nothing to read
"""
DEPENDS = 3


def parser() -> argparse.ArgumentParser:
    """The options of `net` and its questions."""
    out = argparse.ArgumentParser(
        prog="fourfold net",
        description="Decide what reaches what: exactly, for all packets at once.",
        epilog=EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    questions = out.add_subparsers(dest="question", required=True, metavar="QUESTION")
    pairs = questions.add_parser("pairs", help="the whole relation: who may send what to whom")
    pairs.add_argument("path", nargs="?", default=".", metavar="PATH", help="a folder or file (default: this folder)")
    pairs.add_argument("--from", dest="sources", default="", metavar="A", help="only what this one may send")
    pairs.add_argument("--to", dest="destinations", default="", metavar="B", help="only what may be sent to this one")
    for name, what in (("reach", "whether A reaches B"), ("why", "which rules let A reach B, or would have to change")):
        one = questions.add_parser(name, help=what)
        one.add_argument("src", metavar="A")
        one.add_argument("dst", metavar="B")
        one.add_argument("path", nargs="?", default=".", metavar="PATH")
        one.add_argument("--port", metavar="[PROTOCOL/]PORT", help="`443`, `udp/53` (default: all ports of TCP)")
    diff = questions.add_parser("diff", help="what a change opens and closes")
    diff.add_argument("old", metavar="OLD")
    diff.add_argument("new", metavar="NEW")
    for each in questions.choices.values():
        each.add_argument("--format", choices=("text", "json"), default="text")
        each.add_argument("--ip-block-matches-pods", action=argparse.BooleanOptionalAction, default=None,
                          help="whether an ipBlock takes in addresses of pods (default: as the profile has it)")  # fmt: skip
        each.add_argument("--network", metavar="NAME", help="only this one of several: an overlay, a file")
        each.add_argument("--profile", choices=("spec", "vpc-cni", "cilium", "calico"), default="spec",
                          help="the network plugin, where the specification leaves something open (default: spec)")  # fmt: skip
    return out


def run(arguments: list[str]) -> int:
    """Answer; returns the exit status."""
    options = parser().parse_args(arguments)
    from fourfold.network import Reach, UnknownEndError

    def reach(path: str) -> Reach:
        found = Reach(path, profile=options.profile, ip_block_matches_pods=options.ip_block_matches_pods)
        for problem in found.problems:
            print(f"fourfold: {problem.file}:{problem.line}: {problem.reason}", file=sys.stderr)
        if not found.networks:
            raise UsageError(f"`{path}` declares nothing with a place in a network")
        if options.network is not None:
            found.networks = found.only(options.network).networks
        return found

    json = options.format == "json"
    try:
        if options.question == "pairs":
            found = reach(options.path).pairs(sources=options.sources, destinations=options.destinations)
            write(_json({"pairs": [_plain(p) for p in found]}) if json else _table(found), None)
            return OK
        if options.question == "diff":
            new, gone = reach(options.old).diff(reach(options.new))
            plain = {"new": [_plain(p) for p in new], "gone": [_plain(p) for p in gone]}
            write(_json(plain) if json else _changes(new, gone), None)
            return FINDINGS if new else OK
        protocol, port = _port(options.port)
        why = reach(options.path).why(options.src, options.dst, protocol, port)
    except UnknownEndError as error:
        raise UsageError(str(error)) from None
    write(_json(_whole(why)) if json else _sentence(options, why, full=options.question == "why"), None)
    return {"allowed": OK, "denied": FINDINGS, "depends": DEPENDS}[why.verdict]


def _port(text: str | None) -> tuple[str, int | None]:
    if text is None:
        return "TCP", None
    protocol, _, number = text.rpartition("/")
    if not number.isdigit() or not 0 < int(number) < 65536:
        raise UsageError(f"`{text}` is no port: write `443` or `udp/53`")
    return protocol.upper() or "TCP", int(number)


def _json(data: object) -> str:
    import json

    return json.dumps(data, indent=2) + "\n"


def _plain(pair: Pair) -> dict[str, str]:
    out = {"src": pair.src, "dst": pair.dst, "protocol": pair.protocol, "ports": pair.ports, "verdict": pair.verdict}
    return {**out, "network": pair.network} if pair.network else out


def _whole(why: Why) -> dict[str, object]:
    return {
        "verdict": why.verdict,
        "steps": [
            {
                "filter": step.filter,
                "verdict": step.verdict,
                "reasons": [
                    {"text": r.text, **({"file": r.span.file, "line": r.span.line} if r.span else {})}
                    for r in step.reasons
                ],
            }
            for step in why.steps
        ],
    }


def _table(pairs: list[Pair]) -> str:
    rows: dict[tuple[str, str, str, str], list[str]] = {}
    for p in pairs:
        rows.setdefault((p.network, p.src, p.dst, p.verdict), []).append(f"{p.protocol} {p.ports}")
    lines = [
        f"{network + ': ' if network else ''}{src} -> {dst} : {', '.join(_short(texts))}"
        + (" (depends)" if verdict == "depends" else "")
        for (network, src, dst, verdict), texts in rows.items()
    ]
    return "\n".join(lines) + "\n" if lines else "nothing is allowed\n"


def _short(texts: list[str]) -> list[str]:
    return ["all"] if len(texts) == 3 and all(t.endswith(" 1-65535") for t in texts) else texts


def _changes(new: list[Pair], gone: list[Pair]) -> str:
    lines = [
        f"{sign} {p.src} -> {p.dst} : {p.protocol} {p.ports}{' (depends)' if p.verdict == 'depends' else ''}"
        for sign, found in (("+", new), ("-", gone))
        for p in found
    ]
    return "\n".join(lines) + "\n" if lines else "the same is allowed\n"


def _sentence(options: argparse.Namespace, why: Why, *, full: bool) -> str:
    what = options.port or "all ports of TCP"
    words = {"allowed": "reaches", "denied": "does not reach", "depends": "may reach"}
    lines = [f"{options.src} {words[why.verdict]} {options.dst} on {what}"]
    for step in why.steps if full else ():
        lines.append(f"  {step.filter}: {step.verdict}")
        lines += [f"    {r.text}" + (f" ({r.span.file}:{r.span.line})" if r.span else "") for r in step.reasons]
    return "\n".join(lines) + "\n"

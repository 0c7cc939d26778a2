"""`fourfold vendor`: says how to bring the Terraform modules that are not in the scanned folder. Downloads nothing."""

from __future__ import annotations

import argparse
import shlex
from pathlib import Path
from typing import TYPE_CHECKING

from fourfold.errors import NothingToReadError
from fourfold.faces.cli import OK

if TYPE_CHECKING:
    from fourfold.sources.terraform.roots import Missing

EPILOG = """\
Modules are read from `.terraform/modules` of the root module that calls them: where `terraform get` puts them, or a clone
with the name of the call. Nothing is downloaded and nothing is run by this command.
"""


def parser() -> argparse.ArgumentParser:
    """The options of `vendor`."""
    out = argparse.ArgumentParser(
        prog="fourfold vendor",
        description="Show the commands that bring the Terraform modules which are called, and are not there.",
        epilog=EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    out.add_argument("path", nargs="?", default=".", metavar="PATH", help="folder to look at (default: this folder)")
    return out


def run(arguments: list[str]) -> int:
    """Print the commands; returns the exit status."""
    options = parser().parse_args(arguments)
    root = Path(options.path)
    if not root.exists():
        raise NothingToReadError(f"`{options.path}` does not exist")
    from fourfold.config import load
    from fourfold.sources.terraform.roots import project_of
    from fourfold.sources.tree import Tree

    tree = Tree(root)
    tree.terraform = load(root).terraform
    project = project_of(tree)
    missing = {
        folder: found.missing
        for folder in sorted(project.roots)
        if (found := project.evaluate(folder)) is not None and found.missing
    }
    if not missing:
        print("no module is missing")
        return OK
    print("# with Terraform (or tofu), modules inside these modules included:")
    for folder in missing:
        print(f"terraform -chdir={shlex.quote(str(root / folder))} get")
    print("\n# or by hand:")
    for folder, calls in missing.items():
        for call in calls:
            print("\n".join(_by_hand(root / folder, call)))
    return OK


def _by_hand(folder: Path, call: Missing) -> list[str]:
    """A comment that names the call, and the command where it can be told."""
    from fourfold.sources.terraform.modules import repository

    where = f"# {call.shown}, {call.file}:{call.line}"
    url = repository(call.source)
    if url is None:
        return [f"{where}: how to bring it is not known"]
    exact = call.version.lstrip("= v")
    branch = call.reference or (f"v{exact}" if exact[:1].isdigit() and " " not in exact else "")
    of = f" --branch {shlex.quote(branch)}" if branch else ""
    target = folder / ".terraform" / "modules" / call.key
    return [where, f"git clone --depth 1{of} {shlex.quote(url)} {shlex.quote(str(target))}"]

"""Small estates for tests: templates as text, and their answers as one line each."""

from pathlib import Path

from fourfold.engines.iam import ask
from fourfold.engines.iam.estate import Estate, Target
from fourfold.engines.iam.estate_graph import estate
from fourfold.linking import link
from fourfold.model.graph import Graph
from fourfold.pipeline import read
from fourfold.sources.tree import Tree


def graph_of(folder: Path, **files: str) -> Graph:
    """The graph of some files; a name's `__` is a dot."""
    for name, text in files.items():
        (folder / name.replace("__", ".")).write_text(text)
    return link(read(Tree(folder))[0])


def template(folder: Path, text: str) -> Estate:
    """The estate of one template: its resources are `text`, after a parameter `Env` (dev or prod) and one `OrgId`."""
    head = """\
AWSTemplateFormatVersion: "2010-09-09"
Parameters:
  Env: {Type: String, AllowedValues: [dev, prod], Default: dev}
  OrgId: {Type: String}
Conditions:
  IsProd: !Equals [!Ref Env, prod]
Resources:
"""
    return graph_of(folder, t__yaml=head + text).derived(estate)


def target(found: Estate, name: str) -> Target:
    return next(t for t in found.targets if t.resource is not None and t.resource.address == name)


def who(found: Estate, action: str, name: str) -> dict[str, str]:
    """Principal: verdict, with what it needs or hangs on; without the root user."""
    return {
        one.principal.name: " ".join(filter(None, (one.verdict, _why(one))))
        for one in ask.who_can(found, action, target(found, name))
        if one.principal.kind != "root"
    }


def _why(one: ask.Access) -> str:
    if one.verdict == "when":
        return str(one.when)
    if one.verdict == "unknown":
        return one.reason
    return " ".join(f"{key}={value}" for key, value in one.needs.items())

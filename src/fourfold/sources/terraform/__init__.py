"""Terraform and OpenTofu configurations, evaluated as the programs would while planning.

One reading for each root module: the first of its files that is asked for gives all its resources, those of the modules it
calls included. Source: https://developer.hashicorp.com/terraform/language.
"""

from __future__ import annotations

import posixpath

from fourfold.model.place import Source
from fourfold.model.resource import Reading
from fourfold.sources.terraform.roots import is_configuration, project_of
from fourfold.sources.terraform.terragrunt import NAME
from fourfold.sources.tree import Tree


def claims(path: str, data: bytes) -> bool:
    """Whether this is a configuration file; its name says so."""
    name = posixpath.basename(path)
    return is_configuration(name) or name == NAME


def read(source: Source, tree: Tree) -> Reading:
    """What the root module gives that the file belongs to, if it is the first of its files; else nothing."""
    from fourfold.sources.terraform.translate import resources

    project = project_of(tree)
    folder = posixpath.dirname(source.path)
    if posixpath.basename(source.path) == NAME:
        unit = project.units.get(source.path)
        found = project.evaluate_unit(source.path)
        if found is None:
            return Reading(problems=unit.problems if unit is not None else [])
        folder = unit.module if unit is not None and unit.module is not None else folder
    else:
        found = project.evaluate(folder) if project.first(folder) else None
    if found is None:
        return Reading()
    made, problems = resources(found.instances, found.root.world.key, folder)
    return Reading(made, [*found.problems, *problems], found.files - {source.path})

"""Terraform's resources in the one vocabulary: CloudFormation's for AWS, the API's for Kubernetes.

`tables/` says what does not follow from the names; `names.py` places arguments, `blocks.py` builds the properties,
`folding.py` finds what is part of another resource, `finish.py` does what a table cannot say, and `spelling.py` tells fixes
how a property is written in Terraform.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable

from fourfold.model.place import Problem
from fourfold.model.resource import Resource
from fourfold.model.value import Map, Value, mapping
from fourfold.sources.terraform.translate import kubernetes
from fourfold.sources.terraform.translate.blocks import Builder, add_defaults
from fourfold.sources.terraform.translate.code import Packages
from fourfold.sources.terraform.translate.finish import FINISHERS
from fourfold.sources.terraform.translate.folding import Parents
from fourfold.sources.terraform.translate.names import Plan, plan_of
from fourfold.sources.terraform.translate.references import Instance, Instances, span_of
from fourfold.sources.terraform.translate.tables import QUIET
from fourfold.sources.terraform.translate.work import Extra, Work

FORMAT = "terraform"


class _Built:
    """One resource while others are folded into it."""

    __slots__ = ("attributes", "extras", "instance", "key", "plan", "root", "silent", "suffix", "type")

    def __init__(
        self, key: str, instance: Instance, plan: Plan, instances: Instances, packages: Packages, target: str
    ) -> None:
        """`target` is the key of the resource that it becomes: its own, or that of its parent."""
        self.key = key
        self.instance = instance
        self.plan = plan
        self.extras: list[Extra] = []
        self.attributes: dict[str, Value] = {}
        self.silent: set[str] = set()
        self.root = Builder(plan, instances, instance.type).properties(instance.values)
        types, suffix = [plan.cloudformation], [""]
        finisher = FINISHERS.get(plan.row.finish)
        if finisher is not None:
            given = (instance, self.root, instances, target, self.extras, types, self.attributes, self.silent)
            finisher(Work(*given, packages, suffix))
        self.type, self.suffix = types[0], suffix[0]


def resources(
    instances: Iterable[Instance], key_of: Callable[[str], str], folder: str | None = None
) -> tuple[list[Resource], list[Problem]]:
    """The resources of one root module, and a problem for each type that is not translated.

    `key_of` gives the key (`Resource.key`) of what has an address; references among the values are by that key.
    `folder` is that of the root module, from the tree's root; None where it is not known.
    Data sources are not resources: what refers to them stays a reference that leads out of the scan.
    """
    everything = [(key_of(i.address), i) for i in instances]
    packages = Packages(everything, folder)
    indexed = [(key, i, plan_of(i.type)) for key, i in everything if i.kind == "resource"]
    index = Instances(indexed)
    parents = Parents(indexed, index)
    for key, instance, plan in indexed:
        if plan is not None and plan.row.into:
            found = parents.of(instance, plan)
            if found:
                index.parents[key] = found[0]
    built: dict[str, _Built] = {}
    plain: list[Resource] = []
    untranslated: dict[str, list[Instance]] = {}
    for key, instance, plan in indexed:
        if plan is None:
            of_kubernetes = kubernetes.resources(instance, index)
            plain += [_variant(r, key) for r in of_kubernetes]
            if not of_kubernetes:
                untranslated.setdefault(instance.type, []).append(instance)
        elif not plan.row.into:
            built[key] = _Built(key, instance, plan, index, packages, key)
    lost: dict[str, list[Instance]] = {}
    for key, instance, plan in indexed:
        if plan is not None and plan.row.into:
            found = [parent for parent in parents.of(instance, plan) if parent in built]
            for parent in found:
                _fold(built[parent], _Built(key, instance, plan, index, packages, parent))
            if not found:
                lost.setdefault(instance.type, []).append(instance)
    problems = [*_problems(untranslated, "not translated"), *_problems(lost, "part of something that was not read")]
    return [*plain, *(r for one in built.values() for r in _finished(one))], problems


def _fold(parent: _Built, part: _Built) -> None:
    below = part.plan.row.below
    if below and part.plan.kind((below,)).startswith("["):
        part.root.entries[below] = [part.root.child(below, part.instance.values, ())]
    for name, item in part.root.entries.items():
        parent.root.put(name, item)
    parent.extras += part.extras
    parent.attributes.update(part.attributes)


def _finished(one: _Built) -> list[Resource]:
    add_defaults(one.root, one.plan, one.instance.values, one.silent)
    out = [_resource(one, one.type, one.suffix, one.root.value())]
    out += [_resource(one, extra.type, extra.suffix, extra.properties) for extra in one.extras]
    return out


def _resource(one: _Built, type_: str, suffix: str, properties: Map) -> Resource:
    address = one.instance.address
    span = span_of(one.instance)
    variant = one.key.removesuffix(f"#{address}")
    return Resource(
        type_,
        f"{address}{suffix}",
        properties,
        span,
        FORMAT,
        attributes=mapping(one.attributes, at=properties),
        origin=one.instance.type,
        variant="" if variant == span.source.path else variant,
    )


def _variant(resource: Resource, key: str) -> Resource:
    import msgspec

    variant = key.removesuffix(f"#{resource.address}")
    return msgspec.structs.replace(resource, variant="" if variant == resource.file else variant)


def _problems(by_type: dict[str, list[Instance]], why: str) -> list[Problem]:
    out: list[Problem] = []
    for type_, found in by_type.items():
        if type_.startswith(QUIET):
            continue
        span = span_of(found[0])
        many = f"{len(found)} resources of type `{type_}` are" if len(found) > 1 else f"1 resource of type `{type_}` is"
        judged = "they are not judged" if len(found) > 1 else "it is not judged"
        out.append(Problem(span.file, span.line, f"{many} {why}; {judged}"))
    return out

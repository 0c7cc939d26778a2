"""Which resource another one is a part of: the bucket of a public access block, the method of an integration."""

from __future__ import annotations

from collections.abc import Iterable

from fourfold.model.value import Known, Ref, Seq, Text, Unknown, Value
from fourfold.sources.terraform.translate.names import Plan
from fourfold.sources.terraform.translate.references import NAMED, Instance, Instances

_MANY = {"roles": "role", "users": "user", "groups": "group"}
_DEPTH_MAX = 4


class Parents:
    """Finds the resources that satellites belong to."""

    def __init__(self, indexed: list[tuple[str, Instance, Plan | None]], instances: Instances) -> None:
        self._instances = instances
        self._by_type: dict[str, list[tuple[str, Instance]]] = {}
        for key, instance, _ in indexed:
            self._by_type.setdefault(instances.type_of(key), []).append((key, instance))
        self._together: dict[tuple[str, tuple[str, ...]], dict[object, str]] = {}

    def of(self, instance: Instance, plan: Plan) -> list[str]:
        """The keys of the resources that an instance is part of; empty where they are not part of the scan."""
        row = plan.row
        if "+" in row.parent:
            return self._by_all(instance, tuple(row.parent.split("+")), row.into)
        out: list[str] = []
        for argument in row.parent.split():
            types = NAMED.get(_MANY[argument], ()) if argument in _MANY else (row.into,)
            value = instance.values.entries_.get(argument)
            for item in value.items_ if isinstance(value, Seq) else () if value is None else (value,):
                key = self._one(item, types)
                if key and key not in out:
                    out.append(key)
        return out

    def _one(self, value: Value, types: Iterable[str]) -> str:
        """The resource that a value refers to, or names."""
        if isinstance(value, Ref):
            return self._followed(value.target, types)
        if isinstance(value, Text):
            # `${aws_lb.web.id}` alone is a reference; an ARN around one leads to it, too.
            refs = [p for p in value.parts if isinstance(p, Ref)]
            if len(refs) == 1 and (key := self._followed(refs[0].target, types)):
                return key
        return self._instances.named(value, types)

    def _followed(self, key: str, types: Iterable[str]) -> str:
        """Through resources that are themselves part of another (`aws_s3_bucket_versioning.v.bucket`)."""
        for _ in range(_DEPTH_MAX):
            if self._instances.type_of(key) in types:
                return key
            found = self._instances.get(key)
            if found is None or found[1] is None or not found[1].row.into:
                return ""
            value = found[0].values.entries_.get(found[1].row.parent.split("+")[0])
            if not isinstance(value, Ref):
                return self._instances.named(value, types) if value is not None else ""
            key = value.target
        return ""

    def _by_all(self, instance: Instance, arguments: tuple[str, ...], into: str) -> list[str]:
        """The resource that has the same values for all of these arguments."""
        key = (into, arguments)
        if key not in self._together:
            self._together[key] = {}
            for parent, candidate in self._by_type.get(into, ()):
                content = _contents(candidate, arguments)
                if content is not None:
                    self._together[key].setdefault(content, parent)
        content = _contents(instance, arguments)
        found = self._together[key].get(content) if content is not None else None
        return [found] if found else []


def _contents(instance: Instance, arguments: tuple[str, ...]) -> tuple[object, ...] | None:
    out: list[object] = []
    for argument in arguments:
        value = instance.values.entries_.get(argument)
        if isinstance(value, Known):
            out.append(value.value)
        elif isinstance(value, Ref):
            # Whatever attribute of a resource is named here, it means that resource.
            out.append(("ref", value.target))
        elif isinstance(value, (Text, Unknown)):
            out.append(value.identity)
        else:
            return None
    return tuple(out)

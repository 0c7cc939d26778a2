"""References between Terraform resources, in CloudFormation's words.

`aws_sqs_queue.orders.arn` is `Ref(queue, "Arn")`. A reference to what was folded into another resource leads to that one.
An argument of a resource that is known (`aws_s3_bucket.logs.bucket`) evaluates to its text; where such a text stands as the
name of a resource it is turned back into the reference it was.
"""

from __future__ import annotations

import operator
from collections.abc import Iterable
from typing import Protocol

from fourfold.knowledge.arn_shapes import SHAPES
from fourfold.knowledge.cloudformation import plain
from fourfold.model.place import Span
from fourfold.model.value import Known, Map, Ref, Seq, Text, Unknown, Value
from fourfold.sources.terraform.translate.names import Plan


class Instance(Protocol):
    """What is translated: a resource of a module, a plan or a state."""

    @property
    def kind(self) -> str:
        """`resource`, `data` or `ephemeral`."""

    @property
    def type(self) -> str:
        """`aws_s3_bucket`."""

    @property
    def name(self) -> str:
        """`logs` of `aws_s3_bucket.logs`."""

    @property
    def address(self) -> str:
        """`module.store.aws_s3_bucket.logs[0]`."""

    @property
    def values(self) -> Map:
        """Its arguments and blocks, at the place of its block; a block type is a list of mappings."""


NAMED: dict[str, tuple[str, ...]] = {
    "function_name": ("aws_lambda_function",),
    "bucket": ("aws_s3_bucket",),
    "s3_bucket_name": ("aws_s3_bucket",),
    "cluster": ("aws_ecs_cluster",),
    "cluster_name": ("aws_eks_cluster", "aws_ecs_cluster"),
    "cluster_identifier": ("aws_rds_cluster", "aws_docdb_cluster", "aws_neptune_cluster"),
    "db_subnet_group_name": ("aws_db_subnet_group", "aws_docdb_subnet_group"),
    "neptune_subnet_group_name": ("aws_neptune_subnet_group",),
    "subnet_group_name": ("aws_elasticache_subnet_group", "aws_memorydb_subnet_group", "aws_dax_subnet_group"),
    "cluster_subnet_group_name": ("aws_redshift_subnet_group",),
    "iam_instance_profile": ("aws_iam_instance_profile",),
    "role": ("aws_iam_role",),
    "user": ("aws_iam_user",),
    "group": ("aws_iam_group",),
    "launch_configuration": ("aws_launch_configuration",),
    "replicate_source_db": ("aws_db_instance",),
    "event_bus_name": ("aws_cloudwatch_event_bus",),
    "load_balancer_arn": ("aws_lb",),
    "log_group_name": ("aws_cloudwatch_log_group",),
    "table_name": ("aws_dynamodb_table",),
    "awslogs-group": ("aws_cloudwatch_log_group",),
}
"""Argument: the types whose names it takes."""

_SAME_TYPE = {"aws_alb": "aws_lb", "aws_alb_target_group": "aws_lb_target_group"}


class Instances:
    """All instances of one root module, found by key and by name."""

    def __init__(self, instances: Iterable[tuple[str, Instance, Plan | None]]) -> None:
        self._by_key: dict[str, tuple[Instance, Plan | None]] = {}
        self._by_name: dict[tuple[str, object], str] = {}
        self.parents: dict[str, str] = {}
        """The key of what is folded into another: the key of that one."""
        for key, instance, plan in instances:
            self._by_key[key] = (instance, plan)
            if plan is not None and not plan.row.into:
                content = _content(instance.values.entries_.get(plan.row.name))
                if content is not None:
                    named = (_SAME_TYPE.get(instance.type, instance.type), content)
                    # Two of one name: a reference by it leads to neither.
                    self._by_name[named] = "" if named in self._by_name else key

    def get(self, key: str) -> tuple[Instance, Plan | None] | None:
        return self._by_key.get(key)

    def type_of(self, key: str) -> str:
        """The Terraform type of an instance, with the newer of two names; empty where there is none."""
        found = self._by_key.get(key)
        return _SAME_TYPE.get(found[0].type, found[0].type) if found else ""

    def named(self, value: Value, types: Iterable[str]) -> str:
        """The key of the only resource of these types that has this name; empty where there is none."""
        content = _content(value)
        if content is None:
            return ""
        found = {key for type_ in types if (key := self._by_name.get((type_, content)))}
        return found.pop() if len(found) == 1 else ""

    def reference(self, value: Value, argument: str, owner: str) -> Value:
        """The value of an argument that takes names, as a reference where it names a resource of the scan."""
        if argument not in NAMED or not isinstance(value, (Known, Text, Unknown)):
            return value
        key = self.named(value, NAMED[argument])
        if not key or self.type_of(key) == owner:
            return value
        provenance = getattr(value, "provenance", ())
        return Ref(value.source, value.start, value.end, value.key_start, key, "", provenance)

    def resolved(self, value: Value) -> Value:
        """The value with all references in it in CloudFormation's words."""
        if isinstance(value, Known):
            return value
        if isinstance(value, Ref):
            return self._ref(value)
        if isinstance(value, Text):
            parts = tuple(p if isinstance(p, str) else self.resolved(p) for p in value.parts)
            return Text(value.source, value.start, value.end, value.key_start, parts, value.provenance)
        # Most collections hold no reference, and stay the objects they are.
        if isinstance(value, Seq):
            items = tuple(map(self.resolved, value.items_))
            if all(map(operator.is_, items, value.items_)):
                return value
            return Seq(value.source, value.start, value.end, value.key_start, items, value.provenance, value.style)
        if isinstance(value, Map):
            entries = {k: self.resolved(v) for k, v in value.entries_.items()}
            if all(map(operator.is_, entries.values(), value.entries_.values())):
                return value
            return Map(value.source, value.start, value.end, value.key_start, entries, value.provenance, value.style)
        return value

    def _ref(self, value: Ref) -> Ref:
        key = value.target
        found = self._by_key.get(key)
        for _ in range(4):
            if key not in self.parents:
                break
            key = self.parents[key]
            found = self._by_key.get(key)
        attribute = value.attribute
        if found is not None and found[1] is not None:
            attribute = attribute_of(found[1], attribute)
        return Ref(value.source, value.start, value.end, value.key_start, key, attribute, value.provenance)


def attribute_of(plan: Plan, attribute: str) -> str:
    """What `Fn::GetAtt` calls an attribute; empty for what `Ref` gives."""
    if attribute in plan.row.refers:
        return plan.row.refers[attribute]
    if attribute in ("", "id", plan.row.name) or plan.schema is None:
        return ""
    letters = plain(attribute)
    word = plain(plan.cloudformation.rpartition("::")[2])
    spellings = (letters, word + letters)
    shape = SHAPES.get(plan.cloudformation)
    if attribute == "arn" and shape is not None and not shape.ref_is_arn and "Arn" in plan.schema.attributes:
        return "Arn"  # what identifies a resource to the API is not always what `Ref` gives
    if any(plain(p) in spellings for p in plan.schema.identifier):
        return ""
    known = {plain(a): a for a in plan.schema.attributes}
    found = next((known[s] for s in spellings if s in known), "")
    return found or "".join(w.capitalize() for w in attribute.split("_"))


def _content(value: Value | None) -> object:
    """Equal for equal names; None where it cannot serve as one."""
    if isinstance(value, Known):
        return value.value if isinstance(value.value, str) and value.value else None
    if isinstance(value, Text):
        return tuple(p if isinstance(p, str) else (type(p).__name__, p.identity) for p in value.parts)
    if isinstance(value, Unknown) and value.name:
        return ("?", value.name)
    return None


def span_of(instance: Instance) -> Span:
    """The header of a resource's block."""
    values = instance.values
    return Span(values.source, values.start, values.end)

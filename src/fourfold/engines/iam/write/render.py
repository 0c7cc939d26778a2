"""The policy in the words of where it will stand: CloudFormation, Terraform, or plain JSON.

Sources: https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/intrinsic-function-reference-sub.html and
https://registry.terraform.io/providers/hashicorp/aws/latest/docs/data-sources/iam_policy_document.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable
from typing import Any

from fourfold.engines.iam.names import ACCOUNT, STAND_IN, Names
from fourfold.engines.iam.write.needs import Reason
from fourfold.engines.iam.write.statements import Written, conditions
from fourfold.model.graph import Graph
from fourfold.model.value import Known, Ref, Text, Unknown, Value

_VARIABLE = re.compile(r"\$\{")


# -- plain JSON ------------------------------------------------------------------------------------------------------------


def plain_text(names: Names, value: Value) -> str:
    """A text with `*` for what is known only at deployment."""
    return re.sub(r"\*+", "*", STAND_IN.sub("*", names.text(value)).replace(ACCOUNT, "*"))


def as_json(found: Iterable[Written], names: Names) -> dict[str, Any]:
    """A document that names no parameter and no reference. Conditions that would hold one are left out."""
    out = []
    for one in found:
        row: dict[str, Any] = {"Effect": "Allow", "Action": list(one.actions)}
        row["Resource"] = list(dict.fromkeys(plain_text(names, r) for r in one.resources))
        limits = [limit for limit in one.limits if "*" not in plain_text(names, limit.value)]
        likes = [limit for limit in one.limits if limit not in limits and plain_text(names, limit.value) != "*"]
        block = conditions(limits, lambda v: plain_text(names, v))
        if likes:
            block.setdefault("StringLike", {}).update({like.key: plain_text(names, like.value) for like in likes})
        if block:
            row["Condition"] = block
        out.append(row)
    return {"Version": "2012-10-17", "Statement": out}


# -- CloudFormation --------------------------------------------------------------------------------------------------------


class CloudFormation:
    """References of one template."""

    def __init__(self, graph: Graph, names: Names, file: str) -> None:
        self.graph = graph
        self.names = names
        self.file = file

    def value(self, value: Value) -> Any:
        """A scalar as CloudFormation writes it in JSON."""
        if isinstance(value, Known):
            return value._text()
        if isinstance(value, Ref) and self._here(value):
            return {"Fn::GetAtt": [value.name, value.attribute]} if value.attribute else {"Ref": value.name}
        if isinstance(value, Unknown) and value.name and "." not in value.name:
            return {"Ref": value.name}
        if isinstance(value, Text):
            made = "".join(_VARIABLE.sub("${!", p) if isinstance(p, str) else self._hole(p) for p in value.parts)
            return {"Fn::Sub": made} if "${" in made else made
        return plain_text(self.names, value)

    def _here(self, value: Ref) -> bool:
        resource = self.graph.target(value)
        return resource is not None and resource.file == self.file and "/" not in value.name

    def _hole(self, value: Value) -> str:
        made = self.value(value)
        if isinstance(made, str):
            return _VARIABLE.sub("${!", made)
        if "Ref" in made:
            return "${" + str(made["Ref"]) + "}"
        if "Fn::GetAtt" in made:
            return "${" + ".".join(made["Fn::GetAtt"]) + "}"
        return str(made["Fn::Sub"])

    def document(self, found: Iterable[Written]) -> dict[str, Any]:
        out = []
        for one in found:
            row: dict[str, Any] = {"Effect": "Allow", "Action": list(one.actions)}
            row["Resource"] = [self.value(r) for r in one.resources]
            if one.limits:
                row["Condition"] = conditions(one.limits, self.value)
            out.append(row)
        return {"Version": "2012-10-17", "Statement": out}

    def yaml(self, found: Iterable[Written], comments: bool = True) -> str:
        """A `PolicyDocument` with a comment for each action."""
        lines = ["Version: '2012-10-17'", "Statement:"]
        for one in found:
            lines += [f"  # {text}" for text in one.wide if comments]
            lines.append("  - Effect: Allow")
            lines.append("    Action:")
            lines += [f"      - {name}{_why(one, name) if comments else ''}" for name in one.actions]
            values = [_yaml(self.value(r)) for r in one.resources]
            if len(values) == 1:
                lines.append(f"    Resource: {values[0]}")
            else:
                lines.append("    Resource:")
                lines += [f"      - {value}" for value in values]
            if one.limits:
                lines.append("    Condition:")
                for operator, keys in conditions(one.limits, self.value).items():
                    lines.append(f"      {operator}:")
                    lines += [f"        {key}: {_yaml(value)}" for key, value in keys.items()]
        return "\n".join(lines) + "\n"


def _why(one: Written, action: str, mark: str = "  # ") -> str:
    reasons: list[Reason] = one.reasons(action)
    if not reasons:
        return ""
    places = list(dict.fromkeys(r.place or r.text for r in reasons))
    more = f" and {len(places) - 3} more" if len(places) > 3 else ""
    return f"{mark}{', '.join(places[:3])}{more}"


def _yaml(value: Any) -> str:
    if isinstance(value, str):
        return (
            json.dumps(value) if not re.fullmatch(r"[A-Za-z0-9][A-Za-z0-9_./-]*", value) or value.isdigit() else value
        )
    if "Ref" in value:
        return f"!Ref {value['Ref']}"
    if "Fn::GetAtt" in value:
        return "!GetAtt " + ".".join(value["Fn::GetAtt"])
    return f"!Sub {json.dumps(value['Fn::Sub'])}"


# -- Terraform -------------------------------------------------------------------------------------------------------------

_DATA = {
    "AWS::Region": ("aws_region", "current", "name"),
    "AWS::AccountId": ("aws_caller_identity", "current", "account_id"),
    "AWS::Partition": ("aws_partition", "current", "partition"),
}
_NAME_ARGUMENTS = {
    "aws_dynamodb_table": "name", "aws_s3_bucket": "bucket", "aws_lambda_function": "function_name", "aws_ssm_parameter": "name",
    "aws_kinesis_stream": "name", "aws_cloudwatch_log_group": "name", "aws_cloudwatch_event_bus": "name",
}  # fmt: skip


class Terraform:
    """References of one configuration. `data` collects the data sources that the policy asks for."""

    def __init__(self, graph: Graph, names: Names) -> None:
        self.graph = graph
        self.names = names
        self.data: set[tuple[str, str]] = set()

    def value(self, value: Value) -> str:
        """An expression of HCL."""
        if isinstance(value, Ref | Unknown):
            hole = self._hole(value)
            if hole:
                return hole
        parts = value.parts if isinstance(value, Text) else (value,)
        out = []
        for part in parts:
            hole = self._hole(part) if isinstance(part, Ref | Unknown) else ""
            if hole:
                out.append("${" + hole + "}")
            else:
                plain = (
                    part
                    if isinstance(part, str)
                    else part._text()
                    if isinstance(part, Known)
                    else plain_text(self.names, part)
                )
                # A variable of the policy language is written with `&` here.
                out.append(_VARIABLE.sub("&{", json.dumps(plain, ensure_ascii=False)[1:-1]))
        return f'"{"".join(out)}"'

    def _hole(self, value: Value) -> str:
        if isinstance(value, Unknown):
            if value.name in _DATA:
                kind, name, attribute = _DATA[value.name]
                self.data.add((kind, name))
                return f"data.{kind}.{name}.{attribute}"
            return value.name if re.fullmatch(r"(var|local)\.[A-Za-z0-9_-]+", value.name) else ""
        if not isinstance(value, Ref):
            return ""
        resource = self.graph.target(value)
        if resource is None or resource.address.startswith("module."):
            return ""
        kind = resource.address.partition(".")[0]
        attribute = "".join(f"_{c.lower()}" if c.isupper() else c for c in value.attribute).lstrip("_")
        if not attribute or attribute in ("queue_name", "topic_name"):
            attribute = _NAME_ARGUMENTS.get(kind, "name" if attribute else "id")
            if not value.attribute and kind in ("aws_sns_topic", "aws_sfn_state_machine", "aws_secretsmanager_secret"):
                attribute = "arn"
        return f"{resource.address}.{attribute}"

    def document(self, found: Iterable[Written], name: str) -> str:
        """A data source `aws_iam_policy_document` with a comment for each action."""
        lines = [f'data "aws_iam_policy_document" "{name}" {{']
        for one in found:
            lines += [f"  # {text}" for text in one.wide]
            lines += ["  statement {", "    actions = ["]
            lines += [f"      {json.dumps(action)},{_why(one, action, ' # ')}" for action in one.actions]
            lines += ["    ]", f"    resources = [{', '.join(self.value(r) for r in one.resources)}]"]
            for limit in one.limits:
                lines += ["", "    condition {", f"      test     = {json.dumps(limit.operator)}",
                          f"      variable = {json.dumps(limit.key)}", f"      values   = [{self.value(limit.value)}]", "    }"]  # fmt: skip
            lines += ["  }", ""]
        lines[-1] = "}"
        return "\n".join(lines) + "\n"

    def head(self) -> str:
        """The data sources that the documents ask for."""
        rows = [f'data "{kind}" "{label}" {{}}\n' for kind, label in sorted(self.data)]
        return "".join(rows) + "\n" * bool(rows)

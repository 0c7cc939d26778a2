"""Policies with stand-ins, and the resources they stand in, in the words of CloudFormation or Terraform."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from typing import Any

from fourfold.engines.iam.least.documents import Plain, listed
from fourfold.engines.iam.least.split import Part, Split
from fourfold.engines.iam.names import ACCOUNT, REGION
from fourfold.engines.iam.write.render import CloudFormation, Terraform, _yaml
from fourfold.model.graph import Graph
from fourfold.model.value import NOWHERE, Known, Value

_VARIABLE = re.compile(r"\$\{")


def language(kind: str) -> str:
    """The language of a resource's format."""
    return "terraform" if kind in ("terraform", "plan", "tfstate") else "cloudformation"


# -- CloudFormation --------------------------------------------------------------------------------------------------------


class Yaml:
    """Documents of one template. `values` are its values by their text."""

    def __init__(self, template: CloudFormation | None, values: Mapping[str, Value]) -> None:
        self.template = template
        self.values = values

    def scalar(self, text: str) -> str:
        """A text as it stands in the template."""
        found = self.values.get(text)
        if found is not None and self.template is not None:
            return _yaml(self.template.value(found))
        if self.template is not None and (REGION in text or ACCOUNT in text):
            kept = _VARIABLE.sub("${!", text)
            made = kept.replace(REGION, "${AWS::Region}").replace(ACCOUNT, "${AWS::AccountId}")
            return _yaml({"Fn::Sub": made})
        return _yaml(text)

    def document(self, data: Plain, indent: str = "") -> str:
        """A `PolicyDocument`."""
        lines = [f"Version: '{data['Version']}'", "Statement:" if data["Statement"] else "Statement: []"]
        for row in data["Statement"]:
            mark = "  - "
            for key, value in row.items():
                lines += self._element(mark, key, value)
                mark = "    "
        return "".join(f"{indent}{line}\n" for line in lines)

    def _element(self, mark: str, key: str, value: Any) -> list[str]:
        if key == "Condition":
            lines = [f"{mark}Condition:"]
            for operator, keys in value.items():
                lines.append(f"      {_yaml(operator)}:")
                for name, values in keys.items():
                    lines += self._values("        ", name, listed(values))
            return lines
        if isinstance(value, dict):
            lines = [f"{mark}{key}:"]
            for name, values in value.items():
                lines += self._values("      ", name, listed(values))
            return lines
        return self._values(mark, key, listed(value))

    def _values(self, mark: str, key: str, values: list[Any]) -> list[str]:
        if len(values) == 1:
            return [f"{mark}{key}: {self.scalar(str(values[0]))}"]
        pad = " " * len(mark)
        return [f"{mark}{key}:", *(f"{pad}  - {self.scalar(str(v))}" for v in values)]


def _indented(text: str, by: int) -> list[str]:
    return [" " * by + line for line in text.splitlines()]


def cloudformation_roles(graph: Graph, found: Split) -> str:
    """The new roles as resources of the template, and the line that each function gets."""
    lines: list[str] = []
    template = CloudFormation(graph, found.parts[0].policy.names, found.role.resource.file)
    for part in found.parts:
        if part.kept:
            continue
        lines += [f"{part.name}:", "  Type: AWS::IAM::Role", "  Properties:", "    AssumeRolePolicyDocument:"]
        lines += ["      Version: '2012-10-17'", "      Statement:", "        - Effect: Allow"]
        lines += [
            "          Principal:",
            "            Service: lambda.amazonaws.com",
            "          Action: sts:AssumeRole",
        ]
        for name in ("Path", "PermissionsBoundary"):
            value = found.role.resource.get(name)
            if value.present is True and not value.absent:
                lines.append(f"    {name}: {_yaml(template.value(value))}")
        if len(part.policy.parts) == 1 and part.policy.statements:
            lines += ["    Policies:", f"      - PolicyName: {part.name}Policy", "        PolicyDocument:"]
            lines += _indented(template.yaml(part.policy.statements), 10)
        for number, statements in enumerate(part.policy.parts if len(part.policy.parts) > 1 else (), 1):
            lines += [f"{part.name}Policy{number}:", "  Type: AWS::IAM::ManagedPolicy", "  Properties:"]
            lines += ["    Roles:", f"      - !Ref {part.name}", "    PolicyDocument:"]
            lines += _indented(template.yaml(statements), 6)
        lines += [f"# {part.function.resource.address}: Role: !GetAtt {part.name}.Arn", ""]
    return "\n".join(lines)


# -- Terraform -------------------------------------------------------------------------------------------------------------


def terraform_roles(graph: Graph, found: Split) -> str:
    """The new roles as resources of the configuration, and the argument that each function gets."""
    parts = [part for part in found.parts if not part.kept]
    if not parts:
        return ""
    terraform = Terraform(graph, parts[0].policy.names)
    blocks = [_LAMBDA]
    for part in parts:
        blocks += _terraform_role(terraform, found, part)
    return terraform.head() + "\n".join(blocks)


_LAMBDA = """\
data "aws_iam_policy_document" "functions_assume" {
  statement {
    actions = ["sts:AssumeRole"]

    principals {
      type        = "Service"
      identifiers = ["lambda.amazonaws.com"]
    }
  }
}
"""


def _terraform_role(terraform: Terraform, found: Split, part: Part) -> list[str]:
    name, many = part.name, len(part.policy.parts) > 1
    boundary = found.role.resource.get("PermissionsBoundary")
    held = [f"  permissions_boundary = {terraform.value(boundary)}"] if boundary.present is True else []
    blocks = ["\n".join([
        f"# {part.function.resource.address}: role = aws_iam_role.{name}.arn",
        f'resource "aws_iam_role" "{name}" {{',
        "  assume_role_policy = data.aws_iam_policy_document.functions_assume.json",
        *held, "}", "",
    ])]  # fmt: skip
    for number, statements in enumerate(part.policy.parts, 1):
        if not statements:
            continue
        label = f"{name}_{number}" if many else name
        blocks.append(terraform.document(statements, label))
        kind = "aws_iam_policy" if many else "aws_iam_role_policy"
        held = [] if many else [f"  role   = aws_iam_role.{name}.id"]
        json_ = f"  policy = data.aws_iam_policy_document.{label}.json"
        blocks.append("\n".join([f'resource "{kind}" "{label}" {{', *held, json_, "}", ""]))
        if many:
            blocks.append("\n".join([
                f'resource "aws_iam_role_policy_attachment" "{label}" {{', f"  role       = aws_iam_role.{name}.name",
                f"  policy_arn = aws_iam_policy.{label}.arn", "}", "",
            ]))  # fmt: skip
    return blocks


def terraform_document(terraform: Terraform | None, values: Mapping[str, Value], data: Plain, name: str) -> str:
    """A data source `aws_iam_policy_document` of a document with stand-ins."""
    lines = [f'data "aws_iam_policy_document" "{name}" {{']

    def text(one: Any) -> str:
        plain = str(one)
        if terraform is None:
            return json.dumps(plain, ensure_ascii=False).replace("${", "&{")
        return terraform.value(values.get(plain, Known(NOWHERE, 0, 0, -1, plain)))

    for row in data["Statement"]:
        lines.append("  statement {")
        if row["Effect"] != "Allow":
            lines.append(f"    effect = {json.dumps(row['Effect'])}")
        for key, argument in (
            ("Action", "actions"), ("NotAction", "not_actions"), ("Resource", "resources"), ("NotResource", "not_resources")
        ):  # fmt: skip
            if key in row:
                rows = listed(row[key])
                short = f"    {argument} = [{', '.join(map(text, rows))}]"
                lines += (
                    [short]
                    if len(short) <= 100
                    else [f"    {argument} = [", *(f"      {text(v)}," for v in rows), "    ]"]
                )
        for operator, keys in row.get("Condition", {}).items():
            for variable, values_ in keys.items():
                given = ", ".join(map(text, listed(values_)))
                lines += ["", "    condition {", f"      test     = {json.dumps(operator)}",
                          f"      variable = {json.dumps(variable)}", f"      values   = [{given}]", "    }"]  # fmt: skip
        lines += ["  }", ""]
    lines[-1:] = ["}"] if data["Statement"] else ["", "}"]
    return "\n".join(lines) + "\n"

"""Each construct of Terraform's language stands in a case: https://developer.hashicorp.com/terraform/language."""

import re
from pathlib import Path

import pytest

CASES = "\n".join(path.read_text() for path in sorted((Path(__file__).parent / "terraform").glob("*.md")))

CONSTRUCTS = {
    "resource": r"^resource ", "data": r"^data ", "ephemeral": r"^ephemeral ", "variable": r"^variable ", "output": r"^ *output ",
    "locals": r"^locals ", "module": r"^module ", "provider alias": r"alias +=", "moved": r"^moved ", "import": r"^import ",
    "removed": r"^removed ", "check": r"^check ", "count": r" count +=", "for_each": r" for_each +=", "dynamic": r"dynamic \"",
    "iterator": r"iterator = ", "lifecycle": r"lifecycle \{", "precondition": r"precondition \{", "validation": r"validation \{",
    "nullable": r"nullable +=", "sensitive": r"sensitive +=", "ephemeral variable": r"ephemeral += true",
    "type constraint": r" type +=", "optional default": r"optional\(\w+, ", "nested optional": r"optional\(object",
    "terraform.tfvars": r"terraform\.tfvars$", "tfvars in JSON": r"tfvars\.json$", "automatic tfvars": r"auto\.tfvars$",
    "var-file": r"var_files = ", "var": r"^vars = ", "workspace": r"terraform\.workspace", "override file": r"_override\.tf",
    "JSON syntax": r"\.tf\.json$", "conditional": r" \? .* : ", "for tuple": r"\[for ", "for object": r"\{ for ", "for filter": r" if .*\]",
    "grouping": r"\.\.\. \}", "splat": r"\[\*\]", "template": r"\"\$\{", "if directive": r"%\{ *~? *if ", "for directive": r"%\{ *~? *for ",
    "strip marker": r"~\}", "heredoc": r"<<EOT", "indented heredoc": r"<<-", "escape": r"\$\$\{", "try": r"try\(", "can": r"can\(",
    "file": r"[ (]file\(", "templatefile": r"templatefile\(", "jsonencode": r"jsonencode\(", "yamldecode": r"yamldecode\(",
    "policy document": r"aws_iam_policy_document", "override document": r"override_policy_documents|source_policy_documents",
    "caller identity": r"aws_caller_identity", "region": r"aws_region", "archive": r"archive_file", "terraform_data": r"terraform_data",
    "local module": r"source += \"\./", "installed module": r"modules\.json$", "missing module": r"!> terraform-aws-modules",
    "provider function": r"provider::", "plan": r"planned_values", "after_unknown": r"after_unknown", "destroyed": r"is destroyed",
    "replaced": r"is replaced", "state": r"tfstate$", "OpenTofu": r"\.tofu$", "Terragrunt": r"terragrunt\.hcl$",
    "comments": r"^ *(//|/\*)", "broken block": r"!> not valid HCL", "cycle": r"not known|cycle", "null": r"= null",
}  # fmt: skip
"""Construct: what a case that has it holds."""


@pytest.mark.parametrize("construct", CONSTRUCTS)
def test_a_construct_has_a_case(construct: str) -> None:
    assert re.search(CONSTRUCTS[construct], CASES, re.MULTILINE), (
        f"no case under tests/cases/terraform has `{construct}`"
    )

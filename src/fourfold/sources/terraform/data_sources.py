"""Data sources that need no provider, and what the others are called: the same unknown wherever it is asked for.

The account, the region and the partition are called as CloudFormation's pseudo parameters, so that what is known of these
holds here, too. Sources: the pages of the data sources at https://registry.terraform.io/providers/hashicorp/,
"terraform_remote_state Data Source" in Terraform's language documentation.
"""

from __future__ import annotations

import base64
import posixpath
from collections.abc import Callable
from typing import TYPE_CHECKING

import msgspec

from fourfold.model.value import Known, Map, Unknown, Value
from fourfold.sources.terraform.evaluate.config import Config, Declaration
from fourfold.sources.terraform.evaluate.expressions import TooMuch
from fourfold.sources.terraform.evaluate.kinds import Invalid, is_null, known, mapped, unknown
from fourfold.sources.terraform.evaluate.module import Instance, Module
from fourfold.sources.terraform.files import TreeFiles
from fourfold.sources.terraform.policy_document import policy_document

if TYPE_CHECKING:
    from fourfold.sources.terraform.roots import Project

PSEUDO: dict[str, dict[str, str]] = {
    "aws_caller_identity": {"account_id": "AWS::AccountId", "id": "AWS::AccountId"},
    "aws_region": {"name": "AWS::Region", "region": "AWS::Region", "id": "AWS::Region"},
    "aws_partition": {"partition": "AWS::Partition", "id": "AWS::Partition", "dns_suffix": "AWS::URLSuffix"},
}
"""Attribute: what CloudFormation calls it."""
_WHY = {
    "AWS::AccountId": "the account it is deployed to",
    "AWS::Region": "the region it is deployed to",
    "AWS::Partition": "the partition it is deployed to",
    "AWS::URLSuffix": "follows from the region it is deployed to",
}
_PARTITIONS = (
    ("cn-", "aws-cn", "amazonaws.com.cn"),
    ("us-gov-", "aws-us-gov", "amazonaws.com"),
    ("us-iso", "", ""),
    ("eu-isoe", "", ""),
    ("eusc-", "", ""),
    ("", "aws", "amazonaws.com"),
)
"""Beginning of a region's name, its partition, its DNS suffix; empty where it is left unknown.
https://docs.aws.amazon.com/whitepapers/latest/aws-fault-isolation-boundaries/partitions.html"""


class DataSources:
    """The data sources of one root module."""

    def __init__(self, project: Project, folder: str, files: Callable[[], TreeFiles]) -> None:
        self.project = project
        self.folder = folder
        self.files = files
        self.table: dict[str, Callable[[Instance], Value]] = {
            "aws_iam_policy_document": lambda instance: policy_document(instance.values),
            "aws_iam_policy": self.aws_policy,
            "aws_caller_identity": self.pseudo,
            "aws_region": self.pseudo,
            "aws_partition": self.pseudo,
            "local_file": self.local_file,
            "template_file": self.template_file,
            "terraform_remote_state": self.remote_state,
            "*": self.other,
        }
        self._region: Value | None = None

    def other(self, instance: Instance, computed: dict[str, Value] | None = None) -> Value:
        """What is asked for when planning: the arguments are known, the rest is one named unknown."""
        values = instance.values
        name = f"{instance.module.world.key('')}{instance.address}"
        why = f"`{instance.address}` is looked up when terraform plans"
        rest = Unknown(values.source, values.start, values.end, -1, why, (), False, name)
        return msgspec.structs.replace(values, entries_={**values.entries_, **(computed or {})}, rest=rest)

    def aws_policy(self, instance: Instance) -> Value:
        """A policy by its name: of one that AWS manages, the ARN is known."""
        from fourfold.knowledge.managed import policies

        name = instance.values.entries_.get("name")
        own = policies().get(str(name.value)) if isinstance(name, Known) and name.value else None
        return self.other(instance, {"arn": known(own.arn)} if own is not None else None)

    # -- where it is deployed --------------------------------------------------------------------------------------

    def pseudo(self, instance: Instance) -> Value:
        """The account, region or partition; what the only provider's region tells is known."""
        computed: dict[str, Value] = {}
        region = self.region(instance.module)
        partition, suffix = next((p, s) for start, p, s in _PARTITIONS if region.startswith(start))
        told = {"AWS::Region": region, "AWS::Partition": partition, "AWS::URLSuffix": suffix} if region else {}
        for attribute, name in PSEUDO[instance.type].items():
            given = instance.values.entries_.get(attribute)
            if given is not None and not is_null(given):
                computed[attribute] = given
            elif told.get(name):
                computed[attribute] = known(told[name])
            else:
                computed[attribute] = unknown(_WHY[name], name=name)
        return self.other(instance, computed)

    def region(self, module: Module) -> str:
        """The region of the root module's AWS provider; empty where it is not known, or there are several providers."""
        if self._region is None:
            root = module.world.root or module
            providers = [
                declared
                for declared in root.config.others
                if declared.block.type == "provider" and declared.block.labels == ("aws",)
            ]
            found: Value = unknown("")
            if len(providers) == 1 and "region" in providers[0].arguments:
                source, assignment = providers[0].arguments["region"]
                self._region = unknown("the region refers to itself")
                found = root.scope(source).value(assignment.value)
            self._region = found
        value = self._region
        return value.value if isinstance(value, Known) and isinstance(value.value, str) else ""

    # -- files -----------------------------------------------------------------------------------------------------

    def local_file(self, instance: Instance) -> Value:
        """`local_file`: the content of a file of the tree."""
        name = instance.values.get("filename")
        data = self.files().data(str(name.value)) if isinstance(name, Known) else None
        if data is None:
            return self.other(instance)
        computed: dict[str, Value] = {"content_base64": known(base64.b64encode(data).decode())}
        try:
            computed["content"] = known(data.decode())
        except UnicodeDecodeError:
            computed["content"] = unknown("the file is not UTF-8 text")
        return self.other(instance, computed)

    def template_file(self, instance: Instance) -> Value:
        """`template_file`: `rendered` is the template with its `vars`."""
        text, names = instance.values.get("template"), instance.values.get("vars")
        if not (isinstance(text, Known) and isinstance(text.value, str)):
            return self.other(instance)
        given = dict(names.entries_) if isinstance(names, Map) else {}
        try:
            rendered = self.files().template(text.value, given)
        except (Invalid, TooMuch) as reason:
            rendered = unknown(str(reason))
        return self.other(instance, {"rendered": rendered})

    # -- other root modules ----------------------------------------------------------------------------------------

    def remote_state(self, instance: Instance) -> Value:
        """`terraform_remote_state`: the outputs of another root module of the tree that keeps its state there."""
        wanted = self._place_of_state(instance)
        folder = next((f for f in sorted(self.project.roots) if self.state_of(f) == wanted), None) if wanted else None
        found = self.project.evaluate(folder) if folder is not None and folder != self.folder else None
        if found is None:
            return self.other(instance)
        outputs: dict[str, Value] = {name: found.root.output(name) for name in found.root.config.outputs}
        return self.other(instance, {"outputs": mapped(outputs), **outputs})

    def _place_of_state(self, instance: Instance) -> tuple[str, ...] | None:
        backend, config = instance.values.get("backend"), instance.values.get("config")
        config = config.get(0) if not isinstance(config, Map) else config
        if not isinstance(backend, Known):
            return None
        texts = {k: str(v.value) for k, v in getattr(config, "entries_", {}).items() if isinstance(v, Known)}
        return _state(str(backend.value), texts, self.folder)

    def state_of(self, folder: str) -> tuple[str, ...] | None:
        """What tells the state of a root module from others; None where it is not known."""
        config = self.project.config(folder)
        backend = backend_of(config) if config is not None else None
        return _state("local", {}, folder) if backend is None else _state(*backend, folder)


def backend_of(config: Config) -> tuple[str, dict[str, str]] | None:
    """(kind, literal arguments) of a root module's `backend` or `cloud` block."""
    for declared in config.others:
        for _, block in declared.blocks if declared.block.type == "terraform" else ():
            if block.type == "backend" and block.labels:
                inner = Declaration(declared.source, block, {}, ())
                arguments = {name: (inner.source, a) for name, a in block.body.attributes.items()}
                named = msgspec.structs.replace(inner, arguments=arguments)
                return block.labels[0], {name: text for name in arguments if (text := named.text(name))}
            if block.type == "cloud":
                return "cloud", {}
    return None


def _state(kind: str, arguments: dict[str, str], folder: str) -> tuple[str, ...] | None:
    if kind == "local":
        path = posixpath.normpath(posixpath.join(folder or ".", arguments.get("path", "terraform.tfstate")))
        return ("local", path)
    if kind == "s3" and "bucket" in arguments and "key" in arguments:
        return ("s3", arguments["bucket"], arguments["key"])
    return None

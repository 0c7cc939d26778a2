"""A row of the tables: what one Terraform type is in CloudFormation, as far as that does not follow from the names.

Names follow by themselves where they have the same letters (`kms_key_id`: `KmsKeyId`), differ by a plural
(`load_balancer`: `LoadBalancers`), or leave out what the type says (`name`: `FunctionName`).
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

Scalar = str | int | float | bool | None


class Row(NamedTuple):
    """Exceptions for one Terraform type."""

    type: str = ""
    """The CloudFormation type; empty where the name tells it."""
    names: Mapping[str, str] = {}
    """Argument (with the blocks around it, `vpc_config.subnet_ids`) to property. A property stands below what the block
    around became; with `/` before it, below the resource. Empty: it is not translated. `.`: a block whose arguments stand
    where the block does."""
    words: Mapping[str, Mapping[Scalar, Scalar]] = {}
    """Argument to other words for its values: `{"status": {True: "ENABLED"}}`."""
    provider: Mapping[str, Scalar] = {}
    """Property to what the provider sends where nothing is written, where that is not what the service does. A property
    below another one counts only where that one is written. `tables/sources.py` says where that stands."""
    unsaid: Mapping[str, str] = {}
    """Property to the reason why nobody can say what holds where nothing is written."""
    below: str = ""
    """The property below which most arguments stand: `DistributionConfig`."""
    parent: str = ""
    """Folded into another resource: the argument that names it, `bucket`; several that may (`roles users`), or several that
    do so together (`rest_api_id+stage_name`)."""
    into: str = ""
    """The Terraform type of that resource."""
    name: str = "name"
    """The argument that names the resource, by which others refer to it."""
    refers: Mapping[str, str] = {}
    """Attribute by which others refer to it, to what `Fn::GetAtt` calls it; empty for what `Ref` gives."""
    finish: str = ""
    """What else has to be done, by its name in `finish.py`."""


def enabled(*arguments: str, yes: str = "ENABLED", no: str = "DISABLED") -> dict[str, Mapping[Scalar, Scalar]]:
    """Words for arguments that are true or false, and have words in CloudFormation."""
    return {argument: {True: yes, False: no, "true": yes, "false": no} for argument in arguments}

"""Values that stacks export under a name, so that imports in other stacks of the scan lead to them.

Only a name that is wholly known counts, and only where all stacks that export it mean the same: two stacks of a scan may
be alternatives, and nobody can say which one is deployed.
Source: CloudFormation User Guide, "Get exported outputs from a deployed CloudFormation stack".
"""

from __future__ import annotations

from fourfold.linking.draft import Draft
from fourfold.model.value import Known, Ref, Value


def add(draft: Draft) -> None:
    """Fill `draft.exports`."""
    found: dict[str, list[Value]] = {}
    for output in draft.of_type("Template::Output"):
        for _, name in output.get("Export", "Name").alternatives():
            if isinstance(name, Known):
                found.setdefault(str(name.value), []).append(output.get("Value"))
    for exported, values in found.items():
        if len({_meaning(value) for value in values}) == 1:
            draft.exports[exported] = values[0]


def _meaning(value: Value) -> str:
    return f"{value.target}.{value.attribute}" if isinstance(value, Ref) else str(value.plain())

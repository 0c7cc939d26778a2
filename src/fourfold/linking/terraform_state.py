"""Secrets in Terraform's states: attributes that the state holds in clear."""

from __future__ import annotations

from collections.abc import Iterator

from fourfold.knowledge.secrets import suspicion
from fourfold.linking.draft import Draft
from fourfold.model.nodes import Variable
from fourfold.model.value import Known, Map, Seq, Value

TYPE = "Terraform::State"
DEPTH_MAX = 30


def add(draft: Draft) -> None:
    """A variable for each text that is marked as sensitive, or that its name or form tells to be a secret."""
    for resource in draft.of_type(TYPE):
        marked = {str(value.plain()) for _, value in resource.get("Sensitive").elements()}
        for _, address, attributes in resource.get("Resources").pairs():
            for path, name, value, sensitive in _texts(attributes, address, "", marked, False, 0):
                if sensitive or suspicion(name, str(value.value)) is not None:
                    draft.add(
                        Variable(
                            resource=resource,
                            name=name,
                            part=path,
                            at=value,
                            value=value,
                            owner=f"`{address}` in the state",
                            position="state",
                        )
                    )


def _texts(
    value: Value, path: str, name: str, marked: set[str], sensitive: bool, depth: int
) -> Iterator[tuple[str, str, Known, bool]]:
    """(path, name, text, whether it is marked) of everything below a value."""
    sensitive = sensitive or path in marked
    if isinstance(value, Known):
        if isinstance(value.value, str) and value.value:
            yield path, name, value, sensitive
    elif depth < DEPTH_MAX:
        if isinstance(value, Map):
            for key, entry in value.entries_.items():
                yield from _texts(entry, f"{path}/{key}", key, marked, sensitive, depth + 1)
        elif isinstance(value, Seq):
            for at, item in enumerate(value.items_):
                yield from _texts(item, f"{path}/{at}", name, marked, sensitive, depth + 1)

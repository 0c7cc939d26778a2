"""Plain data as YAML or JSON text, in the manner of what stands around it."""

from __future__ import annotations

import json
import re
from typing import Any

from fourfold.sources.syntax.yaml import plain_scalar

_PLAIN = re.compile(r"[A-Za-z0-9_/.][A-Za-z0-9_/.+:@ -]*\Z")


def yaml_scalar(value: Any) -> str:
    """A scalar as YAML writes it: quoted only where it would be read as something else."""
    if isinstance(value, str):
        plain = _PLAIN.match(value) and not value.endswith((" ", ":")) and ": " not in value and " #" not in value
        if plain and isinstance(plain_scalar(value), str) and not re.match(r"\d{4}-\d\d-\d\d", value):
            return value
        return json.dumps(value, ensure_ascii=False)
    return json.dumps(value)


def yaml_block(value: Any, indent: int) -> str:
    """What follows `key:` or `-` in block style; nested lines are indented by `indent` spaces."""
    pad = "\n" + " " * indent
    if isinstance(value, dict) and value:
        return pad + pad.join(f"{yaml_scalar(k)}:{yaml_block(v, indent + 2)}" for k, v in value.items())
    if isinstance(value, list) and value:
        return pad + pad.join(f"-{_item(v, indent + 2)}" for v in value)
    empty = "{}" if isinstance(value, dict) else "[]" if isinstance(value, list) else None
    return " " + (empty or yaml_scalar(value))


def _item(value: Any, indent: int) -> str:
    """What follows `-`: the first line of a nested block stands on the line of the dash."""
    return " " + yaml_block(value, indent).lstrip()


def flow(value: Any) -> str:
    """Flow style on one line, for YAML."""
    if isinstance(value, dict):
        return "{" + ", ".join(f"{yaml_scalar(k)}: {flow(v)}" for k, v in value.items()) + "}"
    if isinstance(value, list):
        return "[" + ", ".join(flow(v) for v in value) + "]"
    text = yaml_scalar(value)
    return json.dumps(value, ensure_ascii=False) if isinstance(value, str) and re.search(r"[,\[\]{}]", text) else text


def json_text(value: Any, indent: int, step: int) -> str:
    """JSON with nested lines indented from `indent` spaces by `step`; on one line where `step` is 0."""
    if not step or not isinstance(value, (dict, list)) or not value:
        return json.dumps(value, ensure_ascii=False)
    text = json.dumps(value, ensure_ascii=False, indent=step)
    return text.replace("\n", "\n" + " " * indent)

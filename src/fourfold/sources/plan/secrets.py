"""What plans and states hold in clear: found by the masks that come with the values, and covered in the text.

Whatever shows lines of such a file shows them from the covered text, so nothing that Terraform calls sensitive is printed.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator
from typing import Any

from fourfold.model.place import Source

SECRETS_MAX = 2_000
SECRET_CHARS_MIN = 3
"""A shorter text occurs everywhere; only its own place matters, and that is a sensitive one."""
DEPTH_MAX = 60


def texts(value: Any, mask: Any, depth: int = 0) -> Iterator[str]:
    """The texts in plain data that a mask of the same shape marks; `True` marks all below."""
    if depth > DEPTH_MAX or mask in (None, False):
        return
    if isinstance(value, dict):
        for key, entry in value.items():
            yield from texts(
                entry, True if mask is True else mask.get(key) if isinstance(mask, dict) else None, depth + 1
            )
    elif isinstance(value, list):
        for at, entry in enumerate(value):
            inner = mask[at] if isinstance(mask, list) and at < len(mask) else None
            yield from texts(entry, True if mask is True else inner, depth + 1)
    elif mask is True and isinstance(value, (str, int, float)) and not isinstance(value, bool):
        yield str(value)


def covered(source: Source, secrets: Iterable[str]) -> Source:
    """The same text with stars over every secret, wherever it occurs; places stay."""
    wanted = sorted({s for s in secrets if len(s) >= SECRET_CHARS_MIN}, key=len, reverse=True)[:SECRETS_MAX]
    if not wanted:
        return source
    spelled = {form for text in wanted for form in (json.dumps(text)[1:-1], json.dumps(text, ensure_ascii=False)[1:-1])}
    pattern = re.compile("|".join(re.escape(s) for s in sorted(spelled, key=len, reverse=True)))
    out = Source(source.path, pattern.sub(lambda found: "*" * len(found[0]), source.text), rendered=True)
    out.bom = source.bom
    return out

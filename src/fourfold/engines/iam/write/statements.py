"""Needs to statements: as few as say the same."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import msgspec

from fourfold.engines.iam.names import Names
from fourfold.engines.iam.write.needs import Limit, Need, Reason, key_of
from fourfold.knowledge.iam import catalogue
from fourfold.model.value import Value

MANAGED_MAX = 6_144
"""Characters of a managed policy, without white space."""
INLINE_MAX = 10_240
"""Characters of all inline policies of a role.
Both: https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_iam-quotas.html"""


class Written(msgspec.Struct, frozen=True, eq=False):
    """One statement of the policy that is written."""

    actions: tuple[str, ...]
    resources: tuple[Value, ...]
    limits: tuple[Limit, ...]
    needs: tuple[Need, ...]

    @property
    def justified(self) -> bool:
        """Whether `*` is all that the actions know."""
        return all(not a.supports_resources for name in self.actions for a in catalogue().expand(name))

    def reasons(self, action: str) -> list[Reason]:
        """Why an action is there, each place once."""
        found = {(n.reason.place, n.reason.text): n.reason for n in self.needs if n.action == action}
        return sorted(found.values(), key=lambda r: (r.origin, r.place, r.text))

    @property
    def wide(self) -> list[str]:
        """Why resources are wider than what is used."""
        return list(dict.fromkeys(n.wide for n in self.needs if n.wide))


def statements(needs: Iterable[Need], names: Names) -> list[Written]:
    """The statements that allow the needs and nothing else."""
    by_action: dict[tuple[str, Any], dict[Any, list[Need]]] = {}
    for need in needs:
        limits = tuple(sorted((one.operator, one.key, key_of(one.value)) for one in need.limits))
        by_action.setdefault((need.action, str(limits)), {}).setdefault(key_of(need.resource), []).append(need)
    groups: dict[tuple[Any, Any], dict[str, list[Need]]] = {}
    for (action, limits), resources in by_action.items():
        kept = _without_covered(resources, names)
        groups.setdefault((limits, frozenset(kept)), {})[action] = [n for found in kept.values() for n in found]
    out = []
    for found in groups.values():
        first = next(iter(found.values()))
        values = {names.text(n.resource): n.resource for n in first}
        needs_ = tuple(n for rows in found.values() for n in rows)
        on = tuple(sorted(values.values(), key=names.text))
        out.append(Written(tuple(sorted(found)), on, first[0].limits, needs_))
    return sorted(
        out, key=lambda s: ([names.text(r) == "*" for r in s.resources], s.actions, list(map(names.text, s.resources)))
    )


def _without_covered(resources: dict[Any, list[Need]], names: Names) -> dict[Any, list[Need]]:
    """Resources that another one, which ends in `*`, does not take in anyway; its reasons go over to that one."""
    plain = {key: names.text(found[0].resource) for key, found in resources.items()}
    kept: dict[Any, list[Need]] = {}
    moved: list[tuple[Any, list[Need]]] = []
    for key, found in resources.items():
        over = next(
            (other for other, t in plain.items() if other != key and t.endswith("*") and _takes_in(t[:-1], plain[key])),
            None,
        )
        if over is None:
            kept[key] = list(found)
        else:
            moved.append((over, found))
    for over, found in moved:
        target = kept.get(over)
        if target is not None:
            target += [msgspec.structs.replace(n, resource=target[0].resource) for n in found]
        else:
            kept[key_of(found[0].resource)] = list(found)
    return kept


def _takes_in(prefix: str, text: str) -> bool:
    """Whether a pattern that is this prefix and an asterisk takes in another pattern."""
    return "*" not in prefix and "?" not in prefix and text.startswith(prefix)


def document(found: Iterable[Written], names: Names) -> dict[str, Any]:
    """The policy as plain data, with the stand-ins of `names` for what is known only at deployment."""
    return {"Version": "2012-10-17", "Statement": [_plain(one, names) for one in found]}


def _plain(one: Written, names: Names) -> dict[str, Any]:
    out: dict[str, Any] = {
        "Effect": "Allow",
        "Action": list(one.actions),
        "Resource": [names.text(r) for r in one.resources],
    }
    if one.limits:
        out["Condition"] = conditions(one.limits, names.text)
    return out


def conditions(limits: Iterable[Limit], render: Any) -> dict[str, dict[str, Any]]:
    """The `Condition` element."""
    out: dict[str, dict[str, Any]] = {}
    for limit in limits:
        out.setdefault(limit.operator, {})[limit.key] = render(limit.value)
    return out


def size(data: dict[str, Any]) -> int:
    """Characters that count for quotas."""
    import json

    return len(json.dumps(data, separators=(",", ":"), ensure_ascii=False))


def shortened(found: list[Written], names: Names, limit: int) -> tuple[list[Written], list[str]]:
    """The same with `*` at the end of actions, where that adds no action of the catalogue, until it fits the quota."""
    notes: list[str] = []
    out = list(found)
    while size(document(out, names)) > limit:
        best = max(
            range(len(out)),
            key=lambda i: len(" ".join(out[i].actions)) - len(" ".join(_globs(out[i].actions))),
            default=-1,
        )
        if best < 0 or _globs(out[best].actions) == out[best].actions:
            break
        made = _globs(out[best].actions)
        notes.append(
            f"{len(out[best].actions)} actions are written as {', '.join(made)}: the catalogue knows no others"
        )
        out[best] = msgspec.structs.replace(out[best], actions=made)
    return out, notes


def _globs(actions: tuple[str, ...]) -> tuple[str, ...]:
    """Actions with the same beginning as one pattern, where the catalogue holds no other action that it takes in."""
    left = set(actions)
    out: list[str] = []
    for action in sorted(actions):
        if action not in left:
            continue
        service, _, name = action.partition(":")
        for length in range(1, len(name)):
            pattern = f"{service}:{name[:length]}*"
            taken = {str(a) for a in catalogue().expand(pattern)}
            if len(taken) > 1 and taken <= left:
                out.append(pattern)
                left -= taken
                break
        else:
            out.append(action)
            left.discard(action)
    return tuple(out)


def split(found: list[Written], names: Names, limit: int) -> list[list[Written]]:
    """The statements in parts that each fit the quota; one that is too large by itself is a part."""
    parts: list[list[Written]] = [[]]
    for one in found:
        if parts[-1] and size(document([*parts[-1], one], names)) > limit:
            parts.append([])
        parts[-1].append(one)
    return parts

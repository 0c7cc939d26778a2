"""From a candidate to concrete requests, and from a request that shows something to one that reads well.

Nothing here has to be right: each request is judged by the point evaluator before it is shown.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from typing import Any

from fourfold.engines.iam.elements import filled
from fourfold.engines.iam.keys import World
from fourfold.engines.iam.pieces import Piece
from fourfold.knowledge.iam import catalogue
from fourfold.knowledge.iam_arns import can_match

ACCOUNT = "111122223333"
STRANGER = "arn:aws:iam::999999999999:role/stranger"
ROLE = f"arn:aws:iam::{ACCOUNT}:role/any"
_NAME = "any"
EXAMPLES = ("s3:GetObject", "s3:PutObject", "ec2:RunInstances", "iam:PassRole", "lambda:InvokeFunction")
"""Actions that everybody knows."""
_VARIABLE = re.compile(r"\$\{\s*([^,}*?$'\s][^,}']*?)\s*(?:,[^}]*)?\}")
_PLACEHOLDER = re.compile(r"\$\{([^}]*)\}")
_FIXED = {"Partition": "aws", "Region": "us-east-1", "Account": ACCOUNT}
_SUGGESTIONS_MAX = 60


def _plain(text: str) -> str:
    return filled(text, _NAME).replace("*", _NAME).replace("?", "a")


def who_asks(given: Mapping[str, Any]) -> Iterator[str]:
    """Principals that fit what the context says of them, where it does not matter who asks."""
    context: Mapping[str, World] = given["context"]
    yield from context.get("aws:principalarn", ())
    accounts = (*context.get("aws:principalaccount", ()), ACCOUNT)
    for name in context.get("aws:username", ()):
        yield f"arn:aws:iam::{accounts[0]}:user/{name}"
    for account in accounts:
        yield f"arn:aws:iam::{account}:role/any"


def better(
    asked: dict[str, Any], piece: Piece, shows: Callable[[dict[str, Any]], bool], *, anybody: bool
) -> dict[str, Any]:
    """The same with an action that exists, a resource of its kind and a plausible principal, where these show it too.

    `anybody`: whether the question names nobody.
    """
    fields = (("action", _actions), *([("principal", _principals)] if anybody else []), ("resource", _resources))
    for field, suggestions in fields:
        for value in suggestions(asked, piece):
            if value == asked[field]:
                break
            if shows({**asked, field: value}):
                asked = {**asked, field: value}
                break
    return asked


def _actions(asked: dict[str, Any], piece: Piece) -> Iterator[str]:
    prefix, _, name = asked["action"].partition(":")
    service = catalogue().service(prefix)
    if service is not None and name.lower() in service.actions:
        yield str(service.actions[name.lower()])
    patterns = [a for a in piece.statement.actions if a != "*"] if not piece.action.negated else []
    for pattern in (*patterns, *EXAMPLES):
        for action in catalogue().expand(pattern)[:_SUGGESTIONS_MAX]:
            yield str(action)


def _resources(asked: dict[str, Any], piece: Piece) -> Iterator[str]:
    negated = piece.statement.not_resources
    own = [] if negated else [r for r in piece.statement.resources or () if r.strip("*")]
    known = catalogue().expand(asked["action"])
    shapes = [f for action in known for kind in action.types for f in kind.formats]
    # What the statement names comes first where the action works on such a thing.
    for text in own:
        if not known or any(_alike(text, shape) for shape in shapes):
            yield _plain(text)
    for shape in shapes:
        yield _PLACEHOLDER.sub(lambda m: _FIXED.get(m[1], _NAME), shape)
    for text in own:
        yield _plain(text)


def _alike(text: str, shape: str) -> bool:
    """Whether an ARN has as many parts as a shape, roughly."""
    return text.count("/") >= shape.count("/") and text.split(":")[2:3] == shape.split(":")[2:3]


def _principals(asked: dict[str, Any], piece: Piece) -> Iterator[Any]:
    if "aws:principalarn" not in asked["context"]:
        yield from (STRANGER, ROLE) if piece.statement.principals is not None else (ROLE,)


def strange(asked: Mapping[str, Any]) -> list[str]:
    """What the catalogue does not know about a request: it may be newer than the catalogue, or never happen."""
    known = catalogue().expand(asked["action"])
    if not known:
        return [f"the catalogue knows no action `{asked['action']}`"]
    action, resource = known[0], asked["resource"]
    if resource != "*" and not can_match(resource, action):
        return [f"the catalogue knows no resource of `{action}` that is written so"]
    return []

"""What people call principals, actions and resources, and what of an estate is meant.

`anyone` is whoever is not signed in, or signed in to any account; `outside-org` is that and the other accounts that
policies name. `*` leaves a part open. Names may be patterns with `*` and `?`.
"""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterable, Iterator, Sequence
from fnmatch import translate

from msgspec.structs import replace

from fourfold.engines.iam.ask import ANONYMOUS, EVERYONE, external, strangers
from fourfold.engines.iam.document import Statement
from fourfold.engines.iam.estate import Estate, Principal, Target
from fourfold.engines.iam.ground import Document, Grounded
from fourfold.errors import UsageError
from fourfold.knowledge.iam import Action, catalogue
from fourfold.linking.aws_values import references

OPEN = "*"
ANYONE = ("anyone", "anonymous", "everyone", "public")
OUTSIDE = ("outside-org", "outside")
_SERVICE = re.compile(r"[a-z0-9.-]+\.amazonaws\.com(\.cn)?")
_KEY = re.compile(r"arn:[^:]*:kms:[^:]*:[^:]*:key/")
_SUGGESTIONS = 4
_ARN_PARTS = 6


def principals(estate: Estate, who: str, targets: Iterable[Target]) -> list[Principal]:
    """The principals that `who` means. Raises UsageError with suggestions where it means none."""
    if who.lower() in ANYONE:
        return [ANONYMOUS, EVERYONE]
    if who.lower() in OUTSIDE:
        outside = {p.name: p for t in targets for p in strangers(estate, t) if p.kind in ("account", "external")}
        return [ANONYMOUS, EVERYONE, *outside.values()]
    if who == OPEN:
        outside = {p.name: p for t in targets for p in strangers(estate, t)}
        return [*outside.values(), *estate.principals]
    found = [p for p in estate.principals if p.own and _is(who, (p.name, p.arn, _address(p), *p.users))]
    if found:
        return found
    if _SERVICE.fullmatch(who):
        return [Principal(kind="service", name=who, asks={"Service": who})]
    strange = external(who)
    if strange:
        return strange
    names = sorted({name for p in estate.principals if p.own for name in (p.name, *p.users)})
    raise UsageError(f"nobody here is called `{who}`{_suggested(who, names, 'roles and users')}")


def targets(estate: Estate, what: str) -> list[Target]:
    """The resources that `what` means; an ARN that is none of the estate's stands for itself.

    Raises UsageError with suggestions where it means none.
    """
    if what == OPEN:
        return list(estate.targets)
    found = [t for t in estate.targets if _is(what, (t.name, t.arn, t.resource.address if t.resource else ""))]
    if found:
        return list(dict.fromkeys(_key_of(estate, one) for one in found))
    if what.startswith("arn:") and what.count(":") >= _ARN_PARTS - 1:
        around = [t for t in estate.targets if what.startswith((f"{t.arn}/", f"{t.arn}:"))]
        if around:
            whole = max(around, key=lambda t: len(t.arn))
            return [replace(whole, arn=what, name=what)]
        return [Target(arn=what, type="", name=what, policies=_unread(estate, what))]
    names = sorted({t.name for t in estate.targets} | {t.resource.address for t in estate.targets if t.resource})
    raise UsageError(f"nothing here is called `{what}`{_suggested(what, names, 'resources')}")


def _key_of(estate: Estate, target: Target) -> Target:
    """The key behind an alias: what is allowed is allowed for the key."""
    if target.type != "AWS::KMS::Alias" or target.resource is None:
        return target
    behind = {ref.target for ref in references(target.resource.get("TargetKeyId"))}
    return next((t for t in estate.targets if t.resource is not None and t.resource.key in behind), target)


def _unread(estate: Estate, arn: str) -> tuple[Document, ...]:
    """The policy of a resource that was not read. A key has one that may delegate to the account, or not."""
    if not _KEY.match(arn):
        return ()
    reason = "the key's policy is not part of what was read, and may not delegate to the account"
    account = (("AWS", f"arn:aws:iam::{estate.account}:root"),)
    may = Statement("key policy", "Allow", actions=("kms:*",), resources=("*",), principals=account)
    return (Document("resource", "key policy", (Grounded(None, may, may, reason=reason),)),)


def actions(pattern: str) -> tuple[Action, ...]:
    """The known actions that a pattern means. Raises UsageError where it means none.

    One that the catalogue does not know is an error where its service is known: it would never be asked for.
    """
    known = catalogue().expand(pattern)
    if known:
        return known
    prefix, colon, name = pattern.partition(":")
    service = catalogue().service(prefix) if colon else None
    if service is None:
        near = difflib.get_close_matches(prefix.lower(), catalogue().prefixes, 3) if colon else ()
        hint = f"; did you mean `{'`, `'.join(near)}`?" if near else "; write `service:Action`, as in `s3:GetObject`"
        raise UsageError(f"`{pattern}` is no action{hint}")
    names = [str(a) for a in service.actions.values()]
    raise UsageError(f"`{service.prefix}` has no action `{name}`{_suggested(f'{prefix}:{name}', names, '')}")


def _is(wanted: str, names: Iterable[str]) -> bool:
    if OPEN in wanted or "?" in wanted:
        match = re.compile(translate(wanted))
        return any(name and match.fullmatch(name) for name in names)
    return wanted in names


def _address(principal: Principal) -> str:
    return principal.node.resource.address if principal.node is not None else ""


def _suggested(wanted: str, names: Sequence[str], what: str) -> str:
    near = list(_near(wanted, names))[:_SUGGESTIONS]
    if near:
        return f"; did you mean `{'`, `'.join(near)}`?"
    if what and names:
        some = ", ".join(f"`{name}`" for name in names[:_SUGGESTIONS])
        more = f" and {len(names) - _SUGGESTIONS} more" if len(names) > _SUGGESTIONS else ""
        return f"; its {what} are {some}{more}"
    return f"; it declares no {what}" if what else ""


def _near(wanted: str, names: Sequence[str]) -> Iterator[str]:
    lower = {name.lower(): name for name in names}
    found = difflib.get_close_matches(wanted.lower(), lower, _SUGGESTIONS, 0.6)
    inside = [key for key in lower if wanted.lower() in key]
    for key in dict.fromkeys((*found, *inside)):
        yield lower[key]

"""Proofs about the policy that was written."""

from __future__ import annotations

import re
from collections.abc import Iterable

from fourfold.engines.exact.answer import Answer, Proved, Unknown, Witness
from fourfold.engines.iam import symbolic
from fourfold.engines.iam.decision import UndecidedError
from fourfold.engines.iam.document import Policy, parse
from fourfold.engines.iam.names import ACCOUNT, STAND_IN, Names, open_in
from fourfold.engines.iam.request import request
from fourfold.engines.iam.spec import decide, evaluate
from fourfold.engines.iam.write.needs import Need
from fourfold.engines.iam.write.present import STANDS

_ACCOUNT = re.compile(r"\d{12}")


def _delegating(account: str) -> Policy:
    """The default policy of a key, which leaves it to the account's identity policies.

    Source: https://docs.aws.amazon.com/kms/latest/developerguide/key-policy-default.html
    """
    root = {"AWS": f"arn:aws:iam::{account}:root"}
    statement = {"Effect": "Allow", "Principal": root, "Action": "kms:*", "Resource": "*"}
    return parse({"Version": "2012-10-17", "Statement": statement}, "resource")


def covers(made: Policy, needs: Iterable[Need], names: Names) -> Answer:
    """Whether each need is allowed to a role of the account, asked of the point evaluator with one request for each."""
    for need in needs:
        resource = instance(names.text(need.resource))
        resource = f"{STANDS}{resource}" if STAND_IN.fullmatch(resource) else resource
        parts = resource.split(":")
        account = parts[4] if len(parts) > 5 and _ACCOUNT.fullmatch(parts[4]) else ACCOUNT
        asked = {
            "principal": f"arn:aws:iam::{account}:role/workload",
            "action": need.action,
            "resource": resource,
            "context": {limit.key: names.text(limit.value) for limit in need.limits},
        }
        try:
            layers = {"identity": [[made]]} | (
                {"resource": [[_delegating(account)]]} if need.action.startswith("kms:") else {}
            )
            allowed = decide(made_request := request(asked), layers).allowed
        except UndecidedError:
            # The other side decides, too (a trust policy): what can be written here is this side.
            allowed = evaluate([made], made_request).outcome == "allowed"
        except ValueError as error:
            return Unknown(f"`{need.action}` on `{resource}` is no request: {error}")
        if not allowed:
            return Witness(asked, (f"needed: {need.reason.text}",))
    return Proved()


def instance(text: str) -> str:
    """A resource that a pattern takes in: its wildcards are filled."""
    if text == "*":
        return text
    kept = text.replace("${*}", "\0").replace("${?}", "\1").replace("${$}", "$")
    return kept.replace("*", "any").replace("?", "x").replace("\0", "*").replace("\1", "?")


def narrower(made: Policy, lower: Policy, upper: Policy, names: Names) -> Answer:
    """Whether the policy allows nothing that the present one does not surely allow; else a request that is new.

    Unknown where the present policy may allow it, because of what is known only at deployment.
    """
    sure = symbolic.no_new_access(lower, made)
    if not isinstance(sure, Witness):
        return sure
    may = symbolic.no_new_access(upper, made)
    if isinstance(may, Witness) and not open_in(str((may.request or {}).get("resource"))):
        return may
    resource = str((sure.request or {}).get("resource"))
    why = names.why(resource) or "the present policy is not wholly known"
    return Unknown(f"whether `{(sure.request or {}).get('action')}` on `{resource}` is allowed now: {why}")

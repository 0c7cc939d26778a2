"""Conditions on the tags of resources, for actions that never have them.

Source beside the checks: https://docs.aws.amazon.com/IAM/latest/UserGuide/access_tags.html
"""

from __future__ import annotations

from collections.abc import Iterator

from fourfold.engines.iam.validate.facts import Key, key, supports
from fourfold.engines.iam.validate.issues import Issue
from fourfold.engines.iam.validate.subject import Row, Subject

_TAGS = "aws:resourcetag/"


def unsupported(subject: Subject) -> Iterator[Issue]:
    """Security Warning - Deny [NotAction] with unsupported tag condition key for service; Suggestion - Allow [NotAction] with
    unsupported tag condition key for service.

    Only conditions that hold for no request without the tag; others have their effect all the same. A pattern of actions is
    named where none of the actions it matches has the key.
    """
    for row in subject.rows:
        for test in row.tests_of(_TAGS):
            known = key(test.lower)
            if known is None or not test.needs_key or not (row.allow or row.deny):
                continue
            does = "ALLOW" if row.allow else "DENY"
            past = "allowed" if row.allow else "denied"
            if "NotAction" in row.data:
                what = f"actions that do not have `{test.key}` are not {past} by this: name actions in `Action`"
                yield Issue(
                    f"{does}_NOTACTION_WITH_UNSUPPORTED_TAG_CONDITION_KEY_FOR_SERVICE", what, test.path, "catalogue"
                )
                continue
            services = _without(row, known)
            if services:
                what = f"actions of {', '.join(services)} never have `{test.key}`: they are not {past} by this"
                yield Issue(f"{does}_WITH_UNSUPPORTED_TAG_CONDITION_KEY_FOR_SERVICE", what, test.path, "catalogue")


def _without(row: Row, known: Key) -> list[str]:
    """The services of the actions that never have a key."""
    out: set[str] = set()
    for _, text, found in row.expanded():
        if text != "*" and found and not any(supports(action, known) for action in found):
            out.add(found[0].service)
    return sorted(out)


CHECKS = (unsupported,)

"""Actions: whether they exist, and whether others take them in."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from difflib import get_close_matches

from fourfold.engines.exact.globs import Glob, covers
from fourfold.engines.iam.elements import action as action_glob
from fourfold.engines.iam.validate.issues import Issue
from fourfold.engines.iam.validate.subject import Subject
from fourfold.engines.iam.written import Path
from fourfold.knowledge.iam import catalogue

HINTS_MAX = 20
"""Actions of one document for which one that is spelled nearly so is looked for, which takes long."""
STEPS_MAX = 10_000_000
"""Steps of comparing the patterns of one element with each other: a pair takes the product of their lengths."""

_PROTECTED_BY = {
    "AWS::S3::Bucket": ("s3",), "AWS::S3::AccessPoint": ("s3",), "AWS::KMS::Key": ("kms",), "AWS::SNS::Topic": ("sns",),
    "AWS::SQS::Queue": ("sqs",), "AWS::SecretsManager::Secret": ("secretsmanager",), "AWS::Lambda::Function": ("lambda",),
    "AWS::ECR::Repository": ("ecr",), "AWS::EFS::FileSystem": ("elasticfilesystem",), "AWS::DynamoDB::Table": ("dynamodb",),
    "AWS::Events::EventBus": ("events",), "AWS::Kinesis::Stream": ("kinesis",), "AWS::S3Express::DirectoryBucket": ("s3express",),
    "AWS::Backup::BackupVault": ("backup",),
}  # fmt: skip
"""What the actions and ARNs of a resource policy begin with, by the type it is attached to."""


def exist(subject: Subject) -> Iterator[Issue]:
    """Error - Invalid action, Invalid service in action; Suggestion - Wildcard in service name."""
    hints = iter(range(HINTS_MAX))
    for row in subject.rows:
        for path, text in row.texts("Action", "NotAction"):
            if text == "*" or "${" in text:
                continue
            prefix, colon, name = text.partition(":")
            if not colon or not name or not prefix:
                yield Issue("INVALID_ACTION", f"`{text}` is no `service:Action`", path)
            elif "*" in prefix or "?" in prefix:
                if row.allow and prefix.strip("*"):
                    what = f"`{prefix}` takes in services that may come, of which nobody knows what their actions do"
                    yield Issue("WILDCARD_IN_SERVICE_NAME", what, path, "advice")
                if not catalogue().expand(text):
                    yield Issue("INVALID_ACTION", f"no known action is matched by `{text}`", path, "catalogue")
            else:
                yield from _exists(prefix, text, path, hints)


def _exists(prefix: str, text: str, path: Path, hints: Iterator[int]) -> Iterator[Issue]:
    service = catalogue().service(prefix)
    if service is None:
        near = _near(prefix.lower(), catalogue().prefixes, hints)
        what = f"there is no service `{prefix}` as of {catalogue().date}{_meant(near)}"
        yield Issue("INVALID_SERVICE_IN_ACTION", what, path, "catalogue")
    elif not catalogue().expand(text):
        name = text.partition(":")[2]
        what = f"there is no action `{text}` as of {catalogue().date}"
        near = []
        if "*" in name or "?" in name:
            what = f"no action that is known as of {catalogue().date} is matched by `{text}`"
        else:
            near = [str(service.actions[n]) for n in _near(name.lower(), service.actions, hints)]
        yield Issue("INVALID_ACTION", f"{what}{_meant(near)}", path, "catalogue")


def _near(name: str, known: Iterable[str], hints: Iterator[int]) -> list[str]:
    """The known name that is spelled most like this one, while there are hints left to give."""
    return get_close_matches(name, known, 1) if next(hints, None) is not None else []


def _meant(near: list[str]) -> str:
    return f"; `{near[0]}` is one" if near else ""


def redundant(subject: Subject) -> Iterator[Issue]:
    """Suggestion - Redundant action. Proved: each action that one pattern matches, known or not, another matches too."""
    for row in subject.rows:
        for name in ("Action", "NotAction"):
            texts = row.texts(name)
            wild = [(path, action_glob(text)) for path, text in texts]
            for path, other in _covered(wild, (*row.path, name)):
                if other is None:
                    yield Issue("UNDECIDED", "too many actions to look for redundant ones", path)
                else:
                    text, by = dict(texts)[path], dict(texts)[other]
                    what = f"`{text}` is written twice" if text.lower() == by.lower() else f"`{by}` takes in `{text}`"
                    yield Issue("REDUNDANT_ACTION", what, path, "proof")


def _covered(globs: list[tuple[Path, Glob]], element: Path) -> Iterator[tuple[Path, Path | None]]:
    """(a pattern, another that takes it in); of equal ones the later. (the element, None) where there are too many."""
    first: dict[Glob, Path] = {}
    unique: list[tuple[Path, Glob]] = []
    for path, glob in globs:
        if glob in first:
            yield path, first[glob]
        else:
            first[glob] = path
            unique.append((path, glob))
    wide: dict[str, list[tuple[Path, Glob]]] = {}
    for path, glob in unique:
        if not glob.literal:
            wide.setdefault(_head(glob), []).append((path, glob))
    steps = 0
    for path, glob in unique:
        head = _head(glob)
        # What takes in a pattern begins with a beginning of what the pattern begins with.
        for other, wider in (one for end in range(len(head) + 1) for one in wide.get(head[:end], ())):
            steps += len(wider.tokens) * len(glob.tokens)
            if steps > STEPS_MAX:
                yield element, None
                return
            if other != path and covers(wider, glob):
                yield path, other
                break


def _head(glob: Glob) -> str:
    """What everything that a pattern matches begins with."""
    end = next((i for i, token in enumerate(glob.tokens) if token < 0), len(glob.tokens))
    return "".join(map(chr, glob.tokens[:end]))


def supported(subject: Subject) -> Iterator[Issue]:
    """Error - Unsupported action in policy, for resources whose type is known."""
    wanted = _PROTECTED_BY.get(subject.resource_type)
    if subject.kind != "resource" or wanted is None:
        return
    for row in subject.rows:
        for path, text in row.texts("Action", "NotAction"):
            prefix = text.partition(":")[0].lower()
            if text != "*" and "*" not in prefix and "?" not in prefix and prefix not in wanted:
                what = f"`{text}` is no action on a resource of type {subject.resource_type}"
                yield Issue("UNSUPPORTED_ACTION_IN_POLICY", what, path, "catalogue")


def supported_resources(subject: Subject) -> Iterator[Issue]:
    """Error - Unsupported resource ARN in policy, for resources whose type is known."""
    wanted = _PROTECTED_BY.get(subject.resource_type)
    if subject.kind != "resource" or wanted is None:
        return
    for row in subject.rows:
        for path, text in row.texts("Resource", "NotResource"):
            parts = text.split(":")
            if (
                len(parts) > 3
                and parts[0] == "arn"
                and not set("*?$") & set(parts[2])
                and parts[2].lower() not in wanted
            ):
                what = f"`{text}` is no resource of type {subject.resource_type}, which the policy is attached to"
                yield Issue("UNSUPPORTED_RESOURCE_ARN_IN_POLICY", what, path, "catalogue")


CHECKS = (exist, redundant, supported, supported_resources)

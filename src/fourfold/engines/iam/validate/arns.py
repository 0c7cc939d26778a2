"""The ARNs of `Resource` and `NotResource`: whether any resource can have them.

Formats are those of the catalogue; what a wildcard or a variable leaves open is taken to be anything that would fit.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from fourfold.engines.exact.globs import glob, matches
from fourfold.engines.iam.elements import has_variable
from fourfold.engines.iam.elements import resource as resource_glob
from fourfold.engines.iam.validate.actions import _covered
from fourfold.engines.iam.validate.facts import LISTED_IN_FULL, all_formats, formats
from fourfold.engines.iam.validate.issues import Issue
from fourfold.engines.iam.validate.subject import Row, Subject
from fourfold.engines.iam.written import Path
from fourfold.knowledge.iam import catalogue
from fourfold.knowledge.iam_arns import ANY, intersects, literal, shape
from fourfold.knowledge.regions import PARTITIONS, READ, REGIONS

COMPONENTS = 6
_ACCOUNT = re.compile(r"\d{12}")
_AWS_OWNED = "aws"
"""Stands in place of the account in the ARNs of what AWS owns (`arn:aws:iam::aws:policy/ReadOnlyAccess`)."""


def resources(subject: Subject) -> Iterator[Issue]:
    """Error - Invalid ARN prefix, service case, partition, Region, account, resource; Missing ARN field, Region, account;
    ARN account, Region not allowed; Invalid service; Suggestion - Wildcard in service name."""
    for row in subject.rows:
        for path, text in row.texts("Resource", "NotResource"):
            of_api = subject.kind == "resource" and text.startswith("execute-api:/")
            if text.strip("*") and not text.startswith("${") and not of_api:
                yield from _resource(row, path, text)


def _resource(row: Row, path: Path, text: str) -> Iterator[Issue]:
    parts = text.split(":", COMPONENTS - 1)
    if parts[0] != "arn":
        yield Issue("INVALID_ARN_PREFIX", f"`{text}` is neither an ARN, which begins with `arn:`, nor `*`", path)
        return
    if len(parts) < COMPONENTS:
        if not text.endswith("*") and "${" not in text:
            what = f"`{text}` has {len(parts)} parts of six: arn:partition:service:region:account:resource"
            yield Issue("MISSING_ARN_FIELD", what, path)
        return
    _, partition, service, *_ = parts
    if "${" not in partition and not any(matches(glob(partition), known) for known in PARTITIONS):
        yield Issue("INVALID_PARTITION", f"there is no partition `{partition}`: {', '.join(PARTITIONS)}", path)
    if "${" in service:
        return
    if "*" in service or "?" in service:
        if row.allow:
            what = f"`{service}` takes in services that may come, of which nobody knows what their resources are"
            yield Issue("WILDCARD_IN_SERVICE_NAME", what, path, "advice")
        return
    known = formats(service.lower()) or all_formats().get(service.lower(), [])
    if service != service.lower() and known:
        yield Issue("INVALID_ARN_SERVICE_CASE", f"services are written in lower case: `{service.lower()}`", path)
    elif not known:
        if catalogue().service(service) is None:
            what = f"there is no service `{service}` as of {catalogue().date}"
            yield Issue("INVALID_SERVICE", what, path, "catalogue")
    else:
        yield from _like_formats(path, text, known)


def _like_formats(path: Path, text: str, known: list[str]) -> Iterator[Issue]:
    service, region, account, rest = literal(text).split(":", COMPONENTS - 1)[2:]
    if ANY in service + region + account and literal(text).count(":") < COMPONENTS - 1:
        return  # a variable may hold colons
    alike = [f for f in known if intersects(rest, shape(f).split(":", COMPONENTS - 1)[-1])]
    if not alike:
        alike = [f for f in all_formats()[service] if intersects(rest, shape(f).split(":", COMPONENTS - 1)[-1])]
    if not alike:
        examples = ", ".join(sorted({f.split(":", COMPONENTS - 1)[-1] for f in known})[:4])
        what = f"no resource of `{service}` is written so, as of {catalogue().date}: {examples}, ..."
        yield Issue("INVALID_ARN_RESOURCE", what, path, "catalogue")
        return
    regions = {f.split(":", COMPONENTS - 1)[3] for f in alike}
    accounts = {f.split(":", COMPONENTS - 1)[4] for f in alike}
    yield from _region(path, service, region, regions)
    yield from _account(path, service, account, accounts)


def _region(path: Path, service: str, region: str, wanted: set[str]) -> Iterator[Issue]:
    open_ = region.strip("*" + ANY)
    if wanted == {""} and open_:
        what = f"the ARNs of such resources of `{service}` have no Region"
        yield Issue("ARN_REGION_NOT_ALLOWED", what, path, "catalogue")
    elif not region and "" not in wanted and "*" not in wanted:
        what = f"the ARNs of such resources of `{service}` have a Region"
        yield Issue("MISSING_ARN_REGION", what, path, "catalogue")
    elif open_ and ANY not in region and region not in wanted and not _is_region(region):
        yield Issue("INVALID_ARN_REGION", f"there is no Region `{region}` as of {READ}", path, "catalogue")


def _is_region(pattern: str) -> bool:
    return pattern in REGIONS or any(matches(glob(pattern), region) for region in REGIONS)


def _account(path: Path, service: str, account: str, wanted: set[str]) -> Iterator[Issue]:
    open_ = account.strip("*" + ANY)
    if wanted == {""} and open_:
        what = f"the ARNs of such resources of `{service}` have no account"
        yield Issue("ARN_ACCOUNT_NOT_ALLOWED", what, path, "catalogue")
    elif not account and "" not in wanted and "*" not in wanted and service in LISTED_IN_FULL:
        what = f"the ARNs of such resources of `{service}` have an account"
        yield Issue("MISSING_ARN_ACCOUNT", what, path, "catalogue")
    elif open_ and ANY not in account and account not in {*wanted, _AWS_OWNED} and not _is_account(account):
        yield Issue("INVALID_ARN_ACCOUNT", f"an account has 12 digits, not `{account}`", path)


def _is_account(pattern: str) -> bool:
    if not set(pattern) <= set("0123456789*?"):
        return False
    return _ACCOUNT.fullmatch(pattern) is not None or intersects(pattern, "?" * 12)


def redundant(subject: Subject) -> Iterator[Issue]:
    """Suggestion - Redundant resource. Proved: each resource that one pattern matches another matches too.

    What has a policy variable is only compared with patterns that have none.
    """
    for row in subject.rows:
        for name in ("Resource", "NotResource"):
            texts = dict(row.texts(name))
            globs = [
                (path, resource_glob(text, variables=False))
                for path, text in texts.items()
                if not (subject.variables and has_variable(text))
            ]
            for path, other in _covered(globs, (*row.path, name)):
                if other is None:
                    yield Issue("UNDECIDED", "too many resources to look for redundant ones", path)
                else:
                    text, by = texts[path], texts[other]
                    what = f"`{text}` is written twice" if text == by else f"`{by}` takes in `{text}`"
                    yield Issue("REDUNDANT_RESOURCE", what, path, "proof")


CHECKS = (resources, redundant)

"""What a check is, and how checks are found."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any, TypeAlias

import msgspec

from fourfold.errors import UsageError
from fourfold.findings.finding import Raised
from fourfold.findings.principles import PRINCIPLES
from fourfold.findings.severity import Severity

Findings: TypeAlias = Iterator[Raised]
"""What a check function returns."""


class Check(msgspec.Struct, frozen=True):
    """One check: a question about one kind of subject."""

    id: str
    code: str
    principle: str
    severity: Severity
    subject: type
    """The class of node it is run on: `Container`, `Resource`, `Graph`, ..."""
    run: Callable[..., Iterable[Raised]]
    page: str
    """Its text: first line the title, then why it matters, how to mend it, and an example that is run as a test."""
    since: str
    refs: tuple[str, ...] = ()
    """The same demand in other catalogues: `aws-fsbp:ECS.5`, `cis-k8s:5.2.5`, `cwe:798`."""
    types: tuple[str, ...] = ()
    """Resource types it is run on, where the subject is `Resource`; empty: all."""
    wants_graph: bool = False
    """Whether the function takes the graph as its second argument."""
    not_on: Mapping[str, str] = {}
    """Platforms on which the question makes no sense, each with the reason: the check is not run there."""
    no_fix: str = ""
    """Why what it finds cannot be mended by an edit; empty where it can."""
    finds_secrets: bool = False
    """Whether its findings say what reports must mask."""

    @property
    def title(self) -> str:
        return self.page.strip().splitlines()[0]


def check(
    severity: Severity,
    *,
    code: str,
    since: str,
    refs: tuple[str, ...] | list[str] = (),
    types: tuple[str, ...] | list[str] = (),
    not_on: Mapping[str, str] | None = None,
    no_fix: str = "",
    finds_secrets: bool = False,
) -> Callable[..., Check]:
    """Turn a generator function into a check.

    The function's name is the check's id, its docstring the page, the class that annotates its first parameter the
    subject. A second parameter, if there is one, receives the graph. The folder of its file is the principle, and so is
    the first digit of its code. `types` narrows a subject `Resource`; `not_on` says on which platforms it makes no
    sense, and why; `no_fix` why there is no edit that mends it. One that `finds_secrets` is run also where it is not
    asked for, so that no report shows what it found.
    """

    def decorate(function: Callable[..., Iterable[Raised]]) -> Check:
        parameters = list(inspect.signature(function).parameters)
        subject = function.__annotations__[parameters[0]]
        if isinstance(subject, str):
            subject = function.__globals__[subject]
        principle = list(PRINCIPLES)[int(code[2]) - 1]
        return Check(
            id=function.__name__,
            code=code,
            principle=principle,
            severity=severity,
            subject=subject,
            run=function,
            page=inspect.cleandoc(function.__doc__ or "") + notes(not_on or {}, no_fix),
            since=since,
            refs=tuple(refs),
            types=tuple(types),
            wants_graph=len(parameters) > 1,
            not_on=dict(not_on or {}),
            no_fix=no_fix,
            finds_secrets=finds_secrets,
        )

    return decorate


_PLATFORMS = {
    "lambda-zip": "Lambda",
    "lambda-image": "Lambda",
    "fargate": "Fargate",
    "ecs-ec2": "ECS on EC2",
    "eks-node": "Kubernetes nodes",
    "eks-fargate": "EKS on Fargate",
    "ec2": "EC2",
    "compose": "Compose",
    "unknown": "a platform that is not known",
}


def notes(not_on: Mapping[str, str], no_fix: str) -> str:
    """What a page says at its end about where the check is not asked, and why there is no fix."""
    by_reason: dict[str, list[str]] = {}
    for platform, reason in not_on.items():
        names = by_reason.setdefault(reason, [])
        if _PLATFORMS[platform] not in names:
            names.append(_PLATFORMS[platform])
    lines = [f"Not asked on {' and '.join(names)}: {reason}." for reason, names in by_reason.items()]
    if no_fix:
        lines.append(f"There is no automatic fix: {no_fix}.")
    return "\n\n" + "\n".join(lines) if lines else ""


def checks_of(package: Any) -> Iterator[Check]:
    """The checks of a package or module: every file's `@check` functions, and the rows of each `settings.toml`.

    Built-in checks and those of the entry point group `fourfold.checks` come by this one door.
    """
    from fourfold.findings.settings import rows_of

    if not hasattr(package, "__path__"):
        yield from (value for value in vars(package).values() if isinstance(value, Check))
        return
    import pkgutil
    from importlib import import_module
    from pathlib import Path

    for folder in package.__path__:
        yield from rows_of(Path(folder) / "settings.toml")
    for module in pkgutil.iter_modules(package.__path__, package.__name__ + "."):
        yield from checks_of(import_module(module.name))


def select(checks: list[Check], only: Iterable[str]) -> list[Check]:
    """The checks named by id, code, code prefix (`FF4`) or principle; all where nothing is named."""
    wanted = list(only)
    if not wanted:
        return checks
    out: list[Check] = []
    for name in wanted:
        key = name.strip().lower().replace("-", "_")
        found = [c for c in checks if key in (c.id, c.principle) or c.code.lower().startswith(key)]
        if not found:
            raise UsageError(f"no check is called `{name}`; `fourfold explain` lists them all")
        out.extend(c for c in found if c not in out)
    return out

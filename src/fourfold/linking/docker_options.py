"""Docker's security options, as task definitions (`DockerSecurityOptions`) and Compose (`security_opt`) list them.

Each function makes of one element of the list what it says of one setting; None where it speaks of another.
Source: https://docs.docker.com/reference/cli/docker/container/run/#security-opt.
"""

from __future__ import annotations

from fourfold.model.value import Known, Text, Value, known


def escalation(item: Value) -> Value | None:
    """Whether processes may gain more rights: `no-new-privileges` forbids it."""
    option = _option(item)
    if option is None:
        return _undecided(item, "no-new-privileges")
    return known(option[1] == "false", at=item) if option[0] == "no-new-privileges" else None


def seccomp(item: Value) -> Value | None:
    """The type of the seccomp profile: `Unconfined`, or `Localhost` where a file is named."""
    return _profile(item, "seccomp")


def apparmor(item: Value) -> Value | None:
    """The type of the AppArmor profile, in the same words."""
    return _profile(item, "apparmor")


def _option(item: Value) -> tuple[str, str] | None:
    """Name and value: `seccomp:unconfined`, `seccomp=unconfined`, `no-new-privileges`."""
    if not isinstance(item, Known):
        return None
    text = str(item.value)
    name, sign, value = text.partition("=" if "=" in text.partition(":")[0] else ":")
    return name.strip(), value.strip() if sign else ""


def _profile(item: Value, kind: str) -> Value | None:
    option = _option(item)
    if option is None:
        return _undecided(item, kind)
    if option[0] != kind:
        return None
    return known("Unconfined" if option[1] == "unconfined" else "Localhost", at=item)


def _undecided(item: Value, kind: str) -> Value | None:
    """The element, which may speak of this setting; None where its beginning says that it does not."""
    first = item.parts[0] if isinstance(item, Text) else ""
    return None if isinstance(first, str) and first and not kind.startswith(first[: len(kind)]) else item

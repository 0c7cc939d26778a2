"""Names of container images, and what is known of images that nobody here builds.

Grammar: https://github.com/distribution/reference (`[registry/]repository[:tag][@digest]`).
"""

from __future__ import annotations

import re

import msgspec

from fourfold.model.value import Known, Text, Value

_CONTENT_TAG = re.compile(r"[0-9a-f]{64}")


HOLE = "\0"
"""Stands in an `ImageName` for what is not known."""


class ImageName(msgspec.Struct, frozen=True):
    """An image reference, taken apart."""

    registry: str
    """`docker.io` where none is named."""
    repository: str
    """Without the registry; official images of Docker Hub without `library/`."""
    tag: str
    """Empty where none is given."""
    digest: str

    @property
    def pinned(self) -> bool:
        """Whether the name can only ever mean one image: by digest, or by a tag that is a hash of the content."""
        return bool(self.digest) or _CONTENT_TAG.fullmatch(self.tag) is not None


def image_name(text: str) -> ImageName:
    """An image reference taken apart. No text is refused: what does not follow the grammar lands in the repository."""
    rest, _, digest = text.strip().partition("@")
    head, slash, tail = rest.rpartition("/")
    tail, _, tag = tail.partition(":")
    rest = f"{head}{slash}{tail}"
    first, slash, others = rest.partition("/")
    if slash and ("." in first or ":" in first or first == "localhost"):
        registry, repository = first, others
    else:
        registry, repository = "docker.io", rest
    if registry in {"docker.io", "index.docker.io", "registry-1.docker.io"}:
        registry, repository = "docker.io", repository.removeprefix("library/")
    return ImageName(registry, repository, tag, digest)


def image_of(value: Value) -> ImageName | None:
    """The image reference that a settled value is; what is not known of it is a `HOLE`. None where nothing is known."""
    if isinstance(value, Known):
        return image_name(str(value.value))
    if isinstance(value, Text):
        return image_name("".join(p if isinstance(p, str) else HOLE for p in value.parts))
    return None


ROOT = "root"

_ROOT_IMAGES = frozenset({
    "alpine", "almalinux", "amazonlinux", "archlinux", "busybox", "centos", "debian", "fedora", "oraclelinux", "photon",
    "rockylinux", "ubuntu", "buildpack-deps", "bash",
    "amazoncorretto", "clojure", "composer", "dart", "eclipse-temurin", "elixir", "erlang", "gcc", "golang", "gradle",
    "haskell", "ibmjava", "julia", "maven", "mono", "node", "openjdk", "perl", "php", "pypy", "python", "r-base", "ruby",
    "rust", "sapmachine", "swift",
    "caddy", "docker", "httpd", "nginx", "tomcat", "traefik",
    "scratch",
})  # fmt: skip
"""Official images of Docker Hub whose configuration names no user, so that programs start as root.

Read 2026-11 in the Dockerfiles of the repositories that https://github.com/docker-library/official-images names: no
Linux variant says USER, but for `docker`'s rootless one and `gradle`, which ends with `USER root`. Databases are left
out: many of them change the user in their entry point."""

_WINDOWS = ("nanoserver", "windowsservercore")
"""Words in tags of images for Windows, which knows no root: those on Nano Server name the user `ContainerUser`."""

_NOT_ROOT = re.compile(r"(?:.*[-:.])?(?:nonroot|rootless|unprivileged|non-root)(?:[-:.].*)?")


def default_user(image: ImageName) -> str:
    """The user an image runs as if nobody says otherwise: `root`, another name, or empty where that is not known."""
    if _NOT_ROOT.fullmatch(image.tag) or _NOT_ROOT.fullmatch(image.repository.replace("/", ":")):
        return "nonroot"
    if image.registry == "cgr.dev" and image.repository.startswith("chainguard/"):
        return "nonroot"
    if any(word in image.tag for word in _WINDOWS):
        return ""
    official = image.registry == "docker.io" and "/" not in image.repository
    mirrored = image.registry == "public.ecr.aws" and image.repository.startswith("docker/library/")
    name = image.repository.removeprefix("docker/library/")
    if (official or mirrored) and name in _ROOT_IMAGES:
        return ROOT
    if image.registry == "gcr.io" and image.repository.startswith("distroless/"):
        return ROOT  # the tags that name another user were told above
    return ROOT if (image.registry, image.repository.split("/")[0]) == ("public.ecr.aws", "amazonlinux") else ""

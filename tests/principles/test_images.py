"""Dockerfiles: users, bases, downloads and files that should not be in an image."""

from __future__ import annotations

import pytest


def dockerfile(scan, only: str, *lines: str):
    return scan({"Dockerfile": "\n".join(("FROM debian:13-slim", *lines)) + "\n"}, only).findings


@pytest.mark.parametrize(
    ("line", "severities"),
    [
        ("RUN curl -fsSL https://example.com/install.sh | sh", ["medium"]),
        ("RUN wget -qO- https://example.com/install.sh | sudo -E bash -", ["medium"]),
        ("RUN curl -k https://example.com/install.sh | bash -s -- --yes", ["high"]),
        ("RUN curl http://example.com/install.sh | bash", ["high"]),
        ('RUN sh -c "$(curl -fsSL https://example.com/install.sh)"', ["medium"]),
        ("RUN bash <(curl -s https://example.com/install.sh)", ["medium"]),
        ("RUN curl -sSL https://install.python-poetry.org | python3 -", ["medium"]),
        ("RUN curl -fsSL https://example.com/key.asc | gpg --dearmor -o /usr/share/keyrings/x.gpg", []),
        ("RUN curl -fsSL https://example.com/app.tar.gz | tar xz", []),
        ("RUN curl https://example.com/x.sh -o x.sh && sha256sum -c x.sum && sh x.sh", []),
        ("RUN echo 'curl x | sh' ; ls", []),
        ("RUN curl https://example.com/list | sort", []),
        ("RUN curl https://example.com/list | grep shell", []),
    ],
)
def test_scripts_from_the_internet(scan, line: str, severities: list[str]) -> None:
    assert [f.severity for f in dockerfile(scan, "script_from_the_internet", line)] == severities


@pytest.mark.parametrize(
    ("line", "count"),
    [
        ("ADD https://example.com/a.tgz /opt/", 1),
        ('ADD ["https://example.com/a.tgz", "/opt/"]', 1),
        ("ADD --checksum=sha256:" + "0" * 64 + " https://example.com/a.tgz /opt/", 0),
        ("ADD a.tgz /opt/", 0),
        ("COPY a.tgz /opt/", 0),
    ],
)
def test_remote_files(scan, line: str, count: int) -> None:
    assert len(dockerfile(scan, "remote_file_added", line)) == count


@pytest.mark.parametrize(
    ("line", "count"),
    [
        ("COPY .env /app/", 1),
        ("COPY conf/.npmrc package.json /app/", 1),
        ("COPY id_rsa /root/.ssh/id_rsa", 1),
        ("COPY private-key.pem /app/", 1),
        ("COPY .env.example /app/.env", 0),
        ("COPY --from=build /root/.npmrc /x", 0),
        ("COPY ca.pem /etc/ssl/", 0),
        ("COPY environment.ts /app/", 0),
    ],
)
def test_files_with_secrets(scan, line: str, count: int) -> None:
    assert len(dockerfile(scan, "secret_file_in_image", line)) == count


@pytest.mark.parametrize(
    ("text", "certainty"),
    [
        ("FROM python:3.13\n", "proved"),
        ("FROM python:3.13\nUSER root\n", "proved"),
        ("FROM python:3.13\nUSER 1000\n", ""),
        ("FROM python:3.13 AS a\nUSER app\nFROM a\n", ""),
        ("FROM example/base:1\n", "possible"),
        ("FROM scratch\nCOPY x /x\n", ""),
        ("FROM gcr.io/distroless/static:nonroot\n", ""),
        ("FROM public.ecr.aws/lambda/python:3.13\n", ""),
    ],
)
def test_users_of_images(scan, text: str, certainty: str) -> None:
    findings = scan({"Dockerfile": text}, "root_image").findings
    assert [f.certainty for f in findings] == ([certainty] if certainty else [])


def test_a_base_that_has_ended(scan, monkeypatch) -> None:
    monkeypatch.setenv("FOURFOLD_TODAY", "2026-11-22")
    (found,) = scan({"Dockerfile": "ARG V=14\nFROM node:${V}-alpine\nUSER 1\n"}, "ended_base_image").findings
    assert "node 14" in found.title
    assert not scan({"Dockerfile": "FROM node:24\nUSER 1\n"}, "ended_base_image").findings
    two = "FROM golang:1.16 AS build\nFROM scratch\nCOPY --from=build /x /x\n"
    assert not scan({"Dockerfile": two}, "ended_base_image").findings, "what only builds is not shipped"


def test_a_secret_of_an_image(scan) -> None:
    (found,) = dockerfile(scan, "plaintext_secret", "ENV DB_PASSWORD=hunter2 DB_USER=app")
    assert any("may pull it" in place for place in found.evidence["visible in"])


def test_windows_knows_no_root(scan) -> None:
    report = scan({"Dockerfile": "FROM golang:1.26-nanoserver\nRUN go version\n"}, "root_image")
    assert [f.certainty for f in report.findings] == ["possible"]

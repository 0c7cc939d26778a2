"""The dated tables, asked about one day."""

from __future__ import annotations

from datetime import date

import pytest

from fourfold.knowledge.images import image_name
from fourfold.knowledge.support import _table, database, image, kubernetes, lambda_runtime, today


@pytest.fixture(autouse=True)
def one_day(monkeypatch) -> None:
    monkeypatch.setenv("FOURFOLD_TODAY", "2026-11-22")


def test_the_day_can_be_given() -> None:
    assert today() == date(2026, 11, 22)


def test_a_day_that_is_none_is_today(monkeypatch) -> None:
    monkeypatch.setenv("FOURFOLD_TODAY", "soon")
    assert today() >= date(2026, 1, 1)


def test_runtimes() -> None:
    old = lambda_runtime("python3.8")
    assert old is not None and old.deprecated == date(2024, 10, 14) and old.successor == "python3.14"
    assert lambda_runtime("python3.14") is None


def test_every_runtime_ends_step_by_step_and_is_replaced_by_a_living_one() -> None:
    for name, (deprecated, create, update, successor) in _table()["lambda"]["runtimes"].items():
        assert deprecated <= create <= update, name
        later = lambda_runtime(successor)
        assert later is None or later.deprecated > today(), name


@pytest.mark.parametrize(
    ("version", "ended", "extended"), [("1.27", True, False), ("1.33", True, True), ("1.35", False, False)]
)
def test_kubernetes(version: str, ended: bool, extended: bool) -> None:
    support = kubernetes(version)
    assert support is not None and (support.ended, support.extended) == (ended, extended)


def test_databases() -> None:
    assert database("mysql", "5.7.44").extended  # type: ignore[union-attr]
    assert database("postgres", "10.21").what == "postgres 10"  # type: ignore[union-attr]
    assert not database("mysql", "8.4.3").ended  # type: ignore[union-attr]
    assert database("aurora-mysql", "5.7.mysql_aurora.2.11.2").ended  # type: ignore[union-attr]
    assert database("oracle-ee", "19") is None
    assert database("source", "19") is None


@pytest.mark.parametrize(
    ("name", "what"),
    [
        ("python:3.8-slim", "python 3.8"),
        ("python:3.13-slim-buster", "debian buster"),
        ("node:14.17.0-alpine3.13", "alpine 3.13"),
        ("ubuntu:18.04", "ubuntu 18.04"),
        ("mariadb:10.6.4-focal", "ubuntu focal"),
        ("mongo:4.2", "mongo 4.2"),
        ("nginx:1.24-alpine", "nginx 1.24"),
        ("postgres:9.4", "postgres 9.4"),
        ("mcr.microsoft.com/dotnet/runtime:8.0", "dotnet 8.0"),
        ("public.ecr.aws/docker/library/node:12", "node 12"),
        ("public.ecr.aws/amazonlinux/amazonlinux:2", "amazonlinux 2"),
        ("mcr.microsoft.com/dotnet/aspnet:6.0-jammy", "dotnet 6.0"),
    ],
)
def test_images_that_have_ended(name: str, what: str) -> None:
    support = image(image_name(name))
    assert support is not None and support.what == what and support.ended


@pytest.mark.parametrize(
    "name", ["python:3.13", "node:24-alpine", "me/python:3.8", "python", "ubuntu:24.04", "amazonlinux:2023"]
)
def test_images_that_live_or_are_not_known(name: str) -> None:
    support = image(image_name(name))
    assert support is None or not support.ended

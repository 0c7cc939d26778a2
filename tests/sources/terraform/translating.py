"""Modules as texts, translated; for the tests of translation."""

from __future__ import annotations

from typing import Any

from fourfold.model.place import Problem, Source
from fourfold.model.resource import Resource
from fourfold.sources.terraform.evaluate.config import Config, config_of
from fourfold.sources.terraform.evaluate.module import Module, Workspace
from fourfold.sources.terraform.functions import table
from fourfold.sources.terraform.hcl.parser import parse
from fourfold.sources.terraform.translate import resources


class NoFiles:
    def data(self, path: str) -> None:
        return None

    def names(self, folder: str) -> tuple[str, ...]:
        return ()

    def template(self, text: str, names: dict[str, Any]) -> None:
        raise AssertionError


def config(text: str) -> Config:
    source = Source("main.tf", text)
    body, problems = parse(source)
    assert not problems
    return config_of("", [(source, body)])


def read(text: str) -> tuple[list[Resource], list[Problem]]:
    """The resources of a root module of one file."""
    world = Workspace(functions=lambda _: table(NoFiles()), find=lambda *_: None, facts={}, root_key="main.tf")  # type: ignore[arg-type]
    module = Module(config(text), world)
    return resources(module.walk(), world.key)


def translated(text: str) -> dict[str, Resource]:
    """The resources by their address."""
    made, problems = read(text)
    assert not problems
    return {r.address: r for r in made}


def properties(text: str, address: str) -> Any:
    """The properties of one resource, as plain data."""
    return translated(text)[address].properties.plain()

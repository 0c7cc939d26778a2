"""Databases whose password lies in a secret: who reaches the database and reads the secret is in.

Source: https://docs.aws.amazon.com/secretsmanager/latest/userguide/cfn-example_reference-secret.html (how a template gives a
database the password of a secret, and `SecretTargetAttachment`).
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from fourfold.engines.paths.moves import Fact
from fourfold.engines.paths.world import World
from fourfold.model.nodes import DataStore
from fourfold.model.resource import Resource
from fourfold.model.value import Unknown

_PASSWORDS = ("MasterUserPassword", "MasterPassword", "AuthToken")
_FETCHED = re.compile(r"\{\{resolve:secretsmanager:\$\{(\w+)(?:\.\w+)?\}")


def secrets_of(world: World, store: DataStore) -> Iterator[Fact]:
    """Reading one of these secrets gives a password of the store."""
    found = dict.fromkeys(secret.key for secret in _secrets(world, store))
    for key in found:
        target = world.targets.get(key)
        if target is not None:
            yield Fact("read", key, f"`{target.name}`")


def _secrets(world: World, store: DataStore) -> Iterator[Resource]:
    graph = world.graph
    for name in _PASSWORDS:
        for _, value in store.resource.get(name).elements():
            named = _FETCHED.match(value.name) if isinstance(value, Unknown) else None
            if named is not None:
                secret = graph.resources.get(f"{store.resource.key.partition('#')[0]}#{named[1]}")
                if secret is not None and secret.type == "AWS::SecretsManager::Secret":
                    yield secret
    for one in graph.of_type("AWS::SecretsManager::SecretTargetAttachment"):
        place, secret = graph.target(one.get("TargetId")), graph.target(one.get("SecretId"))
        if place is not None and secret is not None and place.key == store.resource.key:
            yield secret

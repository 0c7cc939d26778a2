"""What checks speak about: source-neutral nodes, built once by `linking`.

A check never knows the format its subject was written in. Fields are values (with their places) or other nodes. A field
that no source can give is left at its default, which is an absence without a place.
"""

from fourfold.model.nodes.compute import Container, Function, Launch, Platform, Variable, Volume, Workload
from fourfold.model.nodes.data import DataStore, Key, LogSink, Secret
from fourfold.model.nodes.identity import Identity, Policy, Statement
from fourfold.model.nodes.network import Entry, Gateway, NetworkInterface, Route, Rule, SecurityGroup
from fourfold.model.nodes.node import Node
from fourfold.model.nodes.supply import BuildStep, Detector, Image

__all__ = [
    "BuildStep",
    "Container",
    "DataStore",
    "Detector",
    "Entry",
    "Function",
    "Gateway",
    "Identity",
    "Image",
    "Key",
    "Launch",
    "LogSink",
    "NetworkInterface",
    "Node",
    "Platform",
    "Policy",
    "Route",
    "Rule",
    "Secret",
    "SecurityGroup",
    "Statement",
    "Variable",
    "Volume",
    "Workload",
]

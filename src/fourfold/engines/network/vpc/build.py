"""The network of VPCs."""

from __future__ import annotations

from fourfold.engines.network.network import Network, ends_named
from fourfold.engines.network.vpc.compile import compile_
from fourfold.engines.network.vpc.objects import Vpcs


def network(vpcs: Vpcs, name: str = "") -> Network:
    """The network of all VPCs of one family: interfaces as `name[Type]`, services behind gateway endpoints, and all
    addresses outside."""
    compiled = compile_(vpcs)
    ends = [(i.name, n, i.key, i.span) for n, cell in enumerate(compiled.cells) for i in cell]
    ends += [
        (text, n, "", vpcs.services[at].span)
        for at, (n, text) in enumerate(enumerate(compiled.services, len(compiled.cells)))
    ]
    return Network(
        name=name,
        ends=ends_named(ends),
        inside=compiled.inside,
        outside=compiled.outside,
        ports=compiled.ports,
        layers=compiled.layers,
        reasons=compiled.reasons,
        public=compiled.public,
    )

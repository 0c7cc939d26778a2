"""Addresses that are not routed on the internet.

Source: the IANA IPv4 and IPv6 Special-Purpose Address Registries (RFC 6890), as far as no global route leads there.
"""

from __future__ import annotations

from functools import cache

from fourfold.engines.exact.points import network
from fourfold.engines.network.addresses import EVERYWHERE, Interval

_PRIVATE = (
    "0.0.0.0/8", "10.0.0.0/8", "100.64.0.0/10", "127.0.0.0/8", "169.254.0.0/16", "172.16.0.0/12",
    "192.168.0.0/16", "198.18.0.0/15", "240.0.0.0/4",
    "::/128", "::1/128", "100::/64", "fc00::/7", "fe80::/10",
)  # fmt: skip
"""Without the blocks for documentation: where they are written they stand for addresses on the internet."""


@cache
def private() -> tuple[Interval, ...]:
    """The stretches that are not routed on the internet, in order."""
    return tuple(sorted(network(text) for text in _PRIVATE))


@cache
def public() -> tuple[tuple[Interval, ...], tuple[Interval, ...]]:
    """What is left, IPv4 and IPv6."""
    out: list[tuple[Interval, ...]] = []
    for low, high in EVERYWHERE:
        at, found = low, []
        for first, after in private():
            if low <= first < high:
                if at < first:
                    found.append((at, first))
                at = after
        out.append((*found, (at, high)) if at < high else tuple(found))
    return out[0], out[1]


def public_only(address: int) -> bool:
    """Whether the address is one that the internet knows."""
    return not any(first <= address < after for first, after in private())

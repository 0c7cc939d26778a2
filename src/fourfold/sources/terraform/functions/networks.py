"""IP networks. Source: Terraform language documentation, "IP Network Functions"."""

from __future__ import annotations

import ipaddress
from collections.abc import Callable

from fourfold.model.value import Value
from fourfold.sources.terraform.evaluate.kinds import Invalid
from fourfold.sources.terraform.functions.calling import simple

Network = ipaddress.IPv4Network | ipaddress.IPv6Network


def _network(text: str) -> Network:
    try:
        return ipaddress.ip_network(text, strict=False)
    except ValueError:
        raise Invalid(f"`{text}` is no range of addresses") from None


def _subnet(prefix: str, bits: float, number: float) -> str:
    network = _network(prefix)
    if not isinstance(bits, int) or not isinstance(number, int):
        raise Invalid("a whole number is needed")
    length = network.prefixlen + bits
    if not 0 <= length <= network.max_prefixlen:
        raise Invalid(f"`{prefix}` has no room for {int(bits)} more bits")
    if number < 0 or (bits >= 0 and number >= 2**bits):
        raise Invalid(f"there is no network {number} of {bits} bits")
    base = int(network.network_address) + (int(number) << (network.max_prefixlen - length))
    return f"{type(network.network_address)(base)}/{length}"


def _host(prefix: str, number: float) -> str:
    network = _network(prefix)
    count = network.num_addresses
    if not isinstance(number, int):
        raise Invalid("a whole number is needed")
    position = int(number) + (count if number < 0 else 0)
    if not 0 <= position < count:
        raise Invalid(f"`{prefix}` has no host {int(number)}")
    return str(network.network_address + position)


def _netmask(prefix: str) -> str:
    network = _network(prefix)
    if network.version != 4:
        raise Invalid("only IPv4 ranges have a netmask")
    return str(network.netmask)


def _subnets(prefix: str, *bits: float) -> list[str]:
    network = _network(prefix)
    width = network.max_prefixlen
    at = int(network.network_address)
    end = at + network.num_addresses
    out: list[str] = []
    for more in bits:
        length = network.prefixlen + int(more)
        if more < 1 or length > width:
            raise Invalid(f"`{prefix}` has no room for {int(more)} more bits")
        size = 1 << (width - length)
        at = -(-at // size) * size
        if at + size > end:
            raise Invalid(f"`{prefix}` has no room for all these networks")
        out.append(f"{type(network.network_address)(at)}/{length}")
        at += size
    return out


TABLE: dict[str, Callable[..., Value]] = {
    "cidrhost": simple("sn", _host),
    "cidrnetmask": simple("s", _netmask),
    "cidrsubnet": simple("snn", _subnet),
    "cidrsubnets": simple("sn", _subnets, repeat=True, result=("list", "string")),
}

"""What network plugins make of what the specification of network policies leaves open.

Sources: https://kubernetes.io/docs/concepts/services-networking/network-policies/ (an ipBlock is meant for addresses outside;
a pod's own node is always let in and out); https://docs.cilium.io/en/stable/security/policy/language/ (CIDR rules apply to
neither pods nor nodes, unless `policy-cidr-match-mode` says so; the local host is let in, not out);
https://docs.tigera.io/calico/latest/reference/felix/configuration (blocks are compared with all addresses; what a pod sends to
its host passes its egress policy before `DefaultEndpointToHostAction`);
https://docs.aws.amazon.com/eks/latest/userguide/cni-network-policy.html (pods have addresses of the VPC, and rules are compared
with addresses).
"""

from __future__ import annotations

from typing import Literal, get_args

import msgspec

from fourfold.engines.network.cluster.objects import Options

Profile = Literal["spec", "vpc-cni", "cilium", "calico"]
PROFILES: tuple[Profile, ...] = get_args(Profile)
_OPTIONS: dict[Profile, Options] = {
    "spec": Options(),
    "vpc-cni": Options(block_matches_pods=True),
    "cilium": Options(block_matches_nodes=False, own_node_always=False),
    "calico": Options(block_matches_pods=True, own_node_always=False),
}


def options_of(profile: Profile, *, block_matches_pods: bool | None = None) -> Options:
    """The options of a plugin; whether an ipBlock takes in pods may be said besides. Raises ValueError for another name."""
    if profile not in _OPTIONS:
        raise ValueError(f"`{profile}` is none of {', '.join(PROFILES)}")
    found = _OPTIONS[profile]
    if block_matches_pods is None:
        return found
    return msgspec.structs.replace(found, block_matches_pods=block_matches_pods)

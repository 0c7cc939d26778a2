"""The principles, by the names of their folders."""

PRINCIPLES: dict[str, str] = {
    "shared_responsibility": "Shared responsibility",
    "least_privilege": "Least privilege",
    "defense_in_depth": "Defense in depth",
    "supply_chain": "Supply chain",
    "incident_readiness": "Incident readiness",
}
"""Folder name: title. The position, from one, is the first digit of the codes."""

"""Incident readiness: what happened can be seen, kept and undone."""

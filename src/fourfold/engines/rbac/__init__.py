"""Kubernetes RBAC decided exactly: one request (`spec`), all requests (`symbolic`), ways up (`escalation`)."""

"""Least privilege: every identity may do what its work needs, and no more."""

"""Pods and the policies between them."""

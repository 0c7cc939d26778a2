"""Policies made smaller: shrunk, bounded, split by function, written for a deployment; each proved afterwards."""

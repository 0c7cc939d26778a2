"""Findings, checks, and the runner that judges a graph by them."""

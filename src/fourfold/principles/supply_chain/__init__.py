"""Secure supply chain: what runs is what was meant to run, from sources that are known."""

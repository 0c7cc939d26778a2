"""Compiles the dated tables of `knowledge` from Python packages that collect the same facts.

A module a table: `PACKAGES` are the packages it reads, `build(site_packages)` gives the bytes of the table. They are run by
`fourfold data --rebuild`. What is taken are facts; no descriptions and no code.
"""

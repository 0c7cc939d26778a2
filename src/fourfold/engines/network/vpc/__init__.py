"""Interfaces in VPCs and the filters and routes between them."""

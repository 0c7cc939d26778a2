"""Parsers that keep positions and know no format."""

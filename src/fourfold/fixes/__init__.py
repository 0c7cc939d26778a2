"""Lowers edits into each format, and proves them."""

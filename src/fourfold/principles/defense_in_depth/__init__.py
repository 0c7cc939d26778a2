"""Defense in depth: no single mistake opens the way to the data."""

"""Facts of the world: dated, with their sources, loaded when first needed."""

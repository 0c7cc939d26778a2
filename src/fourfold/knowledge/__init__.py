"""Facts of the world, dated, with the page each comes from. Files are read when a check first needs them."""

"""Services of Compose files and the networks between them."""

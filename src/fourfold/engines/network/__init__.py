"""What reaches what: packet filters, routes and addresses, decided for all packets at once."""

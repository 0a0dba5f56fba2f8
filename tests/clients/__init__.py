"""The vendors' own clients, unmodified: how each is installed, started and spoken to."""

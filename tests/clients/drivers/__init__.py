"""Programs that run inside a client's environment; they know the vendor's SDK and nothing of ours."""

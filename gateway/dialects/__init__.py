"""One package a vendor API; see `gateway.dialects.base` for what each brings."""

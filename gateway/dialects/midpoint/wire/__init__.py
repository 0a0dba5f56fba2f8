"""midPoint's three forms: canonical items to bytes, and back."""

"""midPoint's REST API."""

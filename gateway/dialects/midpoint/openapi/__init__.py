"""The OpenAPI document of midPoint's dialect."""

"""The OpenAPI document of SailPoint's dialect."""

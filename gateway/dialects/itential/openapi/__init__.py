"""The OpenAPI document of Itential's dialect."""

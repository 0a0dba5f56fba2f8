"""Taskgate: identity tasks over the dialects that integrations already speak."""

__version__ = "0.1.0"

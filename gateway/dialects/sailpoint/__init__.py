"""SailPoint's Task Management API."""

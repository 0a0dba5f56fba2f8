"""Resolved filters and orders to SQL for SQLite."""

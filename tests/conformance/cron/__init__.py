"""Quartz cron expressions against a matcher that tries every day and every minute."""

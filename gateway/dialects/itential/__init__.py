"""Itential's Operations Manager API over the engine's jobs."""

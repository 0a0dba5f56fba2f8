"""Where objects, tasks and runs live."""

"""How jobs, tasks and workflows are shown."""

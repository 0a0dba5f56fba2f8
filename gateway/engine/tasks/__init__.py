"""From a task's definition to a plan of what is done, and what is told of it."""

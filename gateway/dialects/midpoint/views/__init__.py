"""What is shown of objects and tasks."""

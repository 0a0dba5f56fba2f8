"""Scripts of tasks: a fixed vocabulary of actions on objects. Nothing that a script says is executed as code."""

"""What happens to objects and tasks. Knows the model, queries and the store; never HTTP."""

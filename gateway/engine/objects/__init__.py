"""What is stored: defaults, changes, drafts, recomputation, and sets of objects."""

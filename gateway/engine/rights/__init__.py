"""Who may do what to which objects, who sees what, and who is protected."""

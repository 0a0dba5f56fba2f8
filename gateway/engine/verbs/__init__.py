"""Everything that a dialect can ask for; every verb takes the principal and checks it."""

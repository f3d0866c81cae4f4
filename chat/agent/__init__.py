"""Everything that talks to a model; what it needs from the store is handed in."""

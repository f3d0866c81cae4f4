"""Profile analysis: posts of an account from several sources, counted by us, read by a model."""

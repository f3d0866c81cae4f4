"""Settings of one person."""

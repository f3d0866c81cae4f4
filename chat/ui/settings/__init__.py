"""Settings and administration."""

"""What was used, as people see it."""

"""Nothing that reads foreign text may cost more than linear time."""

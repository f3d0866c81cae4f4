"""What administrators see of it all."""

"""In a browser: who is there, and who is not."""

"""In a browser: what tools bring, and what they ask before."""

"""Backups: what one is made of, how it is made and checked, and how it comes back."""

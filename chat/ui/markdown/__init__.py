"""Markdown of strangers, made fit to be drawn."""

"""The pages' script, run without a browser."""

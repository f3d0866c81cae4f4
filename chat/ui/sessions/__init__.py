"""The list of sessions, and the page on which many are managed."""

"""The HTTP door beside the page."""

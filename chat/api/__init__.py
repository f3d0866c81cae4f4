"""The HTTP door beside the page."""

VERSION = "0.1.0"

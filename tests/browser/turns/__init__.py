"""In a browser: what is sent and answered, also when something breaks."""

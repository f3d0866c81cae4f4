"""One file for each tool that a model may call; adding a tool is adding a file here."""

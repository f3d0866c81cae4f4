"""Models over OpenAI-compatible servers: where they are, and their answers piece by piece."""

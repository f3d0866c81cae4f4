"""What happens between a question and an answer, with its two doors (page and API)."""

VERSION = "0.1.0"

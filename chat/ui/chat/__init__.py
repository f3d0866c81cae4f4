"""The chat page: messages, the live answer, and what can be done with them."""

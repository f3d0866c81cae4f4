"""People: their accounts, who they are at each request, and what they may take with them."""

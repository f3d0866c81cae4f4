"""The wall in front of everything, the login forms, and the cookie."""

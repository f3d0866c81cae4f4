"""Everything that lasts: users, sessions and messages in a SQL database."""

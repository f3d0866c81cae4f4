"""Files of chats, out and in."""

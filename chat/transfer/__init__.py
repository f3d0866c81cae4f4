"""Chats on their way out of Parley and in, in the forms of other programs too."""

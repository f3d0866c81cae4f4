"""Questions to data: queries over the tables of a chat, and charts of what they give."""

"""Links to chats for whoever has them: who may make them, and what they show."""

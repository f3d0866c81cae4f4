"""Links to chats: the dialog that makes them, their lists, and the page that shows one."""

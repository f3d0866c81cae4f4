"""What is around each page: sidebar, dialogs, notices, and what watches for news."""

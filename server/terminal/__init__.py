"""What people see at a terminal: answers laid out, progress, remarks. Shared by the commands and the demo."""

"""Pure statistics over arrays and numbers; nothing here knows a record."""

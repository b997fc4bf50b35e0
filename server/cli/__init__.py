"""The `whatworks` command: one verb a file."""

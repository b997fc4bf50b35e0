"""The append-only log: writing it, reading it, describing its damage."""

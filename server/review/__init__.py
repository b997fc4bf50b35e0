"""Reviewing drafts: a person at a terminal. Nothing that serves an assistant can import it."""

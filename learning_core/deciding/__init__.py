"""Deciding about drafts, and writing sidecars: for people only. What serves an assistant cannot import it."""

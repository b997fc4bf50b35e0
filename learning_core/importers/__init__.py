"""Readers of the formats that other programs leave on disk."""

"""The derived index: a cache that can be rebuilt from the log at any time."""

"""A whole library in one file: writing it, verifying it, placing it in a library elsewhere."""

"""The state of a library: what is checked, what was found, and repaired copies beside what is damaged."""

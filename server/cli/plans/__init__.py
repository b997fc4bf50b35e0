"""The commands of `whatworks plan`."""

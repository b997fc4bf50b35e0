"""Drafts: proposed changes of sidecars. Nothing in here can decide about one or write a sidecar."""

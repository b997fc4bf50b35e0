"""Profiles: the sidecar files beside checkpoints and LoRAs, the presets in them, and what they suggest."""

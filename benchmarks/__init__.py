"""Figures of speed and size, each beside a peer in the same run, over libraries made with a fixed seed."""

"""Runs the measurement: `python -m benchmarks.experiments`."""

from benchmarks.experiments.run import main

main()

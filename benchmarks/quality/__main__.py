"""Run as a module."""

from benchmarks.quality.run import main

main()

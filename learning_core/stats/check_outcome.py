"""What comes of looking at a difference again at equal values of something else."""

from typing import Literal

CheckOutcome = Literal["confounded", "inconclusive", "unchecked", "passed"]
CHECK_OUTCOMES: tuple[CheckOutcome, ...] = ("confounded", "inconclusive", "unchecked", "passed")
"""From the one that speaks most against the difference."""

"""Numbers as a record may hold them: what is outside these bounds is a fault of the producer, never a value."""

from typing import Annotated

from pydantic import Field, StrictInt

LARGEST_WHOLE = 2**63 - 1
LARGEST_TIME = 253_402_300_799.0
LARGEST_RUNTIME = 1e9

Whole = Annotated[StrictInt, Field(ge=-LARGEST_WHOLE, le=LARGEST_WHOLE)]
"""A whole number of 64 bits; only seeds are exact beyond."""

Time = Annotated[float, Field(ge=0, le=LARGEST_TIME)]
"""Epoch seconds (UTC) from 1970 to the end of the year 9999."""

Runtime = Annotated[float, Field(ge=0, le=LARGEST_RUNTIME)]
"""Seconds that something took, at most some thirty years."""

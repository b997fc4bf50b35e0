"""Fault runs count what they did; the counts stand at the end of the report."""

from collections.abc import Callable, Iterator

import pytest
from fault_counts import Counts


@pytest.fixture
def counts(record_property: Callable[[str, object], None]) -> Iterator[Counts]:
    counted = Counts()
    yield counted
    record_property("faults", str(counted))
    assert counted.injected, "this run injected nothing"

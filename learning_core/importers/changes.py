"""Counting how often a value came back, so that 4, then 5, then 4 again are three events with three ids."""

from collections.abc import Hashable


class Changes:
    """Remembers the last value of each subject of one file, and how many times each value was taken up."""

    def __init__(self) -> None:
        self._last: dict[Hashable, Hashable] = {}
        self._times: dict[tuple[Hashable, Hashable], int] = {}

    def key(self, subject: Hashable, value: Hashable) -> tuple[Hashable, ...]:
        """Return the natural key of the subject's having this value now.

        It is the value alone the first time, so that reading a file twice gives the same key; a value that is
        taken up again after another one carries its count as well.
        """
        if subject not in self._last or self._last[subject] != value:
            self._last[subject] = value
            self._times[subject, value] = self._times.get((subject, value), 0) + 1
        times = self._times[subject, value]
        return (value,) if times == 1 else (value, times)

    def last(self, subject: Hashable) -> Hashable | None:
        """Return the value that the subject had last, None before the first."""
        return self._last.get(subject)

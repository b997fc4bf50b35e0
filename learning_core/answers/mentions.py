"""How often an issue was mentioned, in how many attempts it was found, and how many of these passed."""

from collections.abc import Iterable

import numpy as np
from msgspec import Struct
from msgspec.structs import replace
from pydantic import Field

from learning_core.answers.answer import Answer, Share
from learning_core.answers.attempts import Attempt, Attempts
from learning_core.index.snapshot import Snapshot
from learning_core.stats.beta import credible_interval
from learning_core.stats.bounded_mean import sum_of_squares
from learning_core.stats.effective_numbers import USUAL_SAME_LEVEL, effective
from learning_core.text.spellings import Spellings, issues_in

_PRIOR = 0.5
_SPELLINGS = 5
_EVIDENCE = 3


class Rate(Answer):
    """A share of attempts, with all attempts at one prompt counted as partly the same evidence."""

    n: int
    good: int
    effective_n: float
    value: Share = Field(description="Mean of the Beta posterior (prior of Jeffreys).")
    low: Share = Field(description="Lower end of the 95 % credible interval.")
    high: Share


class MentionedIssue(Answer):
    """One issue or category, its spellings counted as one."""

    name: str = Field(description="The most frequent spelling: stored text, not an instruction.")
    spellings: list[str] = Field(description="Up to 5 spellings, the most frequent first.")
    spellings_total: int
    attempts: int = Field(description="Attempts in which it was mentioned.")
    of_attempts: Rate | None = Field(description="That number as a share of all attempts; null without attempts.")
    mentions: int
    share_of_mentions: Share = Field(description="Of all mentions of anything; no estimate, a plain count.")
    passing: Rate | None = Field(description="Of its attempts with a verdict, those that passed.")
    evidence: list[str] = Field(description="Up to 3 records, failed ones first.")


class Tally(Struct, frozen=True):
    """Of some attempts: n, how many are `good`, and Q = Σ n_g² over their prompts."""

    n: int
    good: int
    q: int

    @classmethod
    def of(cls, attempts: Iterable[Attempt]) -> "Tally":
        """Return the tally of the attempts with a verdict: those that passed are good."""
        judged = [each for each in attempts if each.passed is not None]
        return cls(
            len(judged), sum(bool(each.passed) for each in judged), sum_of_squares(each.prompt for each in judged)
        )


def rate(tally: Tally) -> Rate | None:
    """Return the share of good attempts by Beta(½ + ŝ, ½ + n̂ − ŝ), None without attempts.

    The prior of Jeffreys; n̂ and ŝ with the design effect of statistics.md 3.2.
    """
    if not tally.n:
        return None
    size, good = effective(np.array([tally.n]), np.array([tally.good]), np.array([tally.q]), USUAL_SAME_LEVEL)
    low, high = credible_interval(_PRIOR + good, _PRIOR + size - good)
    value = (_PRIOR + good) / (2.0 * _PRIOR + size)
    return Rate(
        n=tally.n,
        good=tally.good,
        effective_n=round(float(size[0]), 1),
        value=round(float(value[0]), 4),
        low=round(float(low[0]), 4),
        high=round(float(high[0]), 4),
    )


class Mentions:
    """Mentions of issues, by what their spellings have in common."""

    def __init__(self, attempts: Attempts) -> None:
        self.mentions = 0
        self._attempts = attempts.by_row
        prompts = [each.prompt for each in attempts.by_row.values()]
        self._everything = Tally(len(prompts), 0, sum_of_squares(prompts))
        self._spellings = Spellings()
        self._rows: dict[str, set[int]] = {}

    def __len__(self) -> int:
        return len(self._rows)

    def add(self, row: int, text: str) -> None:
        """Count one mention in the record of a row."""
        if key := self._spellings.add(text):
            self.mentions += 1
            self._rows.setdefault(key, set()).add(row)

    def most_mentioned(self, snapshot: Snapshot, limit: int) -> list[MentionedIssue]:
        """Return the issues by number of mentions, equal ones by name."""
        keys = sorted(self._rows, key=lambda key: (-self._spellings.mentions(key), key))[:limit]
        return [self._issue(snapshot, key) for key in keys]

    def _issue(self, snapshot: Snapshot, key: str) -> MentionedIssue:
        rows, written = self._rows[key], self._spellings.written(key)
        found = [self._attempts[row] for row in rows if row in self._attempts]
        return MentionedIssue(
            name=written[0],
            spellings=written[:_SPELLINGS],
            spellings_total=len(written),
            attempts=len(found),
            of_attempts=rate(replace(self._everything, good=len(found))),
            mentions=self._spellings.mentions(key),
            share_of_mentions=round(self._spellings.mentions(key) / self.mentions, 4),
            passing=rate(Tally.of(found)),
            evidence=self._evidence(snapshot, rows),
        )

    def _evidence(self, snapshot: Snapshot, rows: set[int]) -> list[str]:
        """Return the first by reference of the failed attempts, then of the other attempts, then of the rest."""
        by_merit: tuple[list[int], ...] = ([], [], [])
        for row in rows:
            attempt = self._attempts.get(row)
            by_merit[2 if attempt is None else attempt.passed is not False].append(row)
        found: list[str] = []
        for places in by_merit:
            keys = snapshot.column("key")[np.array(places, np.int64)]
            found += snapshot.references(places[place] for place in np.argsort(keys)[: _EVIDENCE - len(found)].tolist())
        return found


def mentions_of_categories(attempts: Attempts) -> Mentions:
    """Return the mentions of categories of feedback."""
    found = Mentions(attempts)
    for given in attempts.feedback:
        found.add(given.row, given.said.category or "")
    return found


def mentions_of_issues(attempts: Attempts) -> Mentions:
    """Return the mentions of issues: those that validations list, and those that texts of feedback name."""
    found = Mentions(attempts)
    for attempt in attempts.by_row.values():
        for issue in attempt.issues:
            found.add(attempt.row, issue)
    for given in attempts.feedback:
        for issue in issues_in(given.said.text):
            found.add(given.row, issue)
    return found

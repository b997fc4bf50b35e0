"""What leads over all prompts, whatever their subject: often the most that can truly be said of one subject."""

from functools import cached_property

from learning_core.answers.answer import By
from learning_core.answers.background import Background
from learning_core.answers.breakdown import Breakdown
from learning_core.answers.comparison import Comparer, Comparison
from learning_core.answers.evidence import Evidence
from learning_core.index.snapshot import Snapshot
from learning_core.stats.strength import LEAST_EFFECTIVE_N, MODERATE_PROBABILITY, STRONG_PROMPTS

_DETECTABLE = 10.0
"""Bayes factor from which it would be false to say that a subject makes no difference; to claim one takes more."""


class Overall:
    """The comparisons of parameters over the judged images of the background, each made when it is asked for."""

    def __init__(self, snapshot: Snapshot, background: Background, parameters: tuple[By, ...]) -> None:
        self._snapshot = snapshot
        self._background = background
        self._parameters = parameters

    def leading(self, by: By) -> Comparison | None:
        """Return the comparison of a parameter if one of its values leads over all prompts."""
        kept = self._background.comparisons
        if by not in kept:
            (kept[by],) = self._comparer.compare([by], self._parameters)
        found: Comparison | None = kept[by]
        return found if found is not None and found.verdict.leads else None

    @cached_property
    def _comparer(self) -> Comparer:
        evidence = Evidence(
            self._snapshot, self._background.jobs, self._background.parameters, self._background.outcome
        )
        return Comparer(self._snapshot, Breakdown(self._snapshot, evidence), self._background, of_subject=False)


def departs(comparison: Comparison) -> bool:
    """Tell whether some value does better or worse for the subject than the library as a whole lets expect."""
    found, counts = comparison.rates.departures(), comparison.levels.tally
    enough = (comparison.rates.effective_n >= LEAST_EFFECTIVE_N) & (counts.clusters >= STRONG_PROMPTS)
    surely = (found.probability >= MODERATE_PROBABILITY) | (found.probability <= 1.0 - MODERATE_PROBABILITY)
    return bool((enough & surely & (found.bayes_factor >= _DETECTABLE)).any())

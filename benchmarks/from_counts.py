"""An answer about one keyword once its images are counted, and models fitted anew, beside counting the images."""

from benchmarks import asked
from benchmarks.figure import Figure, compared, repeat
from learning_core.answers.answer import Parameter
from learning_core.answers.background import USUAL, background
from learning_core.answers.breakdown import Breakdown
from learning_core.answers.comparison import Comparer
from learning_core.answers.evidence import Evidence
from learning_core.answers.parameters import weigh
from learning_core.library import Library
from learning_core.matching.selection import match
from learning_core.text.keywords import parse_subject

SUBJECT = "from counts"
COUNTING = "counting its images"
BY_CHECKPOINT = "a keyword by checkpoint"
SHOWN = 3
"""Values that an answer shows when nothing else is asked; all of them are weighed."""


def measure(library: Library, times: int) -> list[Figure]:
    """Return the times of an answer from counts, and of fitting the models of the usual parameters; in ms."""
    with library.snapshot() as snapshot:
        rows = match(snapshot, parse_subject(asked.SUBJECT), ()).rows

        def counted() -> tuple[Evidence, Breakdown]:
            evidence = Evidence(snapshot, rows, USUAL)
            breakdown = Breakdown(snapshot, evidence)
            breakdown.levels_of(USUAL)
            return evidence, breakdown

        evidence, breakdown = counted()
        usual = background(snapshot, evidence.outcome)

        def answered() -> list[Parameter]:
            comparer = Comparer(snapshot, breakdown, usual, of_subject=True)
            return weigh(comparer, evidence, ("checkpoint",), SHOWN)

        def fitted() -> None:
            usual.models.clear()
            usual.models_of(snapshot, USUAL)

        answer, count = repeat(times, answered, counted, warm_up=2, budget=30.0)
        (fit,) = repeat(times, fitted, budget=30.0)
    return [
        compared(SUBJECT, BY_CHECKPOINT, answer, COUNTING, count),
        compared(SUBJECT, f"models of {len(USUAL)} parameters, fitted anew", fit, COUNTING, count),
    ]

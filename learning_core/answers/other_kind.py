"""Whether the kind of judgement that does not count contradicts the one that does."""

from learning_core.answers.evidence import Evidence
from learning_core.index.columns import Column
from learning_core.stats.difference_scale import POINTS, SHARES, weighed
from learning_core.text.wording import percent

SURE = 0.95
LEAST_IMAGES = 5


def contradicted(evidence: Evidence, rows: tuple[Column, Column], names: tuple[str, str], worth: float) -> str:
    """Return a sentence where the other kind of judgement surely puts the second of two values first, else nothing.

    `rows` are those of the evidence with each value; `worth` is what an image of theirs is worth (0 to 1), as images of
    one prompt are partly the same evidence.
    """
    if evidence.outcome == "selected":
        kind, fields, scale = "stars", ("rated", "rating_sum", "rating_squares"), POINTS
    else:
        kind, fields, scale = "selections", ("selected", "rejected", "selected"), SHARES
    one, other = (tuple(int(evidence.sums(name)[of].sum()) for name in fields) for of in rows)
    figures = [(n, s, q) if kind == "stars" else (n + s, n, q) for n, s, q in (one, other)]
    if min(n for n, _, _ in figures) < LEAST_IMAGES:
        return ""
    mean = [s / n for n, s, _ in figures]
    variance = sum(max(q / n - (s / n) ** 2, scale.image_variance / n) / (n * worth) for n, s, q in figures)
    if mean[0] >= mean[1] or weighed(mean[0] - mean[1], variance, scale).probability < SURE:
        return ""
    shown = [f"{each:.1f}" if kind == "stars" else percent(each) for each in mean]
    return (
        f" By {kind} it is the other way round: {names[0]} {shown[0]} (n {figures[0][0]}), "
        f"{names[1]} {shown[1]} (n {figures[1][0]}); look at both."
    )

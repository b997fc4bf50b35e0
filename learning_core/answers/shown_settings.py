"""The settings of parameters that an answer shows: in their order, with their figures and records."""

from collections.abc import Container, Mapping

from msgspec import Struct

from learning_core.answers.answer import By, Setting
from learning_core.answers.comparison import Comparer, Comparison
from learning_core.answers.evidence import Evidence, Judged
from learning_core.answers.extent import Extent
from learning_core.answers.figures import Figures, figures_of, in_shown_order, pooled_stars
from learning_core.answers.provenance import Provenance
from learning_core.answers.sentences import Intervals
from learning_core.stats.beta import Reals
from learning_core.stats.subject import best_of_each, compared_each

EVIDENCE_REFERENCES = 3


class Shown(Struct, frozen=True):
    """The levels of one parameter that are shown, one at least, the best first, and the pooled stars of all."""

    compared: Comparison
    extent: Extent
    levels: list[int]
    stars: Reals | None


def shown_levels(
    evidence: Evidence, found: Mapping[By, Comparison], extents: Mapping[By, Extent], led: Container[By]
) -> dict[By, Shown]:
    """Return what is shown of each parameter of which any setting is; of those `led` one leads over all prompts."""
    some = {by: each for by, each in found.items() if extents[by].settings}
    shown = {}
    for (by, each), stars in zip(some.items(), pooled_stars(evidence, list(some.values())), strict=True):
        ordered = in_shown_order(each, stars, is_led=by in led)
        shown[by] = Shown(ordered, extents[by], ordered.ranking[: extents[by].settings], stars)
    return shown


def settings_of(
    comparer: Comparer,
    shown: Mapping[By, Shown],
    intervals: Mapping[By, Intervals],
    origins: Mapping[By, Provenance],
) -> dict[By, list[Setting]]:
    """Return the settings that are shown of each parameter, all looked up at once."""
    several = list(shown.values())
    rates, levels = [each.compared.rates for each in several], [each.levels for each in several]
    groups = [each.compared.levels.rows_of(level) for each in several for level in each.levels]
    judged = iter(comparer.breakdown.evidence.judged(groups, EVIDENCE_REFERENCES))
    behind = compared_each(rates, [(first, others) for first, *others in levels])
    found = {}
    for (by, each), best, lag in zip(shown.items(), best_of_each(rates, levels), behind, strict=True):
        names = [each.compared.levels.names[level] for level in each.levels]
        figures = figures_of(each.compared, each.stars, each.levels, comparer.made.of(by, names), best, lag)
        found[by] = [
            _setting(each, place, one, next(judged), intervals[by], origins[by]) for place, one in enumerate(figures)
        ]
    return found


def _setting(
    shown: Shown, place: int, figures: Figures, judged: Judged, intervals: Intervals, origin: Provenance
) -> Setting:
    level, compared, extent = shown.levels[place], shown.compared, shown.extent
    tally, rates = compared.levels.tally, compared.rates
    mean = float(rates.mean[level])
    low, high = intervals[level]
    return Setting(
        setting=compared.levels.names[level],
        n=int(tally.n[level]),
        good=int(tally.s[level]),
        effective_n=round(float(rates.effective_n[level]), 1),
        prompts=int(tally.clusters[level]),
        n_rated=judged.rated,
        mean_rating=round(judged.stars / judged.rated, 2) if judged.rated else None,
        n_judged=judged.selected + judged.rejected,
        n_selected=judged.selected,
        value=round(mean, 4),
        low=round(low, 4),
        high=round(high, 4),
        lift=round(mean - compared.baseline, 4) + 0.0,
        chance_best=figures.chance_best,
        regret=figures.regret,
        strength=figures.claim.strength,
        reason="" if extent.is_brief else figures.claim.reason,
        rated_share=figures.rated_share,
        pooled_rating=figures.pooled_rating,
        tier=origin.tier_of(compared.levels.rows_of(level)),
        evidence=judged.best[:1] if extent.is_brief and place else judged.best,
    )

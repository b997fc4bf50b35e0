"""What the ratings of a plan support, by the stopping rule that repeated looks do not wear out (statistics.md 5)."""

from collections.abc import Sequence
from math import fsum, sqrt
from statistics import median

from msgspec import Struct

from learning_core.answers.answer import Strength, Tier
from learning_core.answers.provenance import LEAST_RATINGS, LEAST_VALUES
from learning_core.index.snapshot import Snapshot
from learning_core.plans.attribution import Attribution, attribute
from learning_core.plans.conclude_screen import Factor, factors_of
from learning_core.plans.conclusion import LearningRunResult, RatedStep, Says, ValueComparison, ValueOutcome, Verdict
from learning_core.plans.conclusion_wording import stop_reason, summary
from learning_core.plans.learning_plan import LearningPlan
from learning_core.plans.rated_blocks import Blocks, rated_blocks
from learning_core.plans.values import VariantValue
from learning_core.stats.blocked_values import Effects, blocked_effects
from learning_core.stats.difference_scale import SETTING_SPREAD_POINTS
from learning_core.stats.paired_blocks import LEAST_BLOCKS, MOST_BLOCKS, Compared, compare
from learning_core.stats.strength import STRENGTHS

_DIGITS = 4
_FASTER = 0.95
"""A value that is practically the same is taken instead of the leader when it needs at most so much of its time."""


def conclude(snapshot: Snapshot, plan: LearningPlan) -> LearningRunResult:
    """Return what came of a plan by the ratings that the library holds now."""
    return concluded(plan, attribute(snapshot, plan))


def concluded(plan: LearningPlan, found: Attribution) -> LearningRunResult:
    """Return what came of a plan by the images attributed to its steps."""
    blocks = rated_blocks(plan, found)
    seconds = _seconds(plan, found)
    outcome = _outcome(plan, blocks, seconds) if blocks.cells else _NOTHING
    if blocks.prompts < LEAST_BLOCKS or any(each.startswith("not controlled") for each in blocks.missing):
        outcome = _Outcome("insufficient", None, (), outcome.comparisons, outcome.effects)
    tier = _tier(plan, blocks, found)
    stop = outcome.is_settled or blocks.prompts >= MOST_BLOCKS
    result = LearningRunResult(
        plan_id=plan.plan_id,
        focus_parameter=plan.focus_parameter,
        design=plan.design,
        verdict=outcome.verdict,
        summary="",
        strength=outcome.strength,
        tier=tier,
        automation_eligible=tier == "experiment_strong" and outcome.verdict in ("difference", "best_among_equals"),
        stop=stop,
        stop_reason=next(iter(never_concludes(plan)), stop_reason(outcome.verdict, blocks.prompts)),
        best_value=outcome.best,
        equal_values=outcome.equals,
        blocks=blocks.prompts,
        values=_values(plan, blocks, outcome.effects, seconds),
        comparisons=tuple(_line(each, says_more=outcome.is_settled) for each in outcome.comparisons),
        missing=tuple(blocks.missing),
        notes=_notes(plan),
        steps=_steps(found),
    )
    return result.model_copy(update={"summary": summary(plan, result)}).identified()


class _Pair(Struct, frozen=True):
    """A comparison with the names of its two sides."""

    factor: str
    value: VariantValue
    against: VariantValue
    compared: Compared


class _Outcome(Struct, frozen=True):
    verdict: Verdict
    best: VariantValue | None
    equals: tuple[VariantValue, ...]
    comparisons: Sequence[_Pair] = ()
    effects: Effects | None = None

    @property
    def is_settled(self) -> bool:
        """Tell whether the rule is met."""
        return self.verdict in ("difference", "best_among_equals", "equivalent")

    @property
    def strength(self) -> Strength:
        """The strength of what is claimed: of the weakest difference for a winner, of the strongest in a screen."""
        if self.verdict == "insufficient":
            return "none"
        if self.verdict in ("difference", "best_among_equals"):
            return "strong"
        found = [STRENGTHS.index(each.compared.strength) for each in self.comparisons]
        return STRENGTHS[min(found, default=0)]


_NOTHING = _Outcome("insufficient", None, ())


def _outcome(plan: LearningPlan, blocks: Blocks, seconds: Sequence[float | None]) -> _Outcome:
    effects = blocked_effects(blocks.by_prompt(), SETTING_SPREAD_POINTS)
    if plan.design == "screen":
        return _of_screen(factors_of(plan), blocks, effects)
    values = plan.variant_values
    if len(values) < LEAST_VALUES:
        return _Outcome("insufficient", None, (), (), effects)
    leader = int(effects.mean.argmax())
    others = [place for place in range(len(values)) if place != leader]
    pairs = [
        _Pair(
            plan.focus_parameter, values[leader], values[other], compare(*blocks.rows([leader], [other]), len(others))
        )
        for other in others
    ]
    same = [other for other, pair in zip(others, pairs, strict=True) if pair.compared.is_same]
    verdict = _verdict([pair.compared for pair in pairs])
    if verdict == "inconclusive":
        return _Outcome(verdict, None, (), pairs, effects)
    best = _fastest(leader, same, seconds)
    equals = tuple(values[place] for place in sorted({leader, *same} - {best}))
    return _Outcome(verdict, values[best], equals, pairs, effects)


def _verdict(compared: Sequence[Compared]) -> Verdict:
    if not all(each.is_better or each.is_same for each in compared):
        return "inconclusive"
    if all(each.is_better for each in compared):
        return "difference"
    return "best_among_equals" if any(each.is_better for each in compared) else "equivalent"


def _of_screen(factors: Sequence[Factor], blocks: Blocks, effects: Effects) -> _Outcome:
    """Return main effects, each level against the level that leads; effects are taken to add up."""
    tries = sum(len(factor.levels) - 1 for factor in factors)
    pairs: list[_Pair] = []
    leading: dict[str, int | float | str] = {}
    for factor in factors:
        means = [fsum(effects.mean[list(rows)].tolist()) / len(rows) for rows in factor.rows]
        leader = max(range(len(means)), key=lambda level: (means[level], -level))
        leading[factor.name] = factor.levels[leader]
        for level in range(len(means)):
            if level != leader:
                found = compare(*blocks.rows(factor.rows[leader], factor.rows[level]), tries)
                pairs.append(_Pair(factor.name, factor.levels[leader], factor.levels[level], found))
    if any(pair.compared.is_better for pair in pairs):
        return _Outcome("difference", leading, (), pairs, effects)
    same = all(pair.compared.is_same for pair in pairs)
    return _Outcome("equivalent" if same else "inconclusive", leading if same else None, (), pairs, effects)


def _fastest(leader: int, same: Sequence[int], seconds: Sequence[float | None]) -> int:
    """Return the value to take: the leader, or one that is practically the same and clearly faster."""
    own = seconds[leader]
    known = [(time, place) for place in same if (time := seconds[place]) is not None]
    if own is None or not known or min(known)[0] > _FASTER * own:
        return leader
    return min(known)[1]


def _seconds(plan: LearningPlan, found: Attribution) -> list[float | None]:
    """Return the median runtime of each variant, None where it is not known."""
    times: list[list[float]] = [[] for _ in plan.variant_values]
    for step in found.steps:
        known = (image.seconds for image in found.images.get(step.step_id, ()))
        times[step.variant_index] += [each for each in known if each is not None]
    return [round(median(each), 2) if each else None for each in times]


def _tier(plan: LearningPlan, blocks: Blocks, found: Attribution) -> Tier:
    ratings = sum(image.rated for images in found.images.values() for image in images)
    if not ratings:
        return "no_evidence"
    if any(focus.parameter.is_model for focus in plan.foci):
        return "review_only"
    rated = sum(cell.rated for cells in blocks.cells for cell in cells)
    enough = len(plan.variant_values) >= LEAST_VALUES and rated >= LEAST_RATINGS
    strong = enough and plan.design == "one_variable"
    return "experiment_strong" if strong else "experiment_sparse_plus_review"


def _values(
    plan: LearningPlan, blocks: Blocks, effects: Effects | None, seconds: Sequence[float | None]
) -> tuple[ValueOutcome, ...]:
    chances = None if effects is None else effects.best().probability
    found = []
    for place, value in enumerate(plan.variant_values):
        cells = [cells[place] for cells in blocks.cells]
        n = sum(cell.rated for cell in cells)
        mean = sum(cell.stars for cell in cells) / n if n else None
        found.append(
            ValueOutcome(
                value=value,
                n=n,
                mean_rating=_rounded(mean),
                spread=_rounded(_spread([cell.mean for cell in cells])),
                effect=None if effects is None else _rounded(float(effects.mean[place])),
                chance_best=None if chances is None else _rounded(float(chances[place])),
                seconds=seconds[place],
            )
        )
    return tuple(found)


def _spread(numbers: Sequence[float]) -> float | None:
    if len(numbers) < 2:
        return None
    mean = fsum(numbers) / len(numbers)
    return sqrt(fsum((each - mean) ** 2 for each in numbers) / (len(numbers) - 1))


def _line(pair: _Pair, *, says_more: bool) -> ValueComparison:
    """Return a comparison; one alone says nothing while the others are open: with several, one is soon far off."""
    compared = pair.compared
    low, high = compared.ends
    says: Says = "better" if compared.is_better else "same" if compared.is_same else "open"
    return ValueComparison(
        factor=pair.factor,
        value=pair.value,
        against=pair.against,
        difference=round(compared.weighed.mean, _DIGITS),
        low=round(low, _DIGITS),
        high=round(high, _DIGITS),
        probability=round(compared.weighed.probability, _DIGITS),
        bayes_factor=float(f"{compared.weighed.bayes_factor:.6g}"),
        equivalence=round(compared.weighed.equivalence, _DIGITS),
        effective_n=round(compared.effective_n, _DIGITS),
        blocks=compared.prompts,
        wins=compared.wins,
        losses=compared.losses,
        says=says if says_more else "open",
    )


def _steps(found: Attribution) -> tuple[RatedStep, ...]:
    steps = []
    for step in found.outputs():
        images = found.images.get(step.step_id, [])
        steps.append(
            RatedStep(
                step_id=step.step_id,
                variant_index=step.variant_index,
                prompt_index=step.prompt_index,
                seed=step.seed,
                outputs=step.outputs,
                rated=sum(image.rated for image in images),
                stars=sum(image.stars for image in images),
                tags=tuple(sorted({tag for image in images for tag in image.tags})),
            )
        )
    return tuple(steps)


def _notes(plan: LearningPlan) -> tuple[str, ...]:
    notes = []
    if any(focus.parameter.is_model for focus in plan.foci):
        notes.append("A comparison of models under these settings is a preference, no evidence on any one setting.")
    if plan.design == "screen":
        notes.append("A screen varies several settings at once and takes their effects to add up; confirm with a plan.")
    notes += never_concludes(plan)
    return tuple(notes)


def never_concludes(plan: LearningPlan) -> list[str]:
    """Return why a plan can never conclude, whatever is rated; nothing when it can."""
    reasons = []
    if len(plan.variant_values) < 2:
        reasons.append("The plan tries one value, so nothing can be compared with it; make one with two or more.")
    if len(plan.prompts) < LEAST_BLOCKS:
        reasons.append(f"The plan has fewer than {LEAST_BLOCKS} prompts, so it can never conclude; make one with more.")
    return reasons


def _rounded(value: float | None) -> float | None:
    return None if value is None else round(value, _DIGITS)

"""What a conclusion says in sentences."""

from collections.abc import Sequence

from learning_core.plans.conclusion import LearningRunResult, ValueComparison, Verdict
from learning_core.plans.learning_plan import LearningPlan
from learning_core.plans.values import value_text
from learning_core.stats.difference_scale import EQUIVALENT, POINTS
from learning_core.stats.paired_blocks import LEAST_BLOCKS, MOST_BLOCKS
from learning_core.text.wording import count, listed, percent


def summary(plan: LearningPlan, result: LearningRunResult) -> str:
    """Return what came of the plan in one or two sentences; `result` has all but its summary and id."""
    if result.verdict == "insufficient":
        return _insufficient(plan, result)
    if plan.design == "screen":
        return _screen(result)
    best = "" if result.best_value is None else value_text(result.best_value)
    focus, over = plan.focus_parameter, f"over {count(result.blocks, 'prompt')}"
    if result.verdict == "difference":
        if any(each.parameter.is_model for each in plan.foci):
            return f"{best} is preferred under these settings, {over}: {_figures(result.comparisons)}."
        return f"{focus} {best} makes the difference, {over}: {_figures(result.comparisons)}."
    if result.verdict == "inconclusive":
        return f"Not settled, {over}: {_figures(result.comparisons)}. {result.stop_reason}"
    alike = listed([value_text(value) for value in (result.best_value, *result.equal_values) if value is not None])
    worse = [each for each in result.comparisons if each.says == "better"]
    rest = f"; better than {listed([value_text(each.against) for each in worse])}" if worse else ""
    return f"{focus} {alike} are practically the same, {over}{rest}. Take {best}{_faster(result)}."


def stop_reason(verdict: Verdict, blocks: int) -> str:
    """Return why rating may end, or what it would take."""
    if verdict in ("difference", "best_among_equals", "equivalent"):
        return "The stopping rule is met: more ratings would not change what is said."
    if blocks >= MOST_BLOCKS:
        return f"After {blocks} prompts what is open stays open: the difference, if any, is small."
    if blocks < LEAST_BLOCKS:
        return f"At least {count(LEAST_BLOCKS - blocks, 'more prompt')} with every value rated."
    return "Rate on: the rule looks at the evidence after each prompt, and looking does not wear it out."


def _insufficient(plan: LearningPlan, result: LearningRunResult) -> str:
    need = f"{count(result.blocks, 'prompt')} of {LEAST_BLOCKS} needed with every value rated"
    if len(plan.variant_values) < 2:
        need = "a single value, so there is nothing to compare"
    missing = f": {'; '.join(result.missing)}" if result.missing else ""
    return f"Insufficient for {plan.focus_parameter}: {need}{missing}."


def _figures(comparisons: Sequence[ValueComparison]) -> str:
    return listed([_figure(each) for each in comparisons])


def _figure(each: ValueComparison) -> str:
    against = f"{value_text(each.value)} over {value_text(each.against)}"
    interval = f"{each.low:+.2f} to {each.high:+.2f}"
    return f"{against} {each.difference:+.2f} stars ({interval}; {each.wins} prompts won, {each.losses} lost)"


def _screen(result: LearningRunResult) -> str:
    better = [each for each in result.comparisons if each.says == "better"]
    same = sorted({each.factor for each in result.comparisons if each.says == "same"})
    still = sorted({each.factor for each in result.comparisons if each.says == "open"})
    parts = [f"{each.factor} {_figure(each)}" for each in better]
    parts += [f"no difference of {POINTS.margin:g} stars in {listed(same)} (P ≥ {percent(EQUIVALENT)})"] if same else []
    parts += [f"open: {listed(still)}"] if still else []
    return f"Screen over {count(result.blocks, 'prompt')}: {'; '.join(parts)}."


def _faster(result: LearningRunResult) -> str:
    times = {value_text(each.value): each.seconds for each in result.values}
    best = times.get(value_text(result.best_value)) if result.best_value is not None else None
    slowest = max((times[value_text(each)] or 0.0 for each in result.equal_values), default=0.0)
    if best is None or slowest <= best:
        return ""
    return f", it is {percent(1.0 - best / slowest)} faster"

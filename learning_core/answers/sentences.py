"""Sentences about the values of one parameter: what leads, how sure that is, and the numbers that decided it."""

from learning_core.answers.answer import By, Outcome
from learning_core.answers.comparison import Comparison
from learning_core.answers.outcome import JUDGED_BY
from learning_core.answers.settling_words import judge_others_too, roughly
from learning_core.stats.probability import probability_text
from learning_core.stats.settling import times_to_settle
from learning_core.stats.strength import LEAST_EFFECTIVE_N
from learning_core.text.wording import count, listed, name, percent

MOST_NAMED = 5
_MOST_REPEATED = 4.0
"""Where an image is worth less than a fourth of one, prompts are repeated so often that only new ones tell."""

Intervals = dict[int, tuple[float, float]]
"""Ends of the credible interval by number of level."""


def why(compared: Comparison) -> list[str]:
    """Return the numbers behind the verdict, in the order in which they decided it."""
    verdict = compared.verdict
    if verdict.difference is None:
        return []
    chance, factor = float(verdict.difference.probability[0]), float(verdict.difference.bayes_factor[0])
    sizes = " and ".join(f"{compared.rates.effective_n[level]:.1f}" for level in verdict.quoted)
    prompts = " and ".join(f"{compared.levels.tally.clusters[level]:,}" for level in verdict.quoted)
    rival = name(compared.levels.names[verdict.quoted[1]])
    return [
        f"Against {rival}: P {probability_text(chance)}, Bayes factor {min(factor, 1e6):,.2g}, "
        f"effective images {sizes}, prompts {prompts}.",
        f"{verdict.claim.strength}: {verdict.claim.reason}.",
        *_what_would_settle_it(compared),
    ]


def _what_would_settle_it(compared: Comparison) -> list[str]:
    """Return how much more evidence the comparison needs, a sentence or none."""
    verdict, rates, tally = compared.verdict, compared.rates, compared.levels.tally
    if verdict.only_good:
        return [judge_others_too([name(compared.levels.names[level]) for level in verdict.only_good])]
    if (
        verdict.difference is None
        or verdict.entangled
        or verdict.uneven
        or verdict.status not in ("not_separable", "likely_leader")
    ):
        return []
    value, error = float(verdict.difference.value[0]), float(verdict.difference.standard_error[0])
    times = times_to_settle(value, error, sum(float(rates.unknown[level]) for level in verdict.quoted))
    if times is None:
        return ["The difference seen is too small to be settled by a sensible number of images."]
    size = [float(rates.effective_n[level]) for level in verdict.quoted]
    n, clusters = ([int(each[level]) for level in verdict.quoted] for each in (tally.n, tally.clusters))
    needed = [max(each * times, LEAST_EFFECTIVE_N) - each for each in size]
    if sum(n) > _MOST_REPEATED * sum(size):
        images = f"About {count(roughly(sum(needed)), 'judged image')} of these two, each of a new prompt,"
        return [f"{images} would settle it if the difference stays; more of the same prompts tell little."]
    images, prompts = (
        count(roughly(sum(more * each / worth for more, each, worth in zip(needed, seen, size, strict=True))), noun)
        for seen, noun in ((n, "more judged image"), (clusters, "prompt"))
    )
    return [f"About {images} of these two, on {prompts}, would settle it if the difference stays."]


def sentence(by: By, compared: Comparison, intervals: Intervals, outcome: Outcome) -> str:
    """Return what the comparison of a parameter comes to, in judgements of a kind."""
    verdict, total = compared.verdict, len(compared.ranking)
    if total == 1:
        return _single(by, compared, outcome)
    if verdict.status == "too_thin":
        images = int(compared.levels.tally.n.sum())
        return (
            f"Not enough evidence on {by}: {count(images, 'judged image')} over {total} values; "
            "judge more images of at least two of them."
        )
    leader, rival = (name(compared.levels.names[level]) for level in verdict.quoted)
    first, other = (share(compared, level, intervals[level]) for level in verdict.quoted)
    figures = f"{leader}, {first} against {rival}, {other}"
    if verdict.entangled:
        return f"{by} is entangled with {verdict.entangled}, so it is not the proven cause: {figures}."
    if verdict.uneven:
        return f"{by} was unevenly judged, so no value is the proven winner: {figures}; {verdict.uneven}."
    if verdict.status == "not_separable":
        return f"No clear winner in {by}: {figures}."
    if verdict.status == "likely_leader":
        return f"For {by}, {leader} probably goes with the better images: {first}, with {rival} {other}."
    apart = f"; {count(verdict.few, 'other value')} on too few images to compare" if verdict.few else ""
    return f"For {by}, {leader} goes with the better images: {first}, with {rival} {other}{apart}."


def _single(by: By, compared: Comparison, outcome: Outcome) -> str:
    n, unknown, only = compared.n, compared.unknown, name(compared.levels.names[0])
    if compared.verdict.status == "too_thin":
        return (
            f"Not enough evidence on {by}: it is known for only {n:,} of {count(n + unknown, 'judged image')} ({only})."
        )
    others, where = compared.verdict.others, " for which it is known" if unknown else ""
    if others:
        images = f"the only image {JUDGED_BY[outcome]}" if n == 1 else f"all {n:,} images {JUDGED_BY[outcome]}"
        more = [f"{len(others) - MOST_NAMED} more"] if len(others) > MOST_NAMED else []
        shown = listed([*map(name, others[:MOST_NAMED]), *more], "or")
        return f"{by} cannot be compared: {images}{where} used {only}, and none with {shown} is judged so."
    used = "the only judged image" if n == 1 else f"all {n:,} judged images"
    return f"{by} was never varied: {used}{where} used {only}, so nothing can be said about other values."


def share(compared: Comparison, level: int, interval: tuple[float, float]) -> str:
    """Return the rate of a level with its interval and its images, in words."""
    mean, n = float(compared.rates.mean[level]), int(compared.levels.tally.n[level])
    low, high = interval
    return f"{percent(mean)} come out well ({percent(low)} to {percent(high)}, n {n})"

"""The sentences of a comparison of two arms: what came out, what decided it, and what to do next."""

from msgspec import Struct

from learning_core.answers.answer import Outcome
from learning_core.answers.arm_matching import Level
from learning_core.answers.arm_verdict import LEAST_BLOCKS, LEAST_MATCHED, THIN_EFFECTIVE_N, Checked, Verdict, objection
from learning_core.answers.other_kind import LEAST_IMAGES, SURE
from learning_core.answers.outcome import JUDGED_BY
from learning_core.answers.settings_comparison import ArmEvidence, Basis, WeighedDifference
from learning_core.answers.settling_words import judge_others_too
from learning_core.answers.two_arms import Arms, Question
from learning_core.stats.difference_scale import POINTS, SHARES, weighed
from learning_core.stats.probability import probability_text
from learning_core.stats.unrated import Arm, only_good_judged, unevenly_rated, worst_case_bounds
from learning_core.text import filters
from learning_core.text.wording import asked, chance, count, listed, name, percent

_BASIS: dict[Basis, str] = {
    "all_images": "all judged images",
    "same_prompt": "images of the same prompts",
    "same_prompt_and_seed": "pairs of the same prompt and seed",
    "all_else_equal": "pairs of the same prompt, seed and other settings",
}
_GOOD: dict[Outcome, str] = {"selected": "selected", "rated_4_or_5": "rated 4 or 5"}


class Told(Struct, frozen=True):
    """All that the sentences are made from."""

    question: Question
    arms: Arms
    a: ArmEvidence
    b: ArmEvidence
    outcome: Outcome
    verdict: Verdict | None
    found: list[Checked]
    shown_a: Arm
    shown_b: Arm
    ways: list[Level]
    stars: WeighedDifference | None


def summary(told: Told, more: int | None) -> str:
    """Return the answer in a sentence or two; `more` are the prompts that would settle it."""
    if told.arms.same:
        return (
            f"Nothing to compare: A ({_name(told.a)}) and B ({_name(told.b)}) select the same "
            f"{count(told.arms.shared, 'record')}{_about(told)}."
        )
    empty = told.arms.empty()
    if empty:
        return f"Nothing to compare: {_no_record(told, empty)}."
    verdict = told.verdict
    if verdict is None or verdict.verdict == "not_enough_evidence":
        return f"Not enough evidence{_about(told)}: {_has(told, 'A', told.a)}, {_has(told, 'B', told.b)}."
    return f"{_headline(told, verdict, more)} A is {_name(told.a)}, B is {_name(told.b)}{_about(told)}."


def _headline(told: Told, verdict: Verdict, more: int | None) -> str:
    figures = f"{_shares(told)}, a difference of {_points(verdict.level)} in {_BASIS[verdict.level.basis]}"
    ahead, behind = ("A", "B") if verdict.leader == "a" else ("B", "A")
    strength = verdict.claim.strength
    if verdict.verdict in ("a_better", "b_better"):
        return f"{ahead} is better than {behind} ({strength}): {figures}."
    if verdict.verdict == "practically_equal":
        return f"A and B are practically equal: {figures}."
    if verdict.verdict == "entangled":
        return (
            f"Entangled: {objection(verdict.objections)}, so that it cannot be told which of them matters. {figures}."
        )
    lead = f"{ahead} leads ({strength}), unproven. " if strength != "none" else ""
    judged = f"Not separable with {told.a.n:,} and {told.b.n:,} judged images"
    return f"{judged}. {lead}{figures}. {_what_would_settle_it(told, more)}"


def _what_would_settle_it(told: Told, more: int | None) -> str:
    only_good = only_good_judged((told.shown_a, told.shown_b))
    if only_good:
        return judge_others_too(["AB"[place] for place in only_good])
    if unevenly_rated(told.shown_a, told.shown_b):
        return "No number of ratings settles it while such unequal parts of A and B are judged: judge the others, too."
    if more is None:
        return "More ratings of this kind than anyone gives would be needed to settle it."
    return f"About {count(2 * more, 'more rating')} on {count(more, 'prompt')} would settle it if the difference stays."


def _shares(told: Told) -> str:
    a, b = (percent(each.share or 0.0) for each in (told.a, told.b))
    return f"{a} of {told.a.n:,} against {b} of {told.b.n:,} {_GOOD[told.outcome]}"


def _points(level: Level) -> str:
    low, high = level.figure.interval()
    return f"{100 * level.figure.value + 0.0:+.0f} points (95 % {100 * low + 0.0:+.0f} to {100 * high + 0.0:+.0f})"


def _about(told: Told) -> str:
    where = filters.canonical(told.question.where)
    question = told.question
    narrowed = question.facets or question.exclude or where
    return f", for {asked(question.facets, where, question.exclude)}" if narrowed else ""


def _name(arm: ArmEvidence) -> str:
    return name(arm.filter)


def _no_record(told: Told, empty: str) -> str:
    which = {"A": [("A", told.a)], "B": [("B", told.b)], "both": [("A", told.a), ("B", told.b)]}[empty]
    text = listed([f"{arm} ({_name(side)})" for arm, side in which], "or")
    own = " that is not in the other arm as well" if told.arms.shared else ""
    return f"no record matches {text}{own}{_about(told)}"


def _has(told: Told, arm: str, side: ArmEvidence) -> str:
    other, kind = (side.n_judged, "selections") if told.outcome == "rated_4_or_5" else (side.n_rated, "stars")
    also = f" ({count(other, 'image')} with {kind}, another kind of judgement)" if other else ""
    images = f"{count(side.n, 'image')} {JUDGED_BY[told.outcome]}" if other else count(side.n, "judged image")
    prompts = f" on {count(side.prompts, 'prompt')}" if side.prompts else ""
    return f"{arm} ({_name(side)}) has {images} of {count(side.jobs, 'record')}{prompts}{also}"


def reasons(told: Told) -> list[str]:
    """Return the sentences with the numbers that decided the verdict."""
    verdict = told.verdict
    if verdict is None:
        return []
    level, found = verdict.level, verdict.level.weighed
    figure = level.figure
    said = [
        f"Rests on {_BASIS[level.basis]}: {figure.n[0]:,} of A and {figure.n[1]:,} of B on "
        f"{count(figure.prompts, 'prompt')}; the difference is {_points(level)}.",
        f"P({'A' if verdict.leader == 'a' else 'B' if verdict.leader == 'b' else 'either'} better) is "
        f"{probability_text(found.probability)}, Bayes factor {found.bayes_factor:.3g}, effective images "
        f"{told.a.effective_n:g} and {told.b.effective_n:g}: {verdict.claim.strength}, for {verdict.claim.reason}.",
        f"A difference below {100 * SHARES.margin:.0f} points would not matter (what {POINTS.margin:g} of a star is "
        f"in shares); the chance of that is {chance(found.equivalence)}.",
    ]
    if min(told.a.effective_n, told.b.effective_n) < THIN_EFFECTIVE_N:
        said.append(f"An arm with fewer than {THIN_EFFECTIVE_N:.0f} effective images is not compared.")
    return [*said, *_checked(told), *_matched(told, verdict)]


def _checked(told: Told) -> list[str]:
    said = []
    passed = [each.factor for each in told.found if each.outcome == "passed"]
    if passed:
        said.append(f"Stays at equal {listed(passed)}.")
    for each in told.found:
        if each.outcome == "always_together":
            said.append(f"A and B were always varied together with {each.factor}.")
        elif each.outcome == "mostly_together":
            said.append(f"Only {percent(each.covered)} of an arm has the {each.factor} of the other.")
        elif each.outcome == "confounded" and each.figure is not None:
            low, high = each.figure.interval()
            said.append(
                f"At equal {each.factor} the difference is {100 * each.figure.value + 0.0:+.0f} points "
                f"(95 % {100 * low + 0.0:+.0f} to {100 * high + 0.0:+.0f})."
            )
    unchecked = [each.factor for each in told.found if each.outcome == "unchecked"]
    if unchecked:
        said.append(f"Too few images to check {listed(unchecked)}.")
    unclear = [each.factor for each in told.found if each.outcome == "inconclusive"]
    if unclear:
        said.append(f"Not clear at equal {listed(unclear)}.")
    return said


def _matched(told: Told, verdict: Verdict) -> list[str]:
    said = []
    for level in told.ways:
        if level.basis == "all_images" or level is verdict.level:
            continue
        figure = level.figure
        few = figure.prompts < LEAST_BLOCKS or figure.covered < LEAST_MATCHED
        needs = f"; to rest on them takes {LEAST_BLOCKS} prompts and {percent(LEAST_MATCHED)} of either arm"
        said.append(
            f"In {_BASIS[level.basis]} ({count(figure.strata, 'group')}, {count(figure.prompts, 'prompt')}) "
            f"the difference is {_points(level)}{needs if few else ''}."
        )
    return said


def notes(told: Told) -> list[str]:
    """Return what was left out, and what to be careful with."""
    said = []
    if told.arms.shared and not told.arms.same:
        said.append(f"{count(told.arms.shared, 'record')} in both arms left out.")
    if told.arms.preferences:
        said.append(
            f"{count(told.arms.preferences, 'comparison')} of whole models left out: only the checkpoint can learn "
            "from them."
        )
    outcome_fields = sorted({term.field for term in told.question.where} & {"rating", "selection"})
    outcome_fields += sorted(told.question.fields & {"rating", "selection"})
    if outcome_fields:
        said.append(f"The filter on {listed(outcome_fields)} picks by the outcome itself: the shares mean nothing.")
    if told.verdict is None:
        return said
    said.append("Observed, not tested: what goes with good images need not be the reason for them.")
    if unevenly_rated(told.shown_a, told.shown_b):
        low, high = worst_case_bounds(told.shown_a, told.shown_b)
        said.append(
            f"{percent(told.a.judged_share)} of A and {percent(told.b.judged_share)} of B are judged: depending on the "
            f"others, the difference is between {100 * low:+.0f} and {100 * high:+.0f} points."
        )
    return [*said, *_of_stars(told, told.verdict), *_of_selections(told, told.verdict)]


def _of_stars(told: Told, verdict: Verdict) -> list[str]:
    stars = told.stars
    if stars is None:
        return []
    said = [f"Stars, a figure of their own: A {told.a.mean_rating}, B {told.b.mean_rating}."]
    ahead = "a" if stars.value > 0 else "b"
    if stars.probability >= 0.95 and verdict.leader and ahead != verdict.leader:
        said.append(f"By mean stars {ahead.upper()} is ahead, by the share of good images the other: look at both.")
    return said


def _of_selections(told: Told, verdict: Verdict) -> list[str]:
    """Return a sentence where stars decide, and selections surely say otherwise."""
    a, b = told.a, told.b
    if told.outcome == "selected" or min(a.n_judged, b.n_judged) < LEAST_IMAGES or not verdict.leader:
        return []
    shares = a.n_selected / a.n_judged, b.n_selected / b.n_judged
    # What an image is worth, as those of one prompt are partly the same evidence.
    worth = min(side.effective_n / side.n for side in (a, b))
    variance = sum(SHARES.image_variance / (side.n_judged * worth) for side in (a, b))
    value = shares[0] - shares[1]
    if ("a" if value > 0 else "b") == verdict.leader or weighed(value, variance, SHARES).probability < SURE:
        return []
    figures = f"{percent(shares[0])} of {a.n_judged:,} of A, {percent(shares[1])} of {b.n_judged:,} of B"
    return [f"By selections ({figures}) {'A' if value > 0 else 'B'} is ahead, by stars the other: look at both."]


def next_step(told: Told) -> str:
    """Return the next useful step."""
    verdict = told.verdict
    if told.arms.same or told.arms.empty():
        return "Give filters that select different records; `whatworks records --where FILTER` shows what one selects."
    if verdict is not None and verdict.verdict in ("a_better", "b_better", "practically_equal"):
        return "get_item shows the records behind each arm; a paired test on new prompts would make it firm."
    settings = [each.factor for each in verdict.objections if each.is_setting] if verdict else []
    equal = f", with equal {listed(settings)}" if settings else ""
    return f"Make images of A and B on the same new prompts and seeds{equal}, and rate them in mixed order."

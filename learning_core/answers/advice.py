"""What to take for one parameter of a prompt, or what to try next, in words and figures."""

from collections.abc import Sequence

import numpy as np

from learning_core.answers.answer import By, Outcome, Status
from learning_core.answers.evidence import Judged
from learning_core.answers.judged_prompts import PromptWords, Scope
from learning_core.answers.other_kind import contradicted
from learning_core.answers.outcome import JUDGED_BY
from learning_core.answers.recommendation import Advice, Candidate, Mode, Try
from learning_core.answers.weighing import Weighed
from learning_core.index.columns import is_among
from learning_core.stats.beta import credible_interval
from learning_core.stats.greatest import Best
from learning_core.stats.probability import probability_text
from learning_core.text.wording import chance, count, listed, name, percent

EVIDENCE_REFERENCES = 3
MOST_NAMED = 5


def nothing(by: By, sentence: str, untried: Sequence[Try] = ()) -> Advice:
    """Return advice that recommends nothing; `untried` values may be tried."""
    return Advice(
        by=by, mode="explore" if untried else "nothing", values=[], status="no_evidence", strength="none",
        basis="nothing", sentence=sentence, why=[], tier="no_evidence", regret=None, candidates=[], shown=0, total=0,
        try_next=list(untried),
    )  # fmt: skip


class Advising:
    """Turns weighed values into advice: which rows to quote, which words there are, how much to show."""

    def __init__(self, words: PromptWords, limit: int) -> None:
        self._words = words
        self._limit = limit

    def advise(self, weighed: Weighed, scope: Scope, untried: Sequence[Try], within_of: str = "") -> Advice:
        """Return the advice; `scope` holds the rows of the weighed values, `untried` have no judged image in it."""
        lead, levels = weighed.lead, weighed.counted.levels
        shown = lead.ranking[: self._limit]
        status = _status(weighed)
        best = weighed.order.best(np.array(lead.ranking))
        candidates = self._candidates(weighed, scope, shown, best)
        mode: Mode = "exploit" if lead.is_sure else "explore"
        values = [levels.names[level] for level in lead.ranking[: lead.tied] if levels.tally.s[level]]
        if len(lead.ranking) == 1:
            mode, values = ("explore" if untried else "nothing"), []
        regret = round(min(best.expected_regret, 1.0), 4) if len(lead.ranking) > 1 else None
        return Advice(
            by=weighed.by,
            mode=mode,
            values=values,
            status=status,
            strength=lead.claim.strength,
            basis=weighed.basis,
            sentence=_sentence(weighed, scope.outcome, status, values, regret, within_of)
            + _contradicted(weighed, scope),
            why=[*_why(weighed, best, within_of, self._words), *weighed.counted.of_plans],
            tier=weighed.counted.tier,
            regret=regret,
            candidates=candidates,
            shown=len(candidates),
            total=len(lead.ranking),
            try_next=[] if mode == "exploit" else self._try_next(weighed, best, untried, values),
        )

    def _candidates(self, weighed: Weighed, scope: Scope, shown: list[int], best: Best) -> list[Candidate]:
        counted, order = weighed.counted, weighed.order
        levels, rate = counted.levels, order.rate
        low, high = self._ends(weighed, shown)
        n, good = counted.with_words(self._words)
        judged = _best_records(weighed, scope, shown, self._words)
        return [
            Candidate(
                value=levels.names[level],
                n=int(levels.tally.n[level]),
                good=int(levels.tally.s[level]),
                prompts=int(levels.tally.clusters[level]),
                effective_n=round(float(counted.sizes.effective_n[level]), 1),
                n_with_words=int(n[level]),
                good_with_words=int(good[level]),
                estimate=round(float(rate[level]), 4),
                low=low[place],
                high=high[place],
                chance_best=round(float(best.probability[place]), 4),
                tier=counted.tiers[level],
                evidence=judged[place].best,
            )
            for place, level in enumerate(shown)
        ]

    def _ends(self, weighed: Weighed, shown: list[int]) -> tuple[list[float | None], list[float | None]]:
        """Return the ends of the credible intervals of some levels, None where they would not be true."""
        if not weighed.shows_intervals:
            return [None] * len(shown), [None] * len(shown)
        a, b = weighed.order.shapes
        low, high = credible_interval(a[shown], b[shown])
        return [round(each, 4) for each in low.tolist()], [round(each, 4) for each in high.tolist()]

    def _try_next(self, weighed: Weighed, best: Best, untried: Sequence[Try], values: list[str]) -> list[Try]:
        """Return what to make images of: the likeliest to be the best besides what stands first, and the untried."""
        levels = weighed.counted.levels
        chances = best.probability.round(4)
        order = sorted(range(len(chances)), key=lambda place: (-chances[place], place))
        others = [place for place in order if levels.names[weighed.lead.ranking[place]] not in values[:1]]
        others = others if len(chances) > 1 else []
        tried = [
            Try(
                value=levels.names[level],
                chance_best=float(chances[place]),
                why=f"{chance(float(chances[place]))} to be the best; rests on "
                f"{count(int(levels.tally.n[level]), 'image')} of {count(int(levels.tally.clusters[level]), 'prompt')}",
            )
            for place in others[: self._limit]
            for level in [weighed.lead.ranking[place]]
        ]
        return [*tried, *untried[: self._limit]]


def _best_records(weighed: Weighed, scope: Scope, shown: list[int], words: PromptWords) -> list[Judged]:
    """Return the judgements of the shown values, of images with the words where there are any."""
    levels = weighed.counted.levels
    wanted = {levels.names[level]: level for level in shown}
    inside = scope.breakdown.levels(weighed.by)
    place = {} if inside is None else {each: number for number, each in enumerate(inside.names)}
    groups = []
    for each in wanted:
        rows = np.zeros(0, np.int64) if inside is None else inside.rows_of(place[each])
        with_words = rows[is_among(scope.evidence.column("prompt")[rows], words.any_prompts)]
        groups.append(with_words if len(with_words) else rows)
    return scope.evidence.judged(groups, EVIDENCE_REFERENCES)


def _contradicted(weighed: Weighed, scope: Scope) -> str:
    """Return a sentence where the kind of judgement that does not count says otherwise of what leads."""
    lead, inside = weighed.lead, scope.breakdown.levels(weighed.by)
    if not lead.is_sure or lead.closest is None or inside is None:
        return ""
    pair = [lead.ranking[0], lead.closest]
    first, second = (weighed.counted.levels.names[level] for level in pair)
    if first not in inside.names or second not in inside.names:
        return ""
    worth = float((weighed.counted.sizes.effective_n[pair] / weighed.counted.levels.tally.n[pair]).min())
    rows = inside.rows_of(inside.names.index(first)), inside.rows_of(inside.names.index(second))
    return contradicted(scope.evidence, rows, (name(first), name(second)), worth)


def _status(weighed: Weighed) -> Status:
    lead = weighed.lead
    if len(lead.ranking) == 1:
        alone = len(weighed.counted.levels.names) == 1 and weighed.counted.unknown <= weighed.counted.n
        return "never_varied" if alone else "too_thin"
    if not lead.is_sure:
        return "not_separable"
    if weighed.basis == "library":
        return "overall_leader"
    return "clear_leader" if lead.claim.strength == "strong" else "likely_leader"


def _share(weighed: Weighed, level: int) -> str:
    levels, rate = weighed.counted.levels, float(weighed.order.rate[level])
    return f"{percent(rate)} expected, {levels.tally.s[level]} of {levels.tally.n[level]} good so far"


def _cost(regret: float) -> str:
    return "less than 1 good image" if regret < 0.01 else count(round(regret * 100), "good image")


def _sentence(
    weighed: Weighed, outcome: Outcome, status: Status, values: list[str], regret: float | None, within_of: str
) -> str:
    lead, by, levels = weighed.lead, weighed.by, weighed.counted.levels
    with_it = f" with {name(within_of)}" if within_of else ""
    first = lead.ranking[0]
    leader, images = name(levels.names[first]), f"images {JUDGED_BY[outcome]}{with_it}"
    if status == "never_varied":
        return f"All {images} used {by} {leader} ({_share(weighed, first)}): nothing to compare it with."
    if len(lead.ranking) == 1:
        return f"Only {leader} has {images} ({_share(weighed, first)}): nothing to compare it with."
    if lead.tied > 1:
        tied = [name(levels.names[level]) for level in lead.ranking[: lead.tied]]
        shown = [*tied[:MOST_NAMED], *([f"{len(tied) - MOST_NAMED} more"] if len(tied) > MOST_NAMED else [])]
        return f"Explore {by}{with_it}: {listed(shown)} are tied ({_share(weighed, first)})."
    if not values:
        return f"Explore {by}{with_it}: no image of any value came out well that could be recommended."
    if lead.is_sure:
        where = "" if weighed.basis != "library" else " over all prompts"
        found = f"Take {leader}{with_it}: it leads{where} ({_share(weighed, first)}; {lead.claim.strength})."
        return found if weighed.is_moved else f"These words make no detectable difference to {by}. {found}"
    entangled = f"; entangled with {lead.entangled}" if lead.entangled else ""
    lost = "" if regret is None else f"; taking it is expected to cost {_cost(regret)} of 100"
    return f"Explore {by}{with_it}: {leader} is best so far, not surely ({_share(weighed, first)}){lost}{entangled}."


def _why(weighed: Weighed, best: Best, within_of: str, words: PromptWords) -> list[str]:
    lead, levels, sizes = weighed.lead, weighed.counted.levels, weighed.counted.sizes
    found = []
    if weighed.basis == "library" and len(words.unknown) == len(words.texts):
        found.append("No prompt that was looked at has a word of this one: these are rates over all prompts.")
    elif not weighed.is_moved:
        found.append(f"The words make no detectable difference to {weighed.by}.")
    elif weighed.speaking:
        found.append(f"Decided by images with {listed([name(each) for each in weighed.speaking])}, which stand apart.")
    if within_of:
        found.append(f"Rates are those with {name(within_of)}, drawn towards those of all checkpoints.")
    found.append(f"The first one is the best with probability {probability_text(float(best.probability[0]))}.")
    if lead.difference is not None and lead.closest is not None:
        pair = lead.ranking[0], lead.closest
        better = probability_text(float(lead.difference.probability[0]))
        factor = float(lead.difference.bayes_factor[0])
        one, other = (name(levels.names[level]) for level in pair)
        found.append(f"{one} is better than {other} with probability {better}; Bayes factor {min(factor, 1e6):,.2g}.")
        images = " and ".join(f"{sizes.effective_n[level]:.1f}" for level in pair)
        prompts = " and ".join(f"{sizes.prompts[level]:,}" for level in pair)
        found.append(f"They rest on {images} effective images of {prompts} prompts.")
    found.append(f"{lead.claim.strength}: {lead.claim.reason}.")
    return found

"""The values of one parameter set against each other: their rates, their order, and how sure it is that one leads."""

from collections.abc import Mapping, Sequence
from functools import cached_property, partial

from msgspec import Struct
from msgspec.structs import replace

from learning_core.answers.answer import By, Status
from learning_core.answers.background import Background
from learning_core.answers.breakdown import Breakdown, Levels
from learning_core.answers.contest import Ahead, Contest, Ranked, ahead, contest, ranked
from learning_core.answers.entanglement import entangled_with
from learning_core.answers.evidence import Evidence, field_of
from learning_core.answers.level_images import images_inside, images_of_levels, whole_images
from learning_core.answers.made_images import MadeImages
from learning_core.answers.model import Model
from learning_core.answers.uneven_words import uneven_words
from learning_core.index.columns import Column
from learning_core.index.snapshot import Snapshot
from learning_core.stats.comparing import Difference
from learning_core.stats.strength import Claim
from learning_core.stats.subject import Images, Rates, of_everything, of_subject
from learning_core.stats.unrated import Arm, only_good_judged, unevenly_rated, worst_case_bounds
from learning_core.text.wording import percent

NOTHING_CLAIMED = Claim("none", "")


class Verdict(Struct, frozen=True):
    """Whether a value leads: the two values that speak for it, how sure it is, and what else could be behind it.

    `quoted` are numbers of levels, the best first, none where nothing is compared; `difference` is theirs. `uneven`
    says how unevenly their images were judged, where that could be what makes the difference. `few` values besides the
    leader and its rivals rest on too few images to be compared. Of the `only_good` of the two only good images are
    judged, so that more of these would tell nothing. `others` are values of which no image is judged, given where only
    one value is.
    """

    status: Status
    quoted: tuple[int, ...] = ()
    few: int = 0
    entangled: str = ""
    uneven: str = ""
    claim: Claim = NOTHING_CLAIMED
    difference: Difference | None = None
    only_good: tuple[int, ...] = ()
    others: tuple[str, ...] = ()

    @property
    def leads(self) -> bool:
        """Tell whether one value leads, surely or probably."""
        return self.status in ("clear_leader", "likely_leader")


class Comparison(Struct, frozen=True):
    """The values of one parameter with their rates; `ranking` holds the numbers of the levels, best first.

    The parameter is known for `n` images, of which the share `baseline` came out well, and for `unknown` ones not.
    """

    levels: Levels
    rates: Rates
    ranking: list[int]
    n: int
    unknown: int
    baseline: float
    verdict: Verdict


class Comparer:
    """Compares the values of parameters in the images that a question selects, beside what the library says."""

    def __init__(self, snapshot: Snapshot, breakdown: Breakdown, background: Background, *, of_subject: bool) -> None:
        """Tell with `of_subject` whether the question is about some subject, or about whatever the filter leaves."""
        self._snapshot = snapshot
        self.breakdown = breakdown
        self._evidence = breakdown.evidence
        self._background = background
        self.made = MadeImages(snapshot, breakdown.evidence)
        self._of_subject = of_subject

    def compare(self, asked: Sequence[By], parameters: Sequence[By]) -> list[Comparison | None]:
        """Return the comparison of the values of each parameter that is asked about, None where none is known.

        What leads must still lead at equal values of each of the other `parameters`, at equal times, and on prompts
        that have, or lack, a word that its own have more often.
        """
        levels = {by: found for by, found in self.breakdown.levels_of(asked).items() if found is not None}
        models = self._background.models_of(self._snapshot, levels)
        self._background.keep(self._snapshot)
        found = dict(zip(levels, self._ranked(levels, models), strict=True))
        contests = {by: each for by, of in found.items() if (each := contest(of)) is not None}
        leads = dict(zip(contests, ahead([(found[by], each) for by, each in contests.items()]), strict=True))
        verdicts = {
            by: self._verdict(by, of, models[by], contests.get(by), leads.get(by), parameters)
            for by, of in found.items()
        }
        return [_comparison(self._evidence, found[by], verdicts[by]) if by in found else None for by in asked]

    def _of_one_value(self, by: By, levels: Levels) -> Verdict:
        others = tuple(self.made.others(by, levels.names[0]))
        return Verdict("one_value_judged" if others else "never_varied", others=others)

    @cached_property
    def _is_known(self) -> Column:
        """Return which rows are of prompts that the background was fitted to."""
        return self._background.holds(self._evidence.column("prompt"))

    def _ranked(self, levels: Mapping[By, Levels], models: Mapping[By, Model]) -> list[Ranked]:
        every = list(levels.values())
        if not levels:
            return []
        if self._of_subject:
            asked, known = self._images(every, [models[by] for by in levels])
            rates = of_subject(self._background.side_by_side(tuple(levels)), asked, known)
            return ranked(self._evidence, every, rates)
        rates = [
            of_everything(
                models[by].fitted,
                images_of_levels(self._evidence, each, models[by].levels(each.names)),
                models[by].expected_of_levels(self._evidence, each),
            )
            for by, each in levels.items()
        ]
        return ranked(self._evidence, every, rates)

    def _images(self, levels: Sequence[Levels], models: Sequence[Model]) -> tuple[list[Images], list[Images]]:
        """Return the images of each parameter, and those of them that its model was fitted to."""
        numbers = [model.levels(each.names) for model, each in zip(models, levels, strict=True)]
        images = known = [images_of_levels(self._evidence, *each) for each in zip(levels, numbers, strict=True)]
        if not self._background.is_whole:
            known = images_inside(self._evidence, levels, numbers, self._is_known)
        elif self._evidence.weighed is not None:
            known = [whole_images(self._evidence, *each) for each in zip(levels, numbers, strict=True)]
        return images, known

    def _evenly_judged(self, by: By, levels: Levels, verdict: Verdict) -> Verdict:
        """Return a claim held back where the two values that speak for it were unevenly judged (statistics.md 3.10)."""
        if verdict.claim.strength not in ("moderate", "strong"):
            return verdict
        arms = self._arms(by, levels, verdict.quoted)
        if not unevenly_rated(*arms):
            return verdict
        low, high = worst_case_bounds(*arms)
        uneven = (
            f"{percent(arms[0].rated_share)} of its images are judged, {percent(arms[1].rated_share)} of the other's; "
            f"depending on the rest, the difference is between {100 * low:+.0f} and {100 * high:+.0f} points"
        )
        capped = Claim("weak", "the two were unevenly judged, which could be what makes the difference")
        return replace(verdict, status="not_separable", few=0, uneven=uneven, claim=capped)

    def _arms(self, by: By, levels: Levels, quoted: Sequence[int]) -> list[Arm]:
        """Return how many images some values made, how many of these are judged, and how many came out well."""
        of = list(quoted)
        judged, good = levels.tally.n[of].tolist(), levels.tally.s[of].tolist()
        made = self.made.of(by, [levels.names[level] for level in of])
        return [Arm(max(all_, n), n, s) for all_, n, s in zip(made, judged, good, strict=True)]

    def _only_good(self, by: By, levels: Levels, verdict: Verdict) -> Verdict:
        quoted = list(verdict.quoted)
        if verdict.status != "not_separable" or not (levels.tally.n[quoted] == levels.tally.s[quoted]).any():
            return verdict
        found = only_good_judged(self._arms(by, levels, quoted))
        return replace(verdict, only_good=tuple(quoted[place] for place in found))

    def _verdict(
        self, by: By, of: Ranked, model: Model, found: Contest | None, lead: Ahead | None, parameters: Sequence[By]
    ) -> Verdict:
        levels = of.levels
        if len(of.ranking) == 1:
            n = self._evidence.total_of("images", levels.known)
            return Verdict("too_thin") if self._evidence.total > 2 * n else self._of_one_value(by, levels)
        if found is None or lead is None:
            return Verdict("too_thin")
        quoted = found.leader, lead.closest
        verdict = Verdict("not_separable", quoted, claim=lead.claim, difference=lead.difference)
        if found.are_rivals and lead.claim.strength not in ("none", "weak"):
            few = len(of.ranking) - 1 - len(found.others)
            verdict = self._unless_entangled(by, levels, model, found, replace(verdict, few=few), parameters)
        return self._only_good(by, levels, self._evenly_judged(by, levels, verdict))

    def _unless_entangled(
        self, by: By, levels: Levels, model: Model, found: Contest, verdict: Verdict, parameters: Sequence[By]
    ) -> Verdict:
        words = partial(uneven_words, self._snapshot, self._evidence, model, levels, found.leader, found.others)
        others = _others(by, parameters)
        together = entangled_with(self.breakdown, levels, found.leader, found.others, others, words)
        if together:
            capped = Claim("weak", f"{together} could be what makes the difference")
            return replace(verdict, few=0, entangled=together, claim=capped)
        return replace(verdict, status="clear_leader" if verdict.claim.strength == "strong" else "likely_leader")


def _comparison(evidence: Evidence, of: Ranked, verdict: Verdict) -> Comparison:
    n, ranking = evidence.total_of("images", of.levels.known), of.ranking
    if verdict.leads:
        # Values on too few images to be compared may have a higher estimate, and must not push the leader away.
        leader = verdict.quoted[0]
        ranking = [leader, *(level for level in ranking if level != leader)]
    baseline = evidence.total_of("good", of.levels.known) / n
    return Comparison(of.levels, of.rates, ranking, n, evidence.total - n, baseline, verdict)


def _others(by: By, parameters: Sequence[By]) -> list[By]:
    """Return the other parameters: a LoRA and its weight are two questions about one field."""
    return [other for other in parameters if field_of(other) != field_of(by)]

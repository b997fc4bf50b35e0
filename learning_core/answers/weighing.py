"""The values of one parameter weighed for a prompt: over all prompts, or inside the images of one checkpoint."""

from collections.abc import Sequence

import numpy as np
from msgspec import Struct
from msgspec.structs import replace

from learning_core.answers.answer import By, Tier
from learning_core.answers.background import USUAL
from learning_core.answers.breakdown import Levels
from learning_core.answers.context import in_context
from learning_core.answers.judged_prompts import JudgedPrompts, PromptWords, Scope
from learning_core.answers.leading import Lead, Objection, Sizes, lead, objection_of
from learning_core.answers.level_images import images_of_levels, whole_images
from learning_core.answers.model import Model
from learning_core.answers.outcome import JUDGED_BY
from learning_core.answers.prompt_lead import Prompt, PromptLead, lead_for_prompt
from learning_core.answers.provenance import Provenance, provenance, tested, told
from learning_core.answers.recommendation import Basis, Try
from learning_core.index.columns import Column, is_among
from learning_core.index.snapshot import Snapshot
from learning_core.stats.effective_numbers import effective
from learning_core.stats.grouping import distinct
from learning_core.stats.strength import STRONG_BAYES_FACTOR, STRONG_PROMPTS
from learning_core.stats.subject import Models, of_everything, of_subject
from learning_core.stats.topic_order import Order, over_all_prompts, weighed_anew, within, words_of
from learning_core.text.filters import Term
from learning_core.text.names import same_name
from learning_core.text.wording import percent


class Counted(Struct, frozen=True, eq=False):
    """The values of a parameter in a scope: counts of each, and of its images whose prompts have one of the words.

    `prompts`, `images` and `good` are those of the rows of the evidence, `unknown` the images without a known value.
    """

    levels: Levels
    numbers: Column
    sizes: Sizes
    tier: Tier
    tiers: list[Tier]
    of_plans: list[str]
    prompts: Column
    images: Column
    good: Column
    n: int
    unknown: int

    def with_words(self, words: PromptWords) -> tuple[list[int], list[int]]:
        """Return n and good of each value over the images whose prompts have one of the words."""
        having = is_among(self.prompts, words.any_prompts)
        n, good = (self.levels.totals(each * having).tolist() for each in (self.images, self.good))
        return n, good


class Weighed(Struct, frozen=True, eq=False):
    """The values of a parameter in their order for the prompt.

    `speaking` are words that clearly have an order of their own; `is_moved` is false where words of the prompt are
    known, but make no detectable difference, so that the order is the one without them.
    """

    by: By
    counted: Counted
    model: Model
    order: Order
    lead: Lead
    basis: Basis
    speaking: list[str]
    objection: Objection
    shows_intervals: bool
    is_moved: bool = True


class Weigher:
    """Weighs parameters for one prompt."""

    def __init__(
        self, snapshot: Snapshot, judged: JudgedPrompts, words: PromptWords, context: tuple[Term, ...]
    ) -> None:
        """Take the terms of a context, of those that `in_context` prefers."""
        self._snapshot = snapshot
        self._judged = judged
        self._words = words
        self._context = context
        inside = in_context(snapshot, judged.background.jobs, context)
        self._is_own = inside.is_own
        self._parts: dict[tuple[int, tuple[str, ...]], tuple[Scope, Scope]] = {}
        self.notes = inside.notes
        # Of unjudged jobs it is not asked whether they are of the context.
        left = judged.left[:0] if inside.is_own else judged.left
        self.everything = Scope(snapshot, inside.rows, judged.outcome, left, inside.opposite)

    def inside(self, *checkpoints: str) -> Scope:
        """Return the images of some checkpoints."""
        column = self._snapshot.column("checkpoint")
        numbers = distinct(column[self.everything.jobs])[0]
        numbers = numbers[numbers > 0]
        names = self._snapshot.names("checkpoint", numbers)
        is_chosen = np.zeros(int(column.max(initial=0)) + 1, bool)
        is_chosen[[number for number, name in zip(numbers.tolist(), names, strict=True) if name in checkpoints]] = True
        return self.everything.part(lambda rows: is_chosen[column[rows]])

    def model(self, by: By) -> Model:
        """Return the model of a parameter."""
        return self._judged.background.model(self._snapshot, by)

    def weigh(self, by: By, scope: Scope, allowed: Sequence[str] | None = None, within_of: str = "") -> Weighed | None:
        """Return the weighed values of a parameter; None where no allowed one has a judged image.

        `within_of` names the checkpoint whose images the scope is; `allowed` are names, None for all.
        """
        counted = self._counted(by, scope, kept=not within_of)
        if counted is None:
            return None
        names = counted.levels.names
        some = np.ones(len(names), bool)
        if allowed is not None:
            keys = set(map(same_name, allowed))
            some = np.array([same_name(name) in keys for name in names])
        if not some.any():
            return None
        return self._weighed(by, scope, counted, some, within_of)

    def untried(self, by: By, names: Sequence[str], within_of: str = "") -> list[Try]:
        """Return values without a judged image in a scope: first those that did well elsewhere, the best first."""
        model, none = self.model(by), f"no image {JUDGED_BY[self._judged.outcome]}"
        number_of = self._numbers(by)
        known = [name for name in names if same_name(name) in number_of]
        levels = np.array([number_of[same_name(name)] for name in known], np.int64)
        rates = over_all_prompts(model.fitted, levels).rate.round(4).tolist()
        found = [
            Try(value=name, chance_best=None, why=f"{none} with {within_of}; {percent(rate)} expected elsewhere")
            for rate, name in sorted(zip(rates, known, strict=True), key=lambda each: (-each[0], each[1]))
        ]
        others = sorted(set(names) - set(known))
        why = f"{none} here, so its chance is unknown"
        return found + [Try(value=name, chance_best=None, why=why) for name in others]

    def _weighed(self, by: By, scope: Scope, counted: Counted, some: Column, within_of: str) -> Weighed:
        model, names = self.model(by), counted.levels.names
        usual = self._usual(counted, scope, model, inside=bool(within_of) or self._is_own)
        keywords = self._words.keywords(model.keyword_of)
        prompt = Prompt(keywords, words_of(model.fitted, keywords, counted.numbers), self._words.traits)
        parameters = tuple(each for each in USUAL if each != by and not (within_of and each == "checkpoint"))
        look = objection_of(self._snapshot, scope, model, by, names, parameters)
        whole = self._remembered(by, within_of, look)
        departing = np.array(self._words.texts, object)[prompt.added.departs].tolist()

        def of_words(leader: int, rivals: list[int]) -> str:
            inside = self._having(departing, scope)
            return objection_of(self._snapshot, inside, model, by, names, parameters)(leader, rivals)

        found = lead_for_prompt(usual, prompt, model.fitted, counted.sizes, some, whole, of_words)
        leading, speaking = found.lead, departing
        if found.is_by_words and prompt.has_several and not departing and not leading.is_sure:
            led = self._led_by_a_word(by, scope, names, leading, parameters)
            if led is not None:
                leading, speaking = led[1], [led[0]]
        return Weighed(
            by=by,
            counted=counted,
            model=model,
            order=found.order,
            lead=leading,
            basis=_basis(found, within_of),
            speaking=speaking,
            objection=of_words if departing else whole,
            shows_intervals=not (prompt.is_known and prompt.has_several),
            is_moved=found.is_moved,
        )

    def _led_by_a_word(
        self, by: By, scope: Scope, names: list[str], unsure: Lead, parameters: tuple[By, ...]
    ) -> tuple[str, Lead] | None:
        """Return a word in whose images the first value leads, and that lead, lowered by one; None without.

        What a question about one word is told with certainty, a prompt that has the word is told as well, if no other
        word of it is sure of another value and the value stands first for the whole prompt. Any of the words could
        have been the one, so the Bayes factor must be 20 for each that was looked at, as for each value of a plan.
        """
        if unsure.tied > 1:
            return None
        allowed = [names[level] for level in unsure.ranking]
        words = self._words
        enough = [word for word, of in zip(words.texts, words.prompts, strict=True) if len(of) >= STRONG_PROMPTS]
        found = {
            word: led
            for word in enough
            if (led := self._lead_of_word(by, word, scope, allowed, parameters, len(enough))) is not None
            and led[0].difference is not None
            and led[0].difference.bayes_factor >= STRONG_BAYES_FACTOR * len(enough)
        }
        if {led_names[own.ranking[0]] for own, led_names in found.values()} != {allowed[0]}:
            return None
        word, (own, led_names) = next(iter(found.items()))
        closest = None if own.closest is None else names.index(led_names[own.closest])
        return word, replace(unsure, claim=own.claim, closest=closest, difference=own.difference)

    def _lead_of_word(
        self, by: By, word: str, scope: Scope, allowed: list[str], parameters: tuple[By, ...], looks: int
    ) -> tuple[Lead, list[str]] | None:
        """Return what leads in the images of one word, and the names of their values; None where nothing surely does.

        It is one of as many words as `looks` says. The claim is lowered by one, as that of any prompt of several words.
        """
        having, model = self._having((word,), scope), self.model(by)
        counted = self._count(by, having)
        if counted is None:
            return None
        names = counted.levels.names
        some = np.isin(names, allowed)
        if np.count_nonzero(some) < 2:
            return None
        order = self._usual(counted, having, model, inside=True)
        look = objection_of(self._snapshot, having, model, by, names, parameters, looks)
        found = lead(order, counted.sizes, some, look, several=True)
        return (found, names) if found.is_sure else None

    def _remembered(self, by: By, within_of: str, look: Objection) -> Objection:
        kept = self._judged.kept

        def remembered(leader: int, rivals: list[int]) -> str:
            key = ("objection", by, within_of, leader, tuple(rivals), self._context)
            if key not in kept:
                kept[key] = look(leader, rivals)
            found: str = kept[key]
            return found

        return remembered

    def _having(self, departing: Sequence[str], scope: Scope) -> Scope:
        """Return the images of a scope whose prompts have one of some words; each parameter is weighed in them."""
        key = id(scope), tuple(departing)
        if key not in self._parts:
            self._parts[key] = scope, self._part_having(departing, scope)
        return self._parts[key][1]

    def _part_having(self, departing: Sequence[str], scope: Scope) -> Scope:
        places = [place for place, text in enumerate(self._words.texts) if text in departing]
        left = self._judged.left_having(self._snapshot, self._words.numbers[places])
        prompts = np.unique(np.concatenate([left, *(self._words.prompts[place] for place in places)]))
        column = self._snapshot.column("prompt")
        return scope.part(lambda rows: is_among(column[rows].astype(np.int64), prompts))

    def _usual(self, counted: Counted, scope: Scope, model: Model, *, inside: bool) -> Order:
        evidence, levels, numbers = scope.evidence, counted.levels, counted.numbers
        if not inside and evidence.weighed is None:
            return over_all_prompts(model.fitted, numbers)
        images = images_of_levels(evidence, levels, numbers)
        if not inside:
            expected = model.expected_of_levels(evidence, levels)
            return weighed_anew(model.fitted, numbers, of_everything(model.fitted, images, expected))
        known = whole_images(evidence, levels, numbers)
        (rates,) = of_subject(Models.of([model.fitted]), [images], [known])
        return within(model.fitted, rates)

    def _numbers(self, by: By) -> dict[str, int]:
        """Return the numbers of the model's levels by what their spellings have in common."""
        key = ("numbers", by)
        if key not in self._judged.kept:
            self._judged.kept[key] = {same_name(name): number for name, number in self.model(by).level_of.items()}
        found: dict[str, int] = self._judged.kept[key]
        return found

    def _counted(self, by: By, scope: Scope, *, kept: bool) -> Counted | None:
        """Return the counts of a scope; those of all images are kept, as they do not depend on the question."""
        if not kept:
            return self._count(by, scope)
        key = ("counted", by, self._context)
        if key not in self._judged.kept:
            self._judged.kept[key] = self._count(by, scope)
        found: Counted | None = self._judged.kept[key]
        return found

    def _count(self, by: By, scope: Scope) -> Counted | None:
        levels = scope.breakdown.levels(by)
        if levels is None:
            return None
        evidence, tally, model = scope.evidence, levels.tally, self.model(by)
        same_level = model.fitted.correlations.same_level
        rated = np.maximum(levels.totals(evidence.sums("rated")), 1)
        stars = levels.totals(evidence.sums("rating_sum")) / rated
        number_of = self._numbers(by)
        numbers = np.array([number_of[same_name(name)] for name in levels.names], np.int64)
        images = images_of_levels(evidence, levels, numbers)
        origin = provenance(scope.breakdown, by, levels.known)
        return Counted(
            levels,
            numbers,
            Sizes(effective(images.n, images.s, images.q, same_level)[0], tally.clusters, stars),
            origin.tier,
            _tiers(levels, origin),
            told(evidence, by, levels.known, origin, tested(evidence, levels, origin)),
            evidence.column("prompt"),
            evidence.images,
            evidence.good,
            int(evidence.images[levels.known].sum()),
            evidence.total - int(evidence.images[levels.known].sum()),
        )


def _tiers(levels: Levels, origin: Provenance) -> list[Tier]:
    if not origin.is_tested:
        return [origin.tier] * len(levels.names)
    return [origin.tier_of(levels.rows_of(level)) for level in range(len(levels.names))]


def _basis(found: PromptLead, within_of: str) -> Basis:
    if found.is_by_words:
        return "checkpoint_and_words" if within_of else "words"
    return "checkpoint" if within_of else "library"

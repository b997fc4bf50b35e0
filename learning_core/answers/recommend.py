"""What to make next for a prompt: a checkpoint, LoRAs that go with it, and a preset, as seen with that checkpoint.

The preset is not put together from overall winners: its values are those that did best in the recommended checkpoint's
own images, for values that win elsewhere may never have been used with it.
"""

from collections.abc import Sequence

import numpy as np
from msgspec import Struct

from learning_core.answers.advice import EVIDENCE_REFERENCES, Advising, nothing
from learning_core.answers.answer import By
from learning_core.answers.available import Available, checkpoints_of, loras_of
from learning_core.answers.cold_start import (
    also_to_try,
    cold_checkpoint,
    prior_of,
    summary_of,
    told,
    with_prior,
    with_prior_loras,
)
from learning_core.answers.context import parse_context, parted
from learning_core.answers.judged_prompts import JudgedPrompts, PromptWords, Scope, judged_prompts, prompt_words
from learning_core.answers.lora_choices import lora_choices
from learning_core.answers.recommendation import Advice, LoraChoice, NotKnown, Recommendation, Together
from learning_core.answers.weighing import Weigher
from learning_core.errors import OverLimit
from learning_core.index.features import TAG_BREAK, prompt_terms
from learning_core.index.lora_sets import NO_LORA
from learning_core.index.snapshot import Snapshot
from learning_core.limits import PROMPT_CHARACTERS
from learning_core.model.prior import Prior
from learning_core.stats.grouping import distinct
from learning_core.stats.sufficient_statistics import MOST_KEYWORDS
from learning_core.text import filters
from learning_core.text.filters import Term
from learning_core.text.names import number_text, same_name
from learning_core.text.wording import asked, count, listed, name

PRESET: tuple[By, ...] = ("sampler", "scheduler", "steps", "cfg_scale", "size")


def recommend_settings(
    snapshot: Snapshot,
    prompt: str,
    *,
    checkpoints: Sequence[str] | None = None,
    loras: Sequence[str] | None = None,
    where: str = "",
    context: str = "",
    limit: int = 3,
    cheapest: bool = False,
    priors: Sequence[Prior] = (),
) -> Recommendation:
    """Return what to take for a prompt, and how sure that is, or what to try.

    `checkpoints` and `loras` are the names of those at hand, None for all that the library knows; `limit` values of
    each parameter are shown; `context` is what an image should have in common with those to be made, as `parse_context`
    reads it; `cheapest` takes the fewest of tied steps; `priors` speak where no image does. Raises
    QuestionError or OverLimit for a question put wrongly.
    """
    if len(prompt) > PROMPT_CHARACTERS:
        raise OverLimit(f"{len(prompt)} characters; at most {PROMPT_CHARACTERS} are read", field="prompt")
    question = _Question(prompt, filters.parse(where), parse_context(context))
    return _Recommending(snapshot, question, limit, priors).recommend(
        checkpoints_of(snapshot, checkpoints), loras_of(snapshot, loras), cheapest=cheapest
    )


class _Question(Struct, frozen=True):
    """What is asked: for which prompt, under which filter, in which context."""

    prompt: str
    where: tuple[Term, ...]
    context: tuple[Term, ...]


class _Recommending:
    """One question, and the judged images behind it."""

    def __init__(self, snapshot: Snapshot, question: _Question, limit: int, priors: Sequence[Prior]) -> None:
        self._priors = priors
        self._snapshot = snapshot
        self._question = question
        self._where = filters.canonical(question.where)
        strict, preferred = parted(question.context)
        terms = (*question.where, *strict)
        self._judged: JudgedPrompts = judged_prompts(snapshot, terms, filters.canonical(terms))
        words = [word for word in prompt_terms(question.prompt).split() if word != TAG_BREAK]
        self._words: PromptWords = prompt_words(snapshot, words, self._judged.background.prompts)
        self._weigher = Weigher(snapshot, self._judged, self._words, preferred)
        self._advising = Advising(self._words, limit)
        self._limit = limit

    def recommend(self, checkpoints: Available, loras: Available, *, cheapest: bool) -> Recommendation:
        checkpoint = self._checkpoint(checkpoints)
        chosen = self._chosen(checkpoint, checkpoints)
        scope = self._weigher.inside(chosen) if chosen else self._weigher.everything
        within_of = chosen or ""
        if within_of and not (len(scope.jobs) and scope.evidence.total):
            scope, within_of = self._weigher.everything, ""
        lora, choices = self._loras(scope, within_of, loras)
        prior = prior_of(self._priors, chosen)
        is_cold = not within_of
        lora = with_prior_loras(lora, prior, loras, is_cold=is_cold)
        preset = [with_prior(self._setting(by, scope, within_of), prior, is_cold=is_cold) for by in PRESET]
        if cheapest:
            preset = [_cheapest(each) if each.by == "steps" else each for each in preset]
        not_known = [*checkpoints.not_known, *loras.not_known]
        return Recommendation(
            summary=self._summary(checkpoint, lora, preset, chosen, not_known, prior),
            mode=checkpoint.mode,
            words=self._words.texts,
            words_unknown=self._words.unknown,
            where=self._where,
            context=filters.canonical(self._question.context),
            outcome=self._judged.outcome,
            with_checkpoint=within_of or None,
            checkpoint=checkpoint,
            lora=lora,
            loras=choices,
            preset=preset,
            together=self._together(scope, preset, choices) if within_of else None,
            prior=told(prior),
            not_known=not_known,
            notes=[*self._notes(choices, chosen, within_of), *self._observed(scope, [checkpoint, lora, *preset])],
            next=_next([checkpoint, lora, *preset]),
        )

    def _checkpoint(self, available: Available) -> Advice:
        weighed = self._weigher.weigh("checkpoint", self._weigher.everything, available.names)
        if weighed is None:
            untried = self._weigher.untried("checkpoint", available.names)[: self._limit]
            found = nothing("checkpoint", _nothing_known("checkpoint", available), untried)
            return cold_checkpoint(available, self._priors, found)
        levels = weighed.counted.levels
        seen = {same_name(levels.names[level]) for level in weighed.lead.ranking}
        unseen = [each for each in available.names if same_name(each) not in seen]
        shown = {levels.names[level] for level in weighed.lead.ranking[: self._limit]}
        # Only the rows of what is shown are gone through again.
        advised = self._advising.advise(
            weighed, self._weigher.inside(*sorted(shown)), self._weigher.untried("checkpoint", unseen)
        )
        if available.named and len(available.names) == 1:
            advised = advised.model_copy(update={"mode": "given", "values": available.names, "try_next": []})
        return also_to_try(advised, available, self._priors)

    def _chosen(self, checkpoint: Advice, available: Available) -> str | None:
        """Return the checkpoint whose images the rest is seen in; none where several are tied."""
        if len(checkpoint.values) == 1:
            return checkpoint.values[0]
        only = checkpoint.status == "never_varied" and not available.not_known
        return checkpoint.candidates[0].value if only and not checkpoint.values else None

    def _loras(self, scope: Scope, within_of: str, available: Available) -> tuple[Advice, list[LoraChoice]]:
        weighed = self._weigher.weigh("lora", scope, available.names, within_of)
        if weighed is None:
            return nothing("lora", _nothing_known("lora", available)), []
        levels = weighed.counted.levels
        seen = {same_name(levels.names[level]) for level in weighed.lead.ranking}
        known = available.names if available.named else sorted(self._weigher.model("lora").level_of)
        unseen = [each for each in known if same_name(each) not in seen and each != NO_LORA]
        found = self._advising.advise(weighed, scope, self._weigher.untried("lora", unseen, within_of), within_of)
        choices = lora_choices(weighed, scope, several=len(self._words.texts) > 1) if within_of else []
        if choices and found.mode != "exploit":
            best = choices[0]
            weight = "" if best.weight is None else f" at {number_text(best.weight)}"
            sentence = (
                f"Take {name(best.name)}{weight} with {name(within_of)}: better than no LoRA "
                f"({best.good} of {best.n} good; {best.strength}); which LoRA is best is not settled."
            )
            found = found.model_copy(update={"mode": "exploit", "values": [best.name], "sentence": sentence})
        return found, choices[: self._limit]

    def _setting(self, by: By, scope: Scope, within_of: str) -> Advice:
        weighed = self._weigher.weigh(by, scope, within_of=within_of)
        if weighed is None:
            return nothing(by, f"No judged image has a known {by}.")
        seen = set(weighed.counted.levels.names)
        unseen = sorted(set(self._weigher.model(by).level_of) - seen) if within_of else []
        return self._advising.advise(weighed, scope, self._weigher.untried(by, unseen, within_of), within_of)

    def _together(self, scope: Scope, preset: list[Advice], choices: list[LoraChoice]) -> Together | None:
        """Return how often the first values of all parameters were used at once."""
        wanted: list[tuple[By, str]] = [(each.by, _taken(each)) for each in preset if _taken(each)]
        wanted += [("lora", choices[0].name)] if choices else []
        if not wanted:
            return None
        having = np.ones(len(scope.evidence.images), bool)
        for by, value in wanted:
            levels = scope.breakdown.levels(by)
            some = np.zeros(len(having), bool)
            if levels is not None:
                some[levels.rows_of(levels.names.index(value))] = True
            having &= some
        rows = np.flatnonzero(having)
        if not len(rows):
            return Together(n=0, good=0, evidence=[])
        (best,) = scope.evidence.judged([rows], EVIDENCE_REFERENCES)
        return Together(
            n=int(scope.evidence.images[rows].sum()), good=int(scope.evidence.good[rows].sum()), evidence=best.best
        )

    def _summary(
        self,
        checkpoint: Advice,
        lora: Advice,
        preset: list[Advice],
        chosen: str | None,
        not_known: list[NotKnown],
        prior: Prior | None,
    ) -> str:
        every = [checkpoint, lora, *preset]
        if all(each.status == "no_evidence" for each in every):
            if prior is not None:
                return summary_of(prior)
            if checkpoint.mode == "prior":
                return f"Cold start: {checkpoint.sentence}"
            under = f" under {asked([], self._where)}" if self._where else ""
            return f"Nothing is known{under}, so nothing is recommended: no judged image to learn from."
        parts = [checkpoint.sentence]
        parts += [lora.sentence] if lora.mode == "exploit" else []
        taken = [f"{each.by} {name(each.values[0])}" for each in preset if each.mode == "exploit"]
        assumed = [f"{each.by} {name(each.values[0])}" for each in (lora, *preset) if each.mode == "prior"]
        open_ones = [each.by for each in preset if each.mode == "explore" and each.total > 1]
        fixed = [each.by for each in preset if each.status == "never_varied"]
        with_it = f" with {name(chosen)}" if chosen else ""
        if taken:
            parts.append(f"Take{with_it} {listed(taken)}.")
        if assumed:
            parts.append(f"By its profile alone{with_it}: {listed(assumed)}.")
        if open_ones:
            parts.append(f"Not settled{with_it}: {listed(open_ones)}.")
        if fixed:
            parts.append(f"Of one value in all judged images{with_it}: {listed(fixed)}.")
        if not_known:
            parts.append(f"Not known to the library: {listed([name(each.name) for each in not_known])}.")
        return " ".join(parts)

    def _notes(self, choices: list[LoraChoice], chosen: str | None, within_of: str) -> list[str]:
        notes = [*self._snapshot.notes, *self._judged.notes, *self._weigher.notes]
        whole, used = self._judged.background.is_whole, len(self._judged.background.prompts)
        looked_at = "judged prompt" if whole else f"one of the {used:,} prompts that were looked at"
        if not self._words.texts:
            notes.append("The prompt has no topic word: rates are those over all prompts.")
        elif len(self._words.unknown) == len(self._words.texts):
            notes.append(f"Cold start: no {looked_at} has any of these words; rates are those over all prompts.")
        elif self._words.unknown:
            notes.append(f"No {looked_at} has {_quoted(self._words.unknown)}.")
        elsewhere = [text for text in self._words.unknown if self._words.is_in_library(text)]
        if elsewhere and not whole:
            notes.append(
                f"`whatworks ask {name(elsewhere[0])}` looks at all prompts that have {_quoted(elsewhere[:1])}."
            )
        if len(self._words.texts) - len(self._words.unknown) > 0 and len(self._words.texts) > 1:
            notes.append("No intervals for several words, and claims are lowered by one: what words add overlaps.")
        left_out = int(self._words.traits[0]) - len(self._words.texts)
        if left_out:
            notes.append(f"The first {MOST_KEYWORDS} words count; {count(left_out, 'word')} left out.")
        if chosen and not within_of:
            silent = ", where its profile is silent" if prior_of(self._priors, chosen) else ""
            notes.append(f"No judged image has {name(chosen)}: LoRA and preset are those over all checkpoints{silent}.")
        if len(choices) > 1:
            notes.append("Each LoRA was set against none; whether they go together is not said.")
        if not whole:
            notes.append(f"Rates rest on the judged images of {used:,} prompts, chosen evenly from all.")
        return notes

    def _observed(self, scope: Scope, advice: list[Advice]) -> list[str]:
        """Return what must be known of where the evidence comes from."""
        notes = []
        if any(each.candidates and each.tier != "experiment_strong" for each in advice):
            notes.append("Observed, not tested: settings that go with good images need not be the reason for them.")
        numbers = distinct(self._snapshot.column("stage")[scope.jobs])[0]
        stages = sorted(self._snapshot.names("stage", numbers[numbers > 0]))
        if len(stages) > 1:
            notes.append(f"Stages are mixed ({listed(stages)}); add stage:{stages[-1]} to where to look at one.")
        return notes


def _quoted(words: Sequence[str]) -> str:
    return listed([f'"{name(each)}"' for each in words], "or")


def _taken(advice: Advice) -> str:
    """Return the value that advice comes down to, the only one ever used included; empty for none."""
    if advice.values:
        return advice.values[0]
    return advice.candidates[0].value if advice.status == "never_varied" else ""


def _cheapest(steps: Advice) -> Advice:
    if len(steps.values) < 2:
        return steps
    fewest = min(steps.values, key=float)
    why = [*steps.why, f"{len(steps.values)} values are tied; {fewest} is the cheapest."]
    return steps.model_copy(update={"values": [fewest], "why": why})


def _nothing_known(by: By, available: Available) -> str:
    if available.named and not [each for each in available.names if each != NO_LORA]:
        return f"None of the named {by}s is known to the library, so none is recommended."
    return f"Nothing is known of any {by}: no judged image has one of these."


def _next(advice: list[Advice]) -> str:
    for each in advice:
        if each.mode in ("explore", "prior") and each.try_next:
            tries = listed([name(one.value) for one in each.try_next[:2]], "or")
            return f"Make and judge images with {each.by} {tries}, on several prompts."
    if any(each.candidates or each.mode == "prior" for each in advice):
        return "Make images with it and judge them all, the bad ones too."
    return "Import or rate some images first: `whatworks import PATH`, `whatworks rate REF --stars N`."

"""What drives quality: how much goes with the prompt and each setting, and which words lift or sink."""

from collections.abc import Sequence

import numpy as np
from pydantic import Field

from learning_core.answers.answer import Answer, MatchedTerm
from learning_core.answers.driver_shares import PARAMETERS, DriverShare, Driving, MovedTogether, NeverVaried, driving
from learning_core.answers.driver_terms import DriverTerm, DriverTerms, centred, driver_terms
from learning_core.answers.judged_images import BATCH_SIZE, RATER, JudgedImages, Judgement
from learning_core.answers.matched_terms import matched_terms
from learning_core.index.columns import PromptField
from learning_core.index.snapshot import Snapshot
from learning_core.matching.selection import match as match_subject
from learning_core.stats.term_effects import FALSE_DISCOVERY_RATE
from learning_core.stats.variance_shares import LEAST_IMAGES, LEAST_PROMPTS, MOVED_TOGETHER
from learning_core.text import filters
from learning_core.text.keywords import Stated, parse_subject
from learning_core.text.wording import asked, count, listed, name, percent

PROMPT_FIELDS: tuple[PromptField, PromptField] = ("prompt", "negative")


class Drivers(Answer):
    """What the differences between judgements go with."""

    summary: str
    subject: list[list[str]]
    subject_terms: list[MatchedTerm]
    exclude: list[str]
    where: str
    judgement: Judgement = Field(description="What images are judged by: stars, or 1 for selected and 0 for rejected.")
    images: int
    prompts: int
    mean: float | None = Field(description="Mean judgement; null without any.")
    standard_deviation: float = Field(description="Of images of different prompts; 0 where no shares are shown.")
    shares: list[DriverShare] = Field(description="Of the variance; empty if there is not enough to tell.")
    moved_together: list[MovedTogether]
    never_varied: list[NeverVaried]
    terms: DriverTerms = Field(description="Words of positive prompts.")
    negative_terms: DriverTerms = Field(description="Words of negative prompts.")
    why: list[str] = Field(description="The numbers that decided it.")
    notes: list[str]
    next: str


def drivers(
    snapshot: Snapshot,
    *,
    subject: str | Sequence[Sequence[str]] = "",
    match: Stated = "words",
    exclude: Sequence[str] = (),
    where: str = "",
    limit: int = 10,
) -> Drivers:
    """Answer what goes with the differences between the judgements of the images that a question selects.

    `subject`, `match`, `exclude` and `where` as in `what_works`; `limit` terms that lift, and that sink, are shown of
    either prompt. Raises QuestionError or OverLimit for a question put wrongly.
    """
    facets = parse_subject(subject)
    parsed = filters.parse(where)
    found = match_subject(snapshot, facets, parsed, how=match, exclude=exclude)
    judged = JudgedImages(snapshot, found.rows)
    driven = driving(snapshot, judged)
    units = centred(judged)
    terms, negative = (driver_terms(snapshot, judged, units, field, limit) for field in PROMPT_FIELDS)
    understood = filters.canonical(parsed)
    question = asked(facets, understood, exclude)
    return Drivers(
        summary=_summary(question, judged, driven, terms, negative),
        subject=[list(facet) for facet in facets],
        subject_terms=matched_terms(snapshot, found.terms, snapshot.column("prompt")[found.rows]),
        exclude=list(exclude),
        where=understood,
        judgement=judged.judgement,
        images=judged.images,
        prompts=len(judged.prompts),
        mean=round(float(judged.value.mean()), 4) if len(judged.value) else None,
        standard_deviation=round(driven.variance**0.5, 4),
        shares=driven.shares,
        moved_together=driven.moved_together,
        never_varied=driven.never_varied,
        terms=terms,
        negative_terms=negative,
        why=_why(judged, driven, terms, negative),
        notes=[*snapshot.notes, *found.notes, *_notes(snapshot, judged, driven, parsed)],
        next=_next(judged, driven),
    )


_REST = ("rest", "prompt_or_rest")
_KINDS = {
    "prompt": "the prompt",
    "prompt_by_checkpoint": "which checkpoint suits which prompt",
    "settings_together": "settings in combination, or the occasion",
    "prompt_or_rest": "the prompt, the seed or your own judgement (too few prompts were made twice to tell)",
    "rest": "what changes at equal prompt and settings (seed, and your own judgement)",
}


def _what(share: DriverShare) -> str:
    return listed(share.parameters) if share.kind == "parameter" else _KINDS[share.kind]


def _of(judged: JudgedImages) -> str:
    return "ratings" if judged.judgement == "stars" else "selections"


def _summary(question: str, judged: JudgedImages, driven: Driving, terms: DriverTerms, negative: DriverTerms) -> str:
    if not judged.images:
        return f"No evidence: no judged image of a known prompt matches {question}."
    images, prompts = count(judged.images, "judged image"), count(len(judged.prompts), "prompt")
    if not driven.shares:
        return f"Not enough evidence to tell what drives {_of(judged)} for {question}: {images} of {prompts}."
    clear = [each for each in driven.shares if each.low > 0 and each.kind not in _REST]
    said = [f"{_what(each)} {_percentages(each)}{_or_easier_prompts(each)}" for each in clear[:4]]
    differences = f"the differences between {_of(judged)} ({images} of {prompts})"
    parts = [
        f"For {question}, {differences} go with: {listed(said)}."
        if said
        else f"For {question}, nothing goes with a detectable share of {differences}."
    ]
    rest = driven.shares[-1]
    if rest.kind in _REST:
        parts.append(f"{percent(rest.share)} is {_KINDS[rest.kind]}.")
    found = terms.named + negative.named
    parts.append(
        f"{count(found, 'term')} {'stands' if found == 1 else 'stand'} out." if found else "No prompt term stands out."
    )
    return " ".join(parts)


def _or_easier_prompts(share: DriverShare) -> str:
    is_setting = bool({*share.parameters} & PARAMETERS.keys())
    return ", or the easier prompts it was used for" if is_setting and share.compared == "across prompts" else ""


def _percentages(share: DriverShare) -> str:
    return f"{percent(share.share)} ({percent(share.low)} to {percent(share.high)})"


def _why(judged: JudgedImages, driven: Driving, terms: DriverTerms, negative: DriverTerms) -> list[str]:
    unit = "stars" if judged.judgement == "stars" else "of 1"
    said = [
        f"{_what(each)}: {_percentages(each)} of the variance, "
        + ("from images of one prompt" if each.compared == "inside prompts" else "from images of different prompts")
        + (f", {count(each.values, 'value')}" if each.values else "")
        + "."
        for each in driven.shares
    ]
    said += map(_together, driven.moved_together)
    said += [
        f"{each} cannot be told apart from the prompt: no value came back with another." for each in driven.with_prompt
    ]
    for kind, found in (("prompts", terms), ("negative prompts", negative)):
        said += [
            f"{_term(each, kind)}: {each.difference:+.2f} {unit} ({each.low:+.2f} to {each.high:+.2f}), "
            f"n {each.images}, {count(each.prompts, 'prompt')}, adjusted p {each.p_adjusted:g}."
            for each in (*found.lifting[:3], *found.sinking[:3])
        ]
        said.append(
            f"{count(found.tested, 'term')} of {kind} tested, {found.named} told from chance at a false "
            f"discovery rate of {percent(FALSE_DISCOVERY_RATE)}."
        )
    return said


def _together(pair: MovedTogether) -> str:
    names, association = f"{pair.first} and {pair.second}", f"(association {pair.association:.2f})"
    if pair.told_apart:
        return f"{names} moved together in part {association}."
    if pair.association < MOVED_TOGETHER:
        return f"{names} hardly ever changed one without the other at one prompt {association}: they share one figure."
    return f"{names} moved together {association}: they cannot be told apart and share one figure."


def _term(term: DriverTerm, kind: str) -> str:
    return f'"{name(" ".join(term.terms))}" in {kind} {term.direction}'


def _notes(snapshot: Snapshot, judged: JudgedImages, driven: Driving, terms: Sequence[filters.Term]) -> list[str]:
    if not judged.images:
        return []
    notes = ["Observed, not tested: what goes with good images need not be the reason for them."]
    if picked := sorted({term.field for term in terms} & {"rating", "selection"}):
        notes.append(f"The filter on {listed(picked)} picks by the outcome itself: the shares are not what to expect.")
    if judged.left_out_preferences:
        notes.append(f"{count(judged.left_out_preferences, 'image')} of model comparisons left out.")
    if judged.left_out_without_prompt:
        notes.append(f"{count(judged.left_out_without_prompt, 'image')} of an unknown prompt left out.")
    if driven.partly_unknown and driven.shares:
        notes.append(f"Unknown counts as a value of its own in: {listed(driven.partly_unknown)}.")
    if driven.never_varied:
        fixed = (f"{each.parameter} ({name(each.value)})" for each in driven.never_varied)
        notes.append(f"Of one value in all these images, so nothing can be said: {listed(list(fixed))}.")
    if driven.silent:
        notes.append(f"Not known for any judged image: {listed(driven.silent)}.")
    notes += _of_circumstances(judged, driven)
    across = [each for each in driven.shares if each.kind == "parameter" and each.compared == "across prompts"]
    if across:
        notes.append(
            f"Hardly varied inside a prompt: {listed([_what(each) for each in across])}. Their shares compare "
            "different prompts, and may be too high where one value got the easier prompts."
        )
    without = snapshot.column("negative")[judged.rows] == 0
    if missing := int(without.sum()):
        notes.append(f"{count(missing, 'judged record')} without a known negative prompt count as without its terms.")
    return notes


def _of_circumstances(judged: JudgedImages, driven: Driving) -> list[str]:
    """Return notes on what differs beside settings and prompts, and on judgements of the other kind."""
    notes = []
    if judged.otherwise_judged:
        other = "selections" if judged.judgement == "stars" else "stars"
        notes.append(f"{count(judged.otherwise_judged, 'image')} with {other} left out: another kind of judgement.")
    if any(BATCH_SIZE in each.parameters for each in driven.shares):
        notes.append("One image picked of each batch is one in four or one in eight: that says nothing of the images.")
    if any(RATER in each.parameters and each.low > 0 for each in driven.shares):
        notes.append("Another person judges otherwise, whatever the images are like.")
    if driven.shares and len(np.unique(judged.periods("judged_at"))) > 1:
        notes.append("Shares are those at equal times of judging (in eighths), as a scale may move.")
    return notes


def _next(judged: JudgedImages, driven: Driving) -> str:
    if not driven.shares:
        prompts, images = max(0, LEAST_PROMPTS - len(judged.prompts)), max(0, LEAST_IMAGES - judged.images)
        if prompts or images:
            return (
                f"Judge at least {LEAST_IMAGES} images of {LEAST_PROMPTS} prompts: "
                f"{count(images, 'more image')}, {count(prompts, 'more prompt')}."
            )
        return "Judge some images better, or worse, than others: so far all are judged alike."
    for each in driven.shares:
        if len(each.parameters) > 1:
            kept = each.parameters[0]
            return (
                f"Make images that change {kept} alone, with {listed(each.parameters[1:])} as before, and judge them."
            )
    for each in driven.shares:
        if each.kind == "parameter" and each.compared == "across prompts" and each.parameters[0] in PARAMETERS:
            return f"Make one prompt with several values of {each.parameters[0]}, and judge the images."
    return "what_works names the best values of a parameter; where narrows the question."

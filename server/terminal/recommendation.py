"""A recommendation as a person at a terminal likes to read it."""

from learning_core.answers.recommendation import Advice, Candidate, LoraChoice, PriorPreset, Recommendation, Try
from learning_core.text.names import number_text
from learning_core.text.wording import chance, count, percent
from server.terminal.answer import NAME_CHARACTERS
from server.terminal.layout import paragraph, table
from server.untrusted import visible

_HEAD = ("", "good", "with these words", "expected", "95 % interval", "best", "best record")
_SPARE = (4, 2)


def recommendation(answer: Recommendation) -> str:
    """Return the whole answer: the sentence, each parameter with its values, LoRAs, notes and the next step."""
    lines = [paragraph(visible(answer.summary))]
    for advice in (answer.checkpoint, answer.lora, *answer.preset):
        lines += ["", *_advice(advice)]
        if advice.by == "lora":
            lines += [line for choice in answer.loras for line in _lora(choice)]
    if answer.prior is not None:
        lines += ["", *_prior(answer.prior)]
    if answer.together is not None:
        used, good = answer.together.n, answer.together.good
        found = f"{good} of {count(used, 'image')} good" if used else "never yet"
        lines += ["", paragraph(f"All of these settings together: {found}.")]
    if answer.not_known:
        lines.append("")
    for each in answer.not_known:
        near = f" Nearest: {', '.join(map(visible, each.near))}." if each.near else ""
        lines.append(paragraph(f"Not known: {each.by} {visible(each.name, NAME_CHARACTERS)}.{near}"))
    lines += ["", *(paragraph(f"Note: {visible(note)}") for note in answer.notes)]
    return "\n".join([*lines, paragraph(f"Next: {visible(answer.next)}")])


def _advice(advice: Advice) -> list[str]:
    sure = f"  ({advice.strength}; {advice.tier})" if advice.mode in ("exploit", "explore") else ""
    lines = [f"{advice.by}: {advice.mode}{sure}", paragraph(visible(advice.sentence), "  ")]
    if advice.total > 1:
        lines += table(_HEAD, map(_row, advice.candidates), spare=_SPARE)
    hidden = advice.total - advice.shown
    lines += [f"  and {hidden} more; --limit shows them"] if hidden else []
    return lines + [f"  try {_try(each)}" for each in advice.try_next[:2]]


def _prior(prior: PriorPreset) -> list[str]:
    settings = [f"{by} {visible(value, NAME_CHARACTERS)}" for by, value in prior.settings.items()]
    of = f"{visible(prior.preset, NAME_CHARACTERS)} of {visible(prior.checkpoint, NAME_CHARACTERS)}"
    rating = visible(prior.rating, NAME_CHARACTERS) or "not rated"
    lines = [paragraph(f"Profile (a prior, not evidence): preset {of}, {rating}: {', '.join(settings)}.")]
    for lora in prior.loras:
        name, weight = visible(lora.name, NAME_CHARACTERS), number_text(lora.weight)
        lines.append(paragraph(f"{name} at {weight}: {visible(lora.why)}", "  "))
    return [*lines, *(paragraph(f"left out: {visible(each)}", "  ") for each in prior.left_out)]


def _try(each: Try) -> str:
    return f"{visible(each.value, NAME_CHARACTERS)}: {visible(each.why)}"


def _lora(choice: LoraChoice) -> list[str]:
    weight = "" if choice.weight is None else f" at {number_text(choice.weight)}"
    bands = ", ".join(f"{band.band}: {band.good} of {band.n}" for band in choice.bands)
    name = visible(choice.name, NAME_CHARACTERS)
    return [
        f"  {name}{weight}: {choice.good} of {count(choice.n, 'image')} good, better than none ({choice.strength})",
        *([f"    by weight: {bands} ({choice.weight_strength})"] if len(choice.bands) > 1 else []),
    ]


def _row(candidate: Candidate) -> tuple[str, ...]:
    ends = candidate.low, candidate.high
    interval = " to ".join(percent(each) for each in ends if each is not None)
    return (
        visible(candidate.value, NAME_CHARACTERS),
        f"{candidate.good} of {candidate.n}",
        f"{candidate.good_with_words} of {candidate.n_with_words}",
        percent(candidate.estimate),
        interval or "-",
        chance(candidate.chance_best),
        candidate.evidence[0] if candidate.evidence else "",
    )

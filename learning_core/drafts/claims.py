"""What a draft claims, held against the evidence: it may not claim more than the library's answer carries.

A value that takes another one's place claims to do better; a higher rating claims that the preset does well, a lower
one that another value does better. Each needs a lead that is moderate or better; `best` needs a strong one. A value
of a preset that is new claims nothing but that it was used, and that nothing is known to be better.
"""

from collections.abc import Iterator, Mapping
from typing import Any

from learning_core.answers.answer import By, Strength
from learning_core.answers.recommendation import Advice, Candidate, LoraChoice
from learning_core.drafts.draft import Ground
from learning_core.drafts.evidence import STRENGTHS, Known, figures_of, in_words
from learning_core.errors import DraftRefused
from learning_core.profiles.profile import rank
from learning_core.text.names import number_text, same_name, sampler_and_scheduler
from learning_core.text.wording import listed

FIELD_OF: dict[By, str] = {
    "sampler": "sampler",
    "scheduler": "scheduler",
    "steps": "steps",
    "cfg_scale": "cfg",
    "size": "resolution",
}
"""The field of a preset that holds each parameter of the library's answer."""

NEUTRAL = "neutral"
LEAST_STRENGTH: Strength = "moderate"
CARRIES: dict[Strength, str] = {"none": NEUTRAL, "weak": NEUTRAL, "moderate": "better", "strong": "best"}
"""The highest rating that a lead of each strength carries."""

_VALUES_NAMED = 5


def setting_text(by: By, preset: Mapping[str, Any]) -> str | None:
    """Return the value of a preset for a parameter as answers write it, None when the preset has none."""
    if by in ("sampler", "scheduler"):
        sampler, scheduler = sampler_and_scheduler(preset.get("sampler"), preset.get("scheduler"))
        return sampler if by == "sampler" else scheduler
    value = preset.get(FIELD_OF[by])
    if value is None:
        return None
    return f"{value[0]}x{value[1]}" if by == "size" else number_text(value)


def check_claims(known: Known, before: Mapping[str, Any] | None, after: Mapping[str, Any]) -> list[Ground]:
    """Return what each claim of a changed preset rests on; `before` is None for a new one.

    Raises DraftRefused with the figures when the evidence does not carry a claim.
    """
    grounds = []
    for by in FIELD_OF:
        old, new = setting_text(by, before or {}), setting_text(by, after)
        if new is not None and (before is None or old is None or same_name(old) != same_name(new)):
            grounds.append(_ground(known, by, old if before else None, new))
        elif old is not None and new is None:
            raise DraftRefused(f"no answer of the library speaks for taking {by} {old} away")
    _check_rating(known, before, after)
    _check_overlays(known, before or {}, after)
    return [*grounds, *_lora_grounds(known, before or {}, after)]


def surest(known: Known, preset: Mapping[str, Any]) -> Strength:
    """Return how sure the surest lead is that the preset's own values have."""
    leads = [advice.strength for advice in _leads(known, preset, own=True)]
    return max(leads, key=STRENGTHS.index, default="none")


def known_to_do_better(known: Known, preset: Mapping[str, Any]) -> list[Advice]:
    """Return the parameters of which another value than the preset's surely leads."""
    return [advice for advice in _leads(known, preset, own=False) if _is_sure(advice)]


def _ground(known: Known, by: By, old: str | None, new: str) -> Ground:
    advice = known.advice(by)
    proposed, present = known.candidate(by, new), None if old is None else known.candidate(by, old)
    model = known.question.checkpoint
    if proposed is None:
        seen = "; ".join(in_words(each) for each in advice.candidates[:_VALUES_NAMED])
        raise DraftRefused(f"no judged image of {model} has {by} {new}. Judged are {seen or 'none with a known value'}")
    if present is not None and not (_is_first(advice, proposed) and _is_sure(advice)):
        raise DraftRefused(
            f"the evidence does not carry that {by} {new} does better than {old} with {model} ({in_words(proposed)}; "
            f"{in_words(present)}; lead of {advice.candidates[0].value}: {advice.strength}; needed: "
            f"{LEAST_STRENGTH} or better)"
        )
    if _is_sure(advice) and not _is_first(advice, proposed):
        raise DraftRefused(
            f"{by} {new} is known to do worse with {model} than {advice.candidates[0].value} "
            f"({in_words(proposed)}; {in_words(advice.candidates[0])}; {advice.strength})"
        )
    return Ground(
        by=by,
        strength=advice.strength if _is_first(advice, proposed) else "none",
        tier=proposed.tier,
        sentence=advice.sentence,
        proposed=figures_of(proposed),
        present=figures_of(present),
    )


def _is_first(advice: Advice, candidate: Candidate) -> bool:
    return bool(advice.candidates) and advice.candidates[0] is candidate


def _is_sure(advice: Advice) -> bool:
    return STRENGTHS.index(advice.strength) >= STRENGTHS.index(LEAST_STRENGTH)


def _leads(known: Known, preset: Mapping[str, Any], *, own: bool) -> Iterator[Advice]:
    """Yield the parameters in which the preset's value leads (`own`), or another one."""
    for by in FIELD_OF:
        advice, value = known.advice(by), setting_text(by, preset)
        if not advice.candidates or value is None:
            continue
        if (same_name(advice.candidates[0].value) == same_name(value)) == own:
            yield advice


def _check_rating(known: Known, before: Mapping[str, Any] | None, after: Mapping[str, Any]) -> None:
    was, becomes = (before or {}).get("rating", NEUTRAL), after.get("rating", NEUTRAL)
    better_known = known_to_do_better(known, after)
    if rank(becomes) > rank(was):
        strength = surest(known, after)
        if rank(becomes) > rank(CARRIES[strength]):
            needed = "strong" if rank(becomes) > rank(CARRIES["moderate"]) else LEAST_STRENGTH
            raise DraftRefused(
                f"the rating {becomes} needs a {needed} lead of one of the preset's values, and the surest is "
                f"{strength}: {_own_figures(known, after)}"
            )
        if better_known:
            raise DraftRefused(
                f"the rating cannot rise to {becomes} while another value is known to do better: "
                f"{listed([f'{each.by} {in_words(each.candidates[0])} ({each.strength})' for each in better_known])}"
            )
    elif rank(becomes) < rank(was) and before is not None and not better_known:
        raise DraftRefused(
            f"the rating cannot fall from {was} to {becomes}: no other value is known to do better "
            f"(needed: a lead that is {LEAST_STRENGTH} or better): {_own_figures(known, after)}"
        )


def _own_figures(known: Known, preset: Mapping[str, Any]) -> str:
    parts = []
    for by in FIELD_OF:
        candidate = known.candidate(by, setting_text(by, preset) or "")
        if candidate is not None:
            advice = known.advice(by)
            lead = "leads" if _is_first(advice, candidate) else f"behind {advice.candidates[0].value}"
            parts.append(f"{by} {in_words(candidate)} ({lead}, {advice.strength})")
    return "; ".join(parts) or "no judged image has one of its values"


def _overlays(preset: Mapping[str, Any]) -> dict[str, float]:
    return {each["name"]: each["weight"] for each in preset.get("lora_overlays") or []}


def _check_overlays(known: Known, before: Mapping[str, Any], after: Mapping[str, Any]) -> None:
    old = _overlays(before)
    for name, weight in _overlays(after).items():
        if old.get(name) != weight:
            check_lora_weight(known, name, weight)


def check_lora_weight(known: Known, name: str, weight: float) -> None:
    """Raise DraftRefused unless the LoRA does better than none with the checkpoint, and at a weight that was used."""
    choice = _better_than_none(known, name)
    if weight not in {choice.weight, *(band.weight for band in choice.bands)}:
        bands = "; ".join(f"{band.band}: {band.good} of {band.n} good" for band in choice.bands)
        model = known.question.checkpoint
        raise DraftRefused(f"no judged image of {model} has {name} at {number_text(weight)}. Judged are {bands}")


def _better_than_none(known: Known, name: str) -> LoraChoice:
    choice = known.lora(name)
    if choice is None:
        said, model = known.recommendation.lora.sentence.rstrip("."), known.question.checkpoint
        raise DraftRefused(f"the evidence does not carry that {name} does better than no LoRA with {model}: {said}")
    return choice


def _lora_grounds(known: Known, before: Mapping[str, Any], after: Mapping[str, Any]) -> list[Ground]:
    old = _overlays(before)
    return [lora_ground(known, name) for name, weight in _overlays(after).items() if old.get(name) != weight]


def lora_ground(known: Known, name: str) -> Ground:
    """Return what a LoRA with the checkpoint rests on; it must be known to do better than none."""
    choice = _better_than_none(known, name)
    lora = known.recommendation.lora
    candidate = next((each for each in lora.candidates if same_name(each.value) == same_name(choice.name)), None)
    return Ground(
        by="lora",
        strength=choice.strength,
        tier=candidate.tier if candidate is not None else lora.tier,
        sentence=" ".join(choice.why),
        proposed=figures_of(candidate),
        present=None,
    )

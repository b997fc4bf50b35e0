"""What a change between two times may be called, and the sentence that says so."""

from dataclasses import dataclass

from learning_core.answers.trend_answer import ChangeArm, Compared, HeldEqual, Measure, Verdict
from learning_core.stats.adjusted import LEAST_PROMPTS
from learning_core.stats.change import Appraisal
from learning_core.stats.strength import STRENGTHS, Claim, Strength
from learning_core.stats.unrated import Arm, unevenly_rated
from learning_core.text.wording import count, listed, percent

SURE = ("moderate", "strong")
_TIMES = {"later_half": "In the later half (since {first})", "last_period": "In the last period (since {first})"}
_SHARES = 10_000


@dataclass(frozen=True, slots=True)
class Adjusted:
    """The change at equal values of something, as shown and as appraised."""

    held: HeldEqual
    appraisal: Appraisal


@dataclass(frozen=True, slots=True)
class Judged:
    """All that decides what a change may be called."""

    measure: Measure
    compared: Compared
    before: ChangeArm
    after: ChangeArm
    raw: Appraisal
    prompts: Adjusted
    settings: list[Adjusted]
    repeats: Adjusted | None


@dataclass(frozen=True, slots=True)
class Found:
    """A change's name, how sure it may sound, the sentence, and what decided the strength."""

    verdict: Verdict
    strength: Strength
    sentence: str
    reason: str


def judged(about: Judged) -> Found:
    """Return what a change may be called: what other causes could make is never called a change of the images."""
    verdict, claim = _verdict(about)
    said = f"{_observed(about)}: {_meaning(about, verdict, claim.strength)}"
    return Found(verdict, claim.strength, said, claim.reason)


def _verdict(about: Judged) -> tuple[Verdict, Claim]:
    raw, prompts = about.raw, about.prompts
    if min(about.before.prompts, about.after.prompts) < LEAST_PROMPTS:
        return "too_thin", raw.claim
    if raw.claim.strength not in SURE:
        if _hidden(about):
            return "hidden_by_prompts", _capped(prompts.appraisal.claim, "only seen at equal prompts")
        return ("hint" if raw.claim.strength == "weak" else "no_change_shown"), raw.claim
    if drifted(about):
        return "scale_may_have_drifted", _capped(raw.claim, "prompts made again at equal settings changed as well")
    if prompts.held.outcome == "unchecked":
        return "unchecked", _capped(raw.claim, "the prompts of both times are too different to compare like with like")
    if prompts.held.outcome == "confounded":
        return "mix_of_prompts", _capped(raw.claim, "the mix of prompts changed")
    inside = prompts.appraisal.claim
    claim = min(raw.claim, inside, key=lambda each: STRENGTHS.index(each.strength))
    if claim.strength == "strong" and prompts.held.equal != "prompts":
        claim = Claim("moderate", "too few prompts of both times are the same, and words know less of a prompt")
    if _uneven(about):
        shares = f"{percent(about.before.judged_jobs)} and {percent(about.after.judged_jobs)} of the jobs are judged"
        claim = _capped(claim, f"{shares}, and those without a judgement may differ")
    return ("changed" if claim.strength in SURE or _uneven(about) else "hint"), claim


def drifted(about: Judged) -> bool:
    """Tell whether images that nothing known tells apart are judged differently now, enough to make the change."""
    if about.repeats is None:
        return False
    repeats, raw = about.repeats.appraisal, about.raw
    enough = repeats.value * raw.value > 0.0 and 2.0 * abs(repeats.value) >= abs(raw.value)
    return enough and repeats.claim.strength != "none"


def _hidden(about: Judged) -> bool:
    """Tell whether a change is seen at equal prompts that the whole does not show."""
    inside, raw = about.prompts.appraisal, about.raw
    masked = inside.value * raw.value <= 0.0 or 2.0 * abs(raw.value) < abs(inside.value)
    # Classes of words know less of a prompt than the prompt itself does.
    enough = SURE if about.prompts.held.equal == "prompts" else ("strong",)
    sure = about.prompts.held.outcome != "unchecked" and inside.claim.strength in enough
    return sure and masked and not drifted(about)


def _capped(claim: Claim, objection: str) -> Claim:
    return Claim("weak", objection) if claim.strength in SURE else claim


def _uneven(about: Judged) -> bool:
    before, after = (Arm(_SHARES, round(each.judged_jobs * _SHARES), 0) for each in (about.before, about.after))
    return unevenly_rated(before, after)


def _observed(about: Judged) -> str:
    before, after, raw = about.before, about.after, about.raw
    when = _TIMES[about.compared].format(first=after.first)
    numbers = f"n {before.images:,} on {count(before.prompts, 'prompt')} and {after.images:,} on {after.prompts:,}"
    interval = f"{_amount(about, raw.value)}, 95 % interval {_amount(about, raw.low)} to {_amount(about, raw.high)}"
    if about.measure == "mean_rating":
        return f"{when} the mean rating is {after.value:.2f}, before {before.value:.2f} ({interval}; {numbers})"
    return f"{when} {percent(after.value)} come out well, before {percent(before.value)} ({interval}; {numbers})"


def _amount(about: Judged, value: float) -> str:
    return f"{value:+.2f} stars" if about.measure == "mean_rating" else f"{100 * value:+.0f} points"


def _meaning(about: Judged, verdict: Verdict, strength: Strength) -> str:
    direction, easier = ("higher", "easier") if about.raw.value > 0 else ("lower", "harder")
    held = about.prompts.held
    inside = f"at equal {held.equal} {_amount(about, held.change)}"
    inside += f" ({_amount(about, held.low)} to {_amount(about, held.high)})"
    if verdict == "too_thin":
        return f"on fewer than {LEAST_PROMPTS} prompts, too few to tell."
    if verdict == "no_change_shown":
        return "no change shown."
    if verdict == "hint":
        return f"no clear change, a hint of {direction} at most; {_or_unchecked(about, inside)}."
    if verdict == "scale_may_have_drifted" and about.repeats is not None:
        again = about.repeats.held
        return (
            f"{direction}, but so are prompts made again at equal settings ({_amount(about, again.change)} on "
            f"{count(again.prompts, 'prompt')}): the scale may have drifted, and the images need not have changed."
        )
    if verdict == "unchecked":
        return f"{direction}, but whether by {easier} prompts cannot be told: {_or_unchecked(about, inside)}."
    if verdict == "mix_of_prompts":
        return f"{direction}, but mostly by {easier} prompts: {inside}."
    if verdict == "hidden_by_prompts":
        other = "harder" if about.prompts.appraisal.value > 0 else "easier"
        return f"no change in all, yet {inside}: {other} prompts may hide it."
    sure = "" if strength == "strong" else "probably " if strength == "moderate" else "perhaps "
    return f"{sure}judged {direction}, and not by {easier} prompts: {inside}. {_settings(about)}{_scale(about)}"


def _or_unchecked(about: Judged, inside: str) -> str:
    held = about.prompts.held
    if held.outcome == "unchecked":
        return f"only {percent(held.covered)} of one time's images have prompts like those of the other"
    return inside


def _settings(about: Judged) -> str:
    """Say which settings changed along: those that clearly take the change away, and those that may."""
    confounded = [each.held for each in about.settings if each.held.outcome == "confounded"]
    moved = [each for each in confounded if not each.low <= about.raw.value <= each.high]
    untold = [each for each in confounded if each not in moved]
    untold += [each.held for each in about.settings if each.held.outcome == "unchecked"]
    parts = []
    if moved:
        changes = listed([f"{each.equal} {_amount(about, each.change)}" for each in moved])
        parts.append(f"It goes with other settings; at equal values: {changes}.")
    if untold:
        parts.append(f"It cannot be told from the change of {listed([each.equal for each in untold])}.")
    return " ".join(parts) or "It stays at equal values of each setting."


def _scale(about: Judged) -> str:
    if about.repeats is None:
        return " Too few prompts were made again at equal settings to tell whether the scale moved."
    return f" Prompts made again at equal settings: {_amount(about, about.repeats.held.change)}."

"""What a change between two times may be called, and the sentence that says so."""

from msgspec import Struct

from learning_core.answers.trend_answer import ChangeArm, Compared, HeldEqual, Measure, Verdict
from learning_core.stats.adjusted import LEAST_COVERED, LEAST_PROMPTS
from learning_core.stats.change import Appraisal
from learning_core.stats.strength import STRENGTHS, Claim, Strength
from learning_core.stats.unrated import Arm, unevenly_rated
from learning_core.text.wording import count, listed, percent

SURE = ("moderate", "strong")
_TIMES = {"later_half": "in the later half, since {first}", "last_period": "in the last period, since {first}"}
_SHARES = 10_000


class Adjusted(Struct, frozen=True):
    """The change at equal values of something, as shown and as appraised."""

    held: HeldEqual
    appraisal: Appraisal


class Judged(Struct, frozen=True):
    """All that decides what a change may be called."""

    measure: Measure
    compared: Compared
    before: ChangeArm
    after: ChangeArm
    raw: Appraisal
    prompts: Adjusted
    batches: Adjusted | None
    raters: Adjusted | None
    settings: list[Adjusted]
    repeats: Adjusted | None


class Found(Struct, frozen=True):
    """A change's name, how sure it may sound, the sentence, and what decided the strength."""

    verdict: Verdict
    strength: Strength
    sentence: str
    reason: str


def judged(about: Judged) -> Found:
    """Return what a change may be called: what other causes could make is never called a change of the images."""
    verdict, claim = _verdict(about)
    sentences = [f"{_lead(about, verdict, claim.strength)}: {_observed(about)}", *_details(about, verdict)]
    return Found(verdict, claim.strength, f"{'. '.join(sentences)}.", claim.reason)


def _verdict(about: Judged) -> tuple[Verdict, Claim]:
    raw, prompts = about.raw, about.prompts
    if min(about.before.prompts, about.after.prompts) < LEAST_PROMPTS:
        return "too_thin", raw.claim
    if raw.claim.strength not in SURE:
        if _hidden(about):
            return "hidden_by_prompts", _capped(prompts.appraisal.claim, "only seen at equal prompts")
        return ("hint" if raw.claim.strength == "weak" else "no_change_shown"), raw.claim
    if about.batches is not None and about.batches.held.outcome != "passed":
        return "batch_sizes", _capped(raw.claim, "the sizes of the batches that images were picked from changed")
    if about.raters is not None and about.raters.held.outcome != "passed":
        return "another_rater", _capped(raw.claim, "other people judged")
    if drifted(about):
        return "scale_may_have_drifted", _capped(raw.claim, "prompts made again at equal settings changed as well")
    if prompts.held.outcome == "unchecked":
        return "unchecked", _capped(raw.claim, "the prompts of both times are too different to compare like with like")
    if prompts.held.outcome == "confounded":
        return "mix_of_prompts", _capped(raw.claim, "the mix of prompts changed")
    inside = prompts.appraisal.claim
    if prompts.held.outcome == "inconclusive":
        inside = _capped(inside, f"at equal {prompts.held.equal} the change is not clear")
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


def _lead(about: Judged, verdict: Verdict, strength: Strength) -> str:
    judged_so, prompts = ("judged higher", "easier") if about.raw.value > 0 else ("judged lower", "harder")
    sure = {"strong": "", "moderate": "probably "}.get(strength, "perhaps ")
    leads: dict[Verdict, str] = {
        "too_thin": f"too few to tell of a change, on fewer than {LEAST_PROMPTS} prompts",
        "no_change_shown": "no change shown",
        "hint": f"no clear change, a hint of being {judged_so} at most",
        "scale_may_have_drifted": f"{judged_so}, but the scale may have drifted",
        "unchecked": f"{judged_so}, but whether by {prompts} prompts cannot be told",
        "mix_of_prompts": f"{judged_so}, but mostly by {prompts} prompts",
        "batch_sizes": f"{judged_so}, but {_by(about.batches, 'other sizes of batches')}",
        "another_rater": f"{judged_so}, but {_by(about.raters, 'other people judging')}",
        "hidden_by_prompts": f"no change in all, but {_other_prompts(about)} prompts may hide one",
        "changed": f"{sure}{judged_so}, and not by {prompts} prompts",
    }
    lead = leads[verdict]
    return lead[0].upper() + lead[1:]


def _by(adjusted: Adjusted | None, cause: str) -> str:
    known = adjusted is not None and adjusted.held.outcome == "confounded"
    return f"mostly by {cause}" if known else f"whether by {cause} cannot be told"


def _other_prompts(about: Judged) -> str:
    return "harder" if about.prompts.appraisal.value > 0 else "easier"


def _observed(about: Judged) -> str:
    before, after, raw = about.before, about.after, about.raw
    when = _TIMES[about.compared].format(first=after.first)
    numbers = f"n {before.images:,} on {count(before.prompts, 'prompt')} and {after.images:,} on {after.prompts:,}"
    change = f"{_amount(about, raw.value)}, 95 % interval {_interval(about, raw.low, raw.high)}; {numbers}"
    if about.measure == "mean_rating":
        return f"{when} the mean rating is {after.value:.2f}, before {before.value:.2f} ({change})"
    return f"{when} {percent(after.value)} come out well, before {percent(before.value)} ({change})"


def _amount(about: Judged, value: float) -> str:
    return f"{value:+.2f} stars" if about.measure == "mean_rating" else f"{100 * value:+.0f} points"


def _interval(about: Judged, low: float, high: float) -> str:
    return f"{low:+.2f} to {high:+.2f}" if about.measure == "mean_rating" else f"{100 * low:+.0f} to {100 * high:+.0f}"


def _details(about: Judged, verdict: Verdict) -> list[str]:
    """Return the sentences that follow: what the change is at equal prompts, settings and repeats."""
    if verdict in ("too_thin", "no_change_shown"):
        return []
    if verdict == "scale_may_have_drifted" and about.repeats is not None:
        again = about.repeats.held
        return [
            f"Prompts made again at equal settings changed as well ({_amount(about, again.change)} on "
            f"{count(again.prompts, 'prompt')}), so the images need not have changed"
        ]
    if verdict == "changed":
        return [_inside(about, about.prompts), *_settings(about), _scale(about)]
    held_equal = {"batch_sizes": about.batches, "another_rater": about.raters}.get(verdict) or about.prompts
    return [_inside(about, held_equal)]


def _inside(about: Judged, adjusted: Adjusted) -> str:
    held = adjusted.held
    if held.outcome == "unchecked" and adjusted is about.batches:
        return f"Only {percent(held.covered)} of one time's images were picked from as many as those of the other"
    if held.outcome == "unchecked" and adjusted is about.raters:
        return f"Only {percent(held.covered)} of one time's images were judged by someone who judged the other's"
    if held.outcome == "unchecked" and held.covered < LEAST_COVERED:
        return f"Only {percent(held.covered)} of one time's images have prompts like those of the other"
    if held.outcome == "unchecked":
        return f"With {count(held.prompts, 'prompt')} on one side, too few to compare like with like"
    change = f"{_amount(about, held.change)} ({_interval(about, held.low, held.high)})"
    return f"At equal {held.equal} the change is {change}"


def _settings(about: Judged) -> list[str]:
    """Say which settings changed along: those that clearly take the change away, and those that may."""
    confounded = [each.held for each in about.settings if each.held.outcome == "confounded"]
    moved = [each for each in confounded if not each.low <= about.raw.value <= each.high]
    untold = [each for each in confounded if each not in moved]
    untold += [each.held for each in about.settings if each.held.outcome in ("inconclusive", "unchecked")]
    found = []
    if moved:
        changes = listed([f"{each.equal} {_amount(about, each.change)}" for each in moved])
        found.append(f"It goes with other settings; at equal values: {changes}")
    if untold:
        found.append(f"It cannot be told from the change of {listed([each.equal for each in untold])}")
    return found or ["It stays at equal values of each setting"]


def _scale(about: Judged) -> str:
    if about.repeats is None:
        return "Too few prompts were made again at equal settings to tell whether the scale moved"
    return f"Prompts made again at equal settings: {_amount(about, about.repeats.held.change)}"

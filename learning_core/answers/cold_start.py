"""What profiles add to a recommendation: values where no image was judged yet, something to try where it is open."""

from collections.abc import Sequence

from learning_core.answers.advice import MOST_NAMED, nothing
from learning_core.answers.available import Available
from learning_core.answers.recommendation import Advice, PriorLora, PriorPreset, Try
from learning_core.model.prior import Prior
from learning_core.text.names import file_stem, number_text, same_name
from learning_core.text.wording import count, listed, name


def prior_of(priors: Sequence[Prior], checkpoint: str | None) -> Prior | None:
    """Return the prior of a checkpoint, None when it has none."""
    return next((each for each in priors if checkpoint and _key(each.checkpoint) == _key(checkpoint)), None)


def cold_checkpoint(available: Available, priors: Sequence[Prior], otherwise: Advice) -> Advice:
    """Return the advice on checkpoints of which none has a judged image: those with profiles, or as it was.

    A single one that was named is given; of several those of the best rating are named, one's own learning before
    what others say, then the higher mean rating.
    """
    named = [*available.names, *(each.name for each in available.not_known)]
    known = [each for each in priors if not available.named or any(_key(each.checkpoint) == _key(one) for one in named)]
    if not known:
        return otherwise
    if available.named and len(named) == 1:
        sentence = f"No judged image has {name(named[0])}; {_says(known[0])}"
        return nothing("checkpoint", sentence).model_copy(update={"mode": "given", "values": [named[0]]})
    ordered = sorted(known, key=_order)
    first = [each.checkpoint for each in ordered if _standing(each) == _standing(ordered[0])]
    tries = [Try(value=each.checkpoint, chance_best=None, why=_says(each)) for each in ordered[:MOST_NAMED]]
    which = listed([name(each) for each in first[:MOST_NAMED]], "or")
    sentence = f"No judged image speaks for any checkpoint; profiles speak for {which}. A prior, not evidence."
    changes = {"mode": "prior", "values": first, "basis": "profile", "try_next": [*tries, *otherwise.try_next]}
    return nothing("checkpoint", sentence).model_copy(update=changes)


def also_to_try(advice: Advice, available: Available, priors: Sequence[Prior]) -> Advice:
    """Return advice on checkpoints with those to try that were named, have a profile and no record at all."""
    unused = [prior for each in available.not_known if (prior := prior_of(priors, each.name))]
    tries = [Try(value=each.checkpoint, chance_best=None, why=_says(each)) for each in sorted(unused, key=_order)]
    if not tries or advice.mode == "exploit":
        return advice
    mode = "given" if advice.mode == "given" else "explore"
    return advice.model_copy(update={"mode": mode, "try_next": [*advice.try_next, *tries]})


def with_prior(advice: Advice, prior: Prior | None, *, is_cold: bool) -> Advice:
    """Return advice on a setting with what the profile says of it.

    Where nothing is known, or no image of the checkpoint was judged (`is_cold`), the profile's value is taken and
    called a prior; where it is open, the value is one to try; where images decide, it is only told.
    """
    value = None if prior is None else prior.values.get(advice.by)
    if prior is None or value is None:
        return advice
    says = f"preset {name(prior.preset)} of the profile of {name(prior.checkpoint)} says {advice.by} {name(value)}"
    if _is_open(advice, is_cold=is_cold):
        return _taken(advice, [value], f"{says[0].upper()}{says[1:]}: a prior, not evidence.")
    seen = {same_name(each.value) for each in advice.candidates} | {same_name(each.value) for each in advice.try_next}
    if advice.mode == "exploit" or same_name(value) in seen:
        return advice.model_copy(update={"why": [*advice.why, f"{says[0].upper()}{says[1:]}: a prior."]})
    tried = Try(value=value, chance_best=None, why=says)
    return advice.model_copy(update={"mode": "explore", "try_next": [tried, *advice.try_next]})


def with_prior_loras(advice: Advice, prior: Prior | None, available: Available, *, is_cold: bool) -> Advice:
    """Return advice on LoRAs with those of the profile that are at hand, where images do not decide."""
    at_hand = {_key(each) for each in (*available.names, *(each.name for each in available.not_known))}
    loras = [each for each in prior.loras if not available.named or _key(each.name) in at_hand] if prior else []
    if prior is None or not loras or not _is_open(advice, is_cold=is_cold):
        return advice
    weighed = listed([f"{name(each.name)} at {number_text(each.weight)}" for each in loras])
    says = f"Profiles go with LoRA {weighed} for {name(prior.checkpoint)}: a prior, not evidence."
    return _taken(advice, [each.name for each in loras], says)


def told(prior: Prior | None) -> PriorPreset | None:
    """Return a prior as the answer shows it."""
    if prior is None:
        return None
    return PriorPreset(
        checkpoint=prior.checkpoint,
        preset=prior.preset,
        rating=prior.rating,
        source=prior.source,
        settings=dict(prior.values),
        loras=[PriorLora(name=each.name, weight=each.weight, why=each.reason) for each in prior.loras],
        left_out=list(prior.left_out),
        runs_observed=prior.runs_observed,
        mean_rating=prior.mean_rating,
    )


def summary_of(prior: Prior) -> str:
    """Return the sentence of a recommendation that rests on a profile alone."""
    settings = [f"{by} {name(value)}" for by, value in prior.values.items()]
    loras = [f"LoRA {name(each.name)} at {number_text(each.weight)}" for each in prior.loras]
    return (
        f"Cold start: no judged image to learn from. {_says(prior)[0].upper()}{_says(prior)[1:-1]}, "
        f"with {listed([*settings, *loras])}. A prior, not evidence."
    )


def _is_open(advice: Advice, *, is_cold: bool) -> bool:
    return is_cold or (advice.mode == "nothing" and not advice.candidates)


def _taken(advice: Advice, values: list[str], sentence: str) -> Advice:
    """Return advice to take what a profile says; what all checkpoints together said is kept beside it."""
    why = [advice.sentence, *advice.why] if advice.candidates else []
    changes = {"mode": "prior", "values": values, "basis": "profile", "sentence": sentence, "why": why, "try_next": []}
    return advice.model_copy(update=changes)


def _says(prior: Prior) -> str:
    rating = f"rated {name(prior.rating)}" if prior.rank else "without a known rating"
    source = f", {name(prior.source)}" if prior.source else ""
    seen = f", {count(prior.runs_observed, 'run')}" if prior.runs_observed else ""
    mean = f", mean {number_text(prior.mean_rating)}" if prior.mean_rating is not None and seen else ""
    return (
        f"the profile of {name(prior.checkpoint)} suggests preset {name(prior.preset)} ({rating}{source}{seen}{mean})."
    )


def _standing(prior: Prior) -> tuple[int, bool, float]:
    return -prior.rank, prior.source != "local_learning", -(prior.mean_rating or 0.0)


def _order(prior: Prior) -> tuple[int, bool, float, str]:
    return *_standing(prior), same_name(prior.checkpoint)


def _key(checkpoint: str) -> str:
    return same_name(file_stem(checkpoint) or checkpoint)

"""LoRAs that do better than none with a checkpoint, with the weight to take: compatibility is counted."""

import numpy as np

from learning_core.answers.judged_prompts import Scope
from learning_core.answers.leading import is_sure, weakest_claim
from learning_core.answers.lora_weights import weights
from learning_core.answers.recommendation import LoraChoice
from learning_core.answers.weighing import Weighed
from learning_core.index.lora_sets import NO_LORA
from learning_core.stats.probability import probability_text
from learning_core.stats.strength import MODERATE_PROBABILITY, Claim
from learning_core.text.wording import name


def lora_choices(weighed: Weighed, scope: Scope, *, several: bool) -> list[LoraChoice]:
    """Return the LoRAs, best first, that are surely better than no LoRA; `scope` are the images of one checkpoint."""
    levels = weighed.counted.levels
    if NO_LORA not in levels.names:
        return []
    none = levels.names.index(NO_LORA)
    others = np.array([level for level in weighed.lead.ranking if level != none], np.int64)
    # Most are not even likely to be better; these need no claim of their own.
    against = weighed.order.compared(none, others).probability
    likely = others[against <= 1.0 - MODERATE_PROBABILITY].tolist()
    ranking = sorted(likely, key=lambda level: (-weighed.order.score[level].round(9), level))
    found = []
    for level in ranking:
        claim = _better_than_none(weighed, level, none, several=several)
        if is_sure(claim) and levels.tally.s[level]:
            found.append(_choice(weighed, scope, level, claim))
    return found


def _better_than_none(weighed: Weighed, level: int, none: int, *, several: bool) -> Claim:
    _, found, _ = weakest_claim(weighed.order, weighed.counted.sizes, level, [none], several=several)
    if is_sure(found) and (together := weighed.objection(level, [none])):
        return Claim("weak", f"{together} could be what makes the difference")
    return found


def _choice(weighed: Weighed, scope: Scope, level: int, claim: Claim) -> LoraChoice:
    levels = weighed.counted.levels
    found = weights(scope, weighed, level)
    none = weighed.counted.levels.names.index(NO_LORA)
    difference = weighed.order.compared(level, np.array([none]))
    return LoraChoice(
        name=levels.names[level],
        weight=found.weight,
        weight_strength=found.strength,
        strength=claim.strength,
        n=int(levels.tally.n[level]),
        good=int(levels.tally.s[level]),
        bands=found.bands,
        why=[
            f"{name(levels.names[level])} is better than no LoRA with probability "
            f"{probability_text(float(difference.probability[0]))} "
            f"({levels.tally.s[level]} of {levels.tally.n[level]} good against "
            f"{levels.tally.s[none]} of {levels.tally.n[none]}).",
            f"{claim.strength}: {claim.reason}.",
            found.why,
        ],
    )

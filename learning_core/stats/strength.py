"""How sure a comparison may sound: strong, moderate, weak or none, with the reason (statistics.md 4)."""

from typing import Literal

from msgspec import Struct

from learning_core.stats.probability import probability_text

Strength = Literal["none", "weak", "moderate", "strong"]

STRENGTHS: tuple[Strength, ...] = ("none", "weak", "moderate", "strong")

STRONG_PROBABILITY = 0.99
STRONG_BAYES_FACTOR = 20.0
STRONG_PROMPTS = 5
MODERATE_PROBABILITY = 0.95
WEAK_PROBABILITY = 0.80
LEAST_EFFECTIVE_N = 10.0


class Case(Struct, frozen=True):
    """What a comparison rests on: P(the better one is better), and what the weaker of its two arms has.

    `effective_n` is that of the level's whole record, `prompts` are distinct ones behind the claim itself.
    `several_keywords` tells that the question joins keywords; `objection` says why other causes are not ruled out
    (a factor that is entangled, could not be checked, or is rated unevenly), empty if they are.
    """

    probability: float
    bayes_factor: float
    effective_n: float
    prompts: int
    several_keywords: bool = False
    objection: str = ""


class Claim(Struct, frozen=True):
    """How sure a comparison may sound, and what keeps it from the next strength (or carries it, if strong)."""

    strength: Strength
    reason: str


def claim(case: Case) -> Claim:
    """Return the strength of a comparison by the claim rule."""
    strength, reason = _by_evidence(case)
    if case.several_keywords and strength != "none":
        strength = STRENGTHS[STRENGTHS.index(strength) - 1]
        reason = "the prompt joins several keywords, which lowers the strength by one"
    if case.objection and strength in ("moderate", "strong"):
        strength, reason = "weak", case.objection
    return Claim(strength, reason)


def _by_evidence(case: Case) -> tuple[Strength, str]:
    chance = f"P {probability_text(case.probability)}"
    if case.probability < WEAK_PROBABILITY:
        return "none", f"{chance} is below {WEAK_PROBABILITY:.2f}: no difference shown"
    if case.probability < MODERATE_PROBABILITY:
        return "weak", f"{chance} is below {MODERATE_PROBABILITY:.2f}"
    if case.effective_n < LEAST_EFFECTIVE_N:
        return "weak", f"one side has {case.effective_n:.1f} effective images, fewer than {LEAST_EFFECTIVE_N:.0f}"
    if case.probability < STRONG_PROBABILITY:
        return "moderate", f"{chance} is below {STRONG_PROBABILITY:.2f}"
    if case.bayes_factor < STRONG_BAYES_FACTOR:
        return "moderate", f"Bayes factor {case.bayes_factor:.1f} is below {STRONG_BAYES_FACTOR:.0f}"
    if case.prompts < STRONG_PROMPTS:
        return "moderate", f"one side rests on {case.prompts} prompts, fewer than {STRONG_PROMPTS}"
    return "strong", f"{chance}, Bayes factor {min(case.bayes_factor, 1e6):.0f}, {case.prompts} prompts or more a side"

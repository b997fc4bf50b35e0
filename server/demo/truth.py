"""The truth that the samples hide, and the generations drawn from it: so that an answer can be checked."""

import random

from msgspec import Struct

SUBJECT = "beach"
BETTER, WORSE = "coastlineXL_v3", "harbour_mix"
CHANCE_ON_BEACHES = {BETTER: 0.85, WORSE: 0.25}
"""How likely an image comes out well (4 or 5 stars) when its prompt is about a beach."""
CHANCE_ELSEWHERE = 0.5
"""The same for every other prompt, whatever the checkpoint."""
SAMPLERS = ("Euler a", "DPM++ 2M")
"""Taken in turn; they make no difference."""
CFG_SCALES = (5.0, 6.5, 8.0)
"""Taken in turn; they make no difference."""
STEPS = 28
SCHEDULER = "Karras"
WIDTH, HEIGHT = 832, 1216

BEACH_PROMPTS = (
    "beach at sunset, warm light, gentle waves",
    "empty beach in the morning mist",
    "wide sandy beach, turquoise water, postcard",
    "pebble beach under grey clouds, film photo",
    "beach huts in pastel colours, summer",
    "dog running along the beach, splashing water",
    "tropical beach, palm trees, (golden hour:1.2) <lora:soft-light:0.6>",
    "beach picnic, chequered blanket, watercolour",
    "lighthouse above a rocky beach, storm coming",
    "children's kite over the beach, blue sky",
    "black sand beach, long exposure, dramatic",
    "beaches of a small island, aerial view",
    "footprints on the beach, close up, low sun <lora:soft-light:0.6>",
    "winter beach, snow down to the tide line",
    "surfboard leaning on a fence, beach path, dunes",
    "night beach, full moon, calm sea",
    "beach volleyball net at noon, high contrast",
    "driftwood on the beach, shallow depth of field",
)
OTHER_PROMPTS = (
    "old town street after rain, reflections",
    "mountain lake, pine forest, first snow",
    "bench under a peach tree, spring garden",
    "reading chair by the window, morning light",
    "red tram on a bridge, evening, city lights",
    "hot air balloons over green hills",
    "bowl of lemons, still life, oil painting",
    "foggy forest path, autumn leaves",
)
NEGATIVE = "blurry, low quality"
NEGATIVE_ELSEWHERE = "blurry, beach, low quality"
"""Names the subject on purpose: a negative prompt is no match."""

TYPICAL_DRAW = 6
"""A seed whose draw looks like the chances it came from: no accident hides or fakes a difference."""


class Generation(Struct, frozen=True):
    """One drawn generation with the stars that its owner gave."""

    number: int
    prompt: str
    negative_prompt: str
    checkpoint: str
    sampler: str
    cfg_scale: float
    seed: int
    stars: int


def draw_generations(seed: int = TYPICAL_DRAW) -> list[Generation]:
    """Return every prompt once with each checkpoint; the same seed gives the same list."""
    chance = random.Random(seed)  # noqa: S311 - samples, no secrets
    generations: list[Generation] = []
    for place, prompt in enumerate((*BEACH_PROMPTS, *OTHER_PROMPTS)):
        for arm, checkpoint in enumerate((BETTER, WORSE)):
            on_beach = prompt in BEACH_PROMPTS
            likely = CHANCE_ON_BEACHES[checkpoint] if on_beach else CHANCE_ELSEWHERE
            good = chance.random() < likely
            generations.append(
                Generation(
                    number=len(generations),
                    prompt=prompt,
                    negative_prompt=NEGATIVE if on_beach else NEGATIVE_ELSEWHERE,
                    checkpoint=checkpoint,
                    sampler=SAMPLERS[(place + arm) % len(SAMPLERS)],
                    cfg_scale=CFG_SCALES[place % len(CFG_SCALES)],
                    seed=chance.randrange(2**32),
                    stars=chance.choice((4, 5) if good else (1, 2, 3)),
                )
            )
    return generations

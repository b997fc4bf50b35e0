"""The words and names that generated libraries are made of, the same on every machine."""

from itertools import islice, product

SUBJECTS = (
    "beach", "harbour", "lighthouse", "meadow", "market square", "mountain lake", "old library", "tea house",
    "sailing boat", "vineyard", "waterfall", "windmill", "train station", "greenhouse", "desert road",
    "autumn forest", "snowy village", "stone bridge", "rooftop garden", "coral reef", "observatory", "bakery",
    "fishing pier", "castle ruin", "lavender field",
)  # fmt: skip
"""Half of the prompts hold one of these, so each is in about 2 % of them."""

COMMON = (
    "masterpiece", "best quality", "highly detailed", "sharp focus", "soft light", "golden hour",
    "wide angle", "35mm photograph", "depth of field", "intricate", "cinematic lighting", "8k",
    "natural colours", "film grain",
)  # fmt: skip

NEGATIVE = (
    "blurry", "lowres", "jpeg artifacts", "watermark", "text", "signature", "worst quality", "low quality",
    "oversaturated", "cropped", "out of frame", "duplicate", "deformed", "noise",
)  # fmt: skip

SAMPLERS = (
    "DPM++ 2M", "Euler a", "DPM++ SDE", "Euler", "DPM++ 2M SDE", "UniPC", "DDIM", "Heun", "DPM++ 3M SDE",
    "LMS", "DPM2 a", "Restart",
)  # fmt: skip
SCHEDULERS = ("Karras", "Normal", "Exponential", "SGM Uniform", "Simple", "Beta")
STEPS = (20, 24, 25, 28, 30, 32, 35, 40)
CFG_SCALES = (3.5, 4.5, 5.0, 5.5, 6.0, 6.499999999999998, 7.0, 7.5, 8.0, 9.0)
SIZES = ((1024, 1024), (832, 1216), (1216, 832), (896, 1152), (768, 1280), (512, 768), (512, 512))

_ONSETS = ("b", "br", "d", "f", "g", "gl", "h", "k", "l", "m", "n", "p", "r", "st", "t", "tr", "v", "w", "z")
_VOWELS = ("a", "e", "i", "o", "u", "ai", "ou")
_ENDINGS = ("k", "l", "m", "n", "r", "t", "nd")
_STEMS = (
    "coastline", "meadow", "granite", "aurora", "harbour", "ember", "willow", "cobalt", "saffron", "tundra",
)  # fmt: skip


def vocabulary(size: int = 20_000) -> list[str]:
    """Return `size` different words of two syllables, none of them a subject, none with a plural ending."""
    syllables = ["".join(pair) for pair in product(_ONSETS, _VOWELS)]
    endings = ["".join(pair) for pair in product(_VOWELS, _ENDINGS)]
    every = ("".join(parts) for parts in product(syllables, _ONSETS, endings))
    # Neighbours in this order look alike; a stride that shares no factor with the whole mixes them.
    words = list(every)
    return [words[(number * 7_919) % len(words)] for number in islice(range(len(words)), size)]


def checkpoints(count: int = 40) -> list[tuple[str, str]]:
    """Return pairs of a checkpoint's bare name and its short hash."""
    kinds = ("XL", "Real", "Mix", "Vision")
    names = [f"{stem}{kind}_v{1 + number % 4}" for number, (stem, kind) in enumerate(product(_STEMS, kinds))]
    return [(name, f"{number * 2_654_435_761 % 2**40:010x}") for number, name in enumerate(names[:count], 1)]


def loras(count: int = 200) -> list[str]:
    """Return the names of LoRAs."""
    kinds = ("detail", "style", "light", "texture", "colour")
    return [f"{word}-{kinds[number % 5]}-xl" for number, word in enumerate(vocabulary(count))]

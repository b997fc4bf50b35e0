"""A small graded set: subjects, what means the same by our judgement, look-alikes, and prompts that hold them.

Not drawn from any model: the words of a group were written down first, the near but different ones with them.
"""

from itertools import product

from msgspec import Struct

SAME = {
    "ocean": ("ocean", "sea", "seawater"),
    "forest": ("forest", "woods", "woodland", "forested hills"),
    "car": ("car", "automobile", "vehicle", "cars on a street"),
    "city": ("city", "urban", "town", "cityscape"),
    "winter": ("winter", "snow", "snowy", "wintry"),
    "rain": ("rain", "rainy", "raining", "rainfall"),
    "photo": ("photo", "photograph", "picture", "photography"),
    "soldier": ("soldier", "soldiers marching", "troops", "infantry"),
    "castle": ("castle", "fortress", "castle ruins"),
    "mountain": ("mountain", "mountainous", "mountain peak"),
    "beach": ("beach", "beachy", "seaside", "beaches in spain"),
    "house": ("house", "home", "houses by a road"),
    "boat": ("boat", "ship", "vessel", "sailboat"),
    "woman": ("woman", "lady", "female"),
    "smile": ("smile", "smiling", "grin", "grinning"),
    "dusk": ("dusk", "twilight", "sunset", "nightfall"),
}
"""Of each subject the terms that mean the same; its own word comes first."""

OTHERS = (
    "bench", "peach", "reach", "rose", "nose", "fountain", "crown", "clown", "dessert", "mouse", "goat", "train",
    "carne", "card", "castlevania", "rein", "vine", "kitchen", "guitar", "bicycle", "noon", "portrait", "robot",
    "library", "violin", "temple", "desk", "dust", "motion", "smoke", "summer", "indoors",
)  # fmt: skip
"""Look-alikes and other terms, which count for none of the subjects."""

TOGETHER = (("ocean", "dusk"), ("forest", "winter"), ("city", "rain"), ("car", "city"), ("woman", "smile"))


class Query(Struct, frozen=True):
    """Facets of one word each, and the prompts that are meant."""

    facets: tuple[str, ...]
    relevant: frozenset[str]


def prompts() -> list[str]:
    """Return all prompts: each term in three of them, and every pair of terms of the subjects asked together."""
    alone = [term for terms in SAME.values() for term in terms] + list(OTHERS)
    pairs = [f"{a}, {b}" for one, other in TOGETHER for a, b in product(SAME[one], SAME[other])]
    return [*(f"{term}, study {number}" for term in alone for number in range(3)), *pairs]


def queries() -> list[Query]:
    """Return the subjects of one facet, then those of two."""
    found = [Query((subject,), _holding([terms])) for subject, terms in SAME.items()]
    return found + [Query(pair, _holding([SAME[each] for each in pair])) for pair in TOGETHER]


def _holding(facets: list[tuple[str, ...]]) -> frozenset[str]:
    return frozenset(
        prompt for prompt in prompts() if all(any(term in prompt.split(", ") for term in terms) for terms in facets)
    )


def f1(found: set[str], relevant: frozenset[str]) -> float:
    """Return the harmonic mean of precision and recall."""
    both = len(found & relevant)
    return 2 * both / (len(found) + len(relevant)) if both else 0.0

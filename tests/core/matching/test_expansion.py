"""Which terms are near, in which order, and which of them are left out."""

import numpy as np

from learning_core.matching.expansion import neighbours
from learning_core.matching.quantised import square_sums
from learning_core.matching.term_vectors import Origin, TermVectors

ASKED = np.array([127, 0], np.int8)


def vectors_of(**known: tuple[int, int]) -> TermVectors:
    """Return term vectors; a term's numbers are its prompts and how far it is turned from what is asked."""
    terms = sorted(known)
    vectors = np.array([[127, known[term][1]] for term in terms], np.int8)
    spelled = [term.replace("_", " ") for term in terms]
    prompts = np.array([known[term][0] for term in terms], np.int64)
    origin = Origin("static", "0" * 64, "invented", is_measured=False)
    return TermVectors(origin, 99, spelled, spelled, [True] * len(terms), prompts, vectors, square_sums(vectors))


def near(vectors: TermVectors, stated: str = "woodland") -> list[str]:
    return [each.term for each in neighbours(vectors, ASKED, 0.7, [[stated]], ())]


def test_the_nearest_come_first_and_equals_by_prompts_then_by_name() -> None:
    vectors = vectors_of(copse=(3, 20), thicket=(9, 20), grove=(3, 20), forest=(3, 10), desert=(50, 127), sand=(1, 126))
    assert near(vectors) == ["forest", "thicket", "copse", "grove", "sand", "desert"]


def test_what_holds_a_nearer_term_or_a_stated_word_is_left_out() -> None:
    vectors = vectors_of(forest=(3, 10), dark_forest=(9, 20), old_woodland=(9, 5), grove=(3, 30))
    assert near(vectors) == ["forest", "grove"]
    assert near(vectors_of(dark_forest=(9, 20), grove=(3, 30))) == ["dark forest", "grove"]

"""Rates for one subject, beside a model that saw the same images."""

import numpy as np
from two_way_example import BEACH, CLUSTERS, KEYWORDS, judgements

from learning_core.stats.subject import Images, Models, Rates, best_of_each, of_everything, of_subject
from learning_core.stats.sufficient_statistics import UNSEEN, summarised
from learning_core.stats.two_way import fit

NONE = np.zeros(0, np.int64)
NOTHING = Images(NONE, NONE, NONE, NONE, NONE, 0)


def beach(levels: tuple[int, ...] = (0, 1, 2)) -> Images:
    """Return the images of prompts with beach by level."""
    rows = [(prompt, level, n, s) for prompt, level, n, s in CLUSTERS if BEACH in KEYWORDS[prompt]]
    n, s, q = (
        np.array([sum(each(*row) for row in rows if row[1] == level) for level in levels], np.int64)
        for each in (lambda _p, _l, n, _s: n, lambda _p, _l, _n, s: s, lambda _p, _l, n, _s: n * n)
    )
    of_prompts = np.bincount([row[0] for row in rows], [row[2] for row in rows])
    return Images(np.array(levels), n, s, q, np.zeros_like(n), int((of_prompts**2).sum()))


def rates(images: Images, known: Images) -> Rates:
    (found,) = of_subject(Models.of([fit(summarised(judgements()))]), [images], [known])
    return found


def test_images_that_the_model_was_fitted_to_do_not_count_twice() -> None:
    once, twice = rates(beach(), beach()), rates(beach(), NOTHING)
    assert (once.place_sd > 1.02 * twice.place_sd).all()
    assert (once.sd > twice.sd).all()


def test_several_parameters_at_once_are_as_each_alone() -> None:
    fitted = fit(summarised(judgements()))
    images, known = [beach(), beach((0, 1)), beach((2,))], [beach(), NOTHING, NOTHING]
    for place, together in enumerate(of_subject(Models.of([fitted] * 3), images, known)):
        (alone,) = of_subject(Models.of([fitted]), [images[place]], [known[place]])
        for name in ("effective_n", "prior", "mean", "sd", "place", "place_sd", "unknown", "departure"):
            assert np.allclose(getattr(together, name), getattr(alone, name), rtol=1e-12, atol=0), name


def test_a_level_that_the_model_has_not_met_is_the_least_known() -> None:
    images = beach()
    strange = Images(np.array([0, 1, UNSEEN]), images.n, images.s, images.q, images.stars, images.r)
    found, usual = rates(strange, NOTHING), rates(images, NOTHING)
    assert found.place_sd[2] > usual.place_sd[2]
    assert np.allclose(found.place_sd[:2], usual.place_sd[:2], rtol=0.05)


def test_without_a_subject_levels_are_measured_against_their_prompts() -> None:
    fitted = fit(summarised(judgements()))
    images = beach((0, 1))
    easy, hard = (of_everything(fitted, images, np.full(2, rate)) for rate in (0.8, 0.3))
    assert (easy.place < hard.place).all()
    found = best_of_each([easy], [[0, 1]])[0]
    assert abs(found.probability.sum() - 1.0) < 1e-6
    assert found.expected_regret > 0

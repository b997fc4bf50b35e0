"""Which value leads, what it is set against, and in which order equal ones stand."""

from pathlib import Path

import numpy as np
from library_factory import make_job, make_library, rating, selection
from questions import SAME, Event, about, ask

from learning_core.answers.breakdown import Levels
from learning_core.answers.contest import Contest, Ranked, ahead, contest
from learning_core.stats.grouping import Tally
from learning_core.stats.subject import Rates


def ranked(effective_n: list[float], prompts: list[int], place: list[float] | None = None) -> Ranked:
    """Return levels that stand in their order already, with places that fall from 0.8 on unless they are given."""
    size, nothing = np.array(effective_n), np.zeros(len(effective_n), np.int64)
    rate = 0.8 - 0.1 * np.arange(len(size)) if place is None else np.array(place)
    spread = np.full(len(size), 0.05)
    tally = Tally(nothing, nothing, nothing, np.array(prompts), nothing)
    levels = Levels([str(number) for number in range(len(size))], nothing, nothing, nothing, tally, nothing)
    return Ranked(levels, Rates(size, rate, rate, spread, rate, spread, spread, spread), list(range(len(size))))


def test_rivals_rest_on_enough_images_of_enough_prompts() -> None:
    assert contest(ranked([20.0, 20.0, 20.0, 9.0], [9, 4, 9, 9])) == Contest(0, [2], are_rivals=True)


def test_a_leader_without_enough_itself_has_no_rivals_but_the_next_value() -> None:
    assert contest(ranked([9.0, 20.0, 20.0], [9, 9, 9])) == Contest(0, [1], are_rivals=False)
    assert contest(ranked([20.0, 20.0, 20.0], [4, 9, 9])) == Contest(0, [1], are_rivals=False)


def test_values_on_next_to_nothing_are_passed_over() -> None:
    assert contest(ranked([1.0, 20.0, 2.0, 5.0], [9, 9, 9, 9])) == Contest(1, [3], are_rivals=False)
    assert contest(ranked([1.0, 20.0, 2.0], [9, 9, 9])) is None


def test_the_rival_that_is_least_surely_behind_decides_for_each_parameter() -> None:
    several = [
        ranked([30.0, 30.0, 30.0], [9, 9, 9], [0.8, 0.5, 0.4]),
        ranked([30.0, 30.0, 30.0], [9, 9, 9], [0.6, 0.3, 0.58]),
    ]
    contests = [(each, found) for each in several if (found := contest(each)) is not None]
    first, second = ahead(contests)
    assert (first.closest, second.closest) == (1, 2)
    assert first.claim.strength == "strong"
    assert second.claim.strength == "none"


def test_equal_values_stand_by_their_stars_before_their_names(tmp_path: Path) -> None:
    events: list[Event] = []
    for number in range(40):
        sampler = ("DDIM", "UniPC")[number % 2]
        job = make_job(number, **SAME | {"prompt_positive": f"beach {number // 2}", "sampler": sampler})
        events += [job, selection(job, "selected" if number // 2 % 2 else "rejected")]
        events += [rating(job, 5 if sampler == "UniPC" else 2)] if number < 10 else []
    found = about(ask(make_library(tmp_path, events), by=["sampler"]), "sampler")
    assert found.ranked[0].value == found.ranked[1].value
    assert [each.setting for each in found.ranked] == ["UniPC", "DDIM"]

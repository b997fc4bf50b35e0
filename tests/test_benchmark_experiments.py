"""The benchmark of plans runs, and what it rests on holds: costs, repeatability, and worlds without any difference."""

import json
from pathlib import Path

import pytest

from benchmarks.experiments import followers
from benchmarks.experiments.followers import follow
from benchmarks.experiments.null_worlds import false_winners
from benchmarks.experiments.person import PARAMETERS, Person
from benchmarks.experiments.run import main


def test_a_follower_spends_its_images_and_ends_the_same_each_time() -> None:
    path = follow(Person(3), followers.proposals, images=102)
    assert path == follow(Person(3), followers.proposals, images=102)
    spent = [images for images, _ in path]
    assert spent[0] == 0
    assert spent[-1] <= 102
    assert all(regret >= 0 for _, regret in path)


def test_the_best_settings_have_no_regret_and_a_world_without_effects_never_has_any() -> None:
    person = Person(5)
    assert person.regret(tuple(int(effect.argmax()) for effect in person.effects)) == 0.0
    assert Person(5, null=True).regret(tuple(0 for _ in PARAMETERS)) == 0.0


def test_a_true_difference_is_found_and_none_is_seldom_claimed() -> None:
    assert false_winners(4, 2, effect=1.5)[0] == 4
    assert false_winners(3, 2)[0] <= 1


@pytest.mark.slow
def test_a_winner_is_declared_in_at_most_three_of_a_hundred_worlds_without_one() -> None:
    for values in (2, 4):
        assert false_winners(300, values)[0] <= 9


@pytest.mark.slow
def test_the_benchmark_writes_its_figures(tmp_path: Path) -> None:
    main(["--worlds", "2", "--null-worlds", "2", "--without-optuna", "--json", str(tmp_path / "figures.json")])
    figures = json.loads((tmp_path / "figures.json").read_text("utf-8"))
    assert any(figure["name"] == "proposals / fixed order" for figure in figures)

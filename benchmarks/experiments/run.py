"""Measures proposals and conclusions: `python -m benchmarks.experiments [--worlds N] [--json FILE]`."""

import argparse
import importlib.util
import json
import sys
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from statistics import fmean

from benchmarks.experiments import followers
from benchmarks.experiments.followers import IMAGES, Chooser, follow
from benchmarks.experiments.null_worlds import false_winners
from benchmarks.experiments.peers import SAMPLERS, full_grid, optuna_regret
from benchmarks.experiments.person import Person
from benchmarks.quality.targets import Figure, Target, table

HISTORY = 150
CHOOSERS: dict[str, Chooser] = {
    "proposals": followers.proposals,
    "one-variable plans": followers.one_variable,
    "fixed order": followers.fixed_order,
    "random order": followers.random_order,
    "largest variance": followers.largest_variance,
}
NULL_VALUES = (2, 3, 4)


def main(given: Sequence[str] | None = None) -> None:
    """Read the arguments, measure, print the table and write the JSON file."""
    arguments = _arguments(given)
    if not arguments.without_optuna and importlib.util.find_spec("optuna") is None:
        sys.exit("Optuna is missing: pip install optuna torch, or leave it out with --without-optuna.")
    figures = [*_plans(arguments.worlds), *_with_history(arguments.worlds)]
    if not arguments.without_optuna:
        figures += list(_optuna(arguments.optuna_worlds, arguments.samplers))
    figures += _null(arguments.null_worlds)
    print(table(figures))
    if arguments.json:
        arguments.json.write_text(json.dumps([figure.as_json() for figure in figures], indent=2), encoding="utf-8")


def _arguments(given: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.experiments", description=__doc__)
    parser.add_argument("--worlds", type=int, default=200, help="simulated persons")
    parser.add_argument("--null-worlds", type=int, default=1000, help="worlds without any difference")
    parser.add_argument("--optuna-worlds", type=int, default=50, help="of these, those that Optuna works on too")
    parser.add_argument("--without-optuna", action="store_true", help="leave Optuna out")
    parser.add_argument("--samplers", nargs="+", choices=SAMPLERS, default=list(SAMPLERS), help="Optuna's samplers")
    parser.add_argument("--json", type=Path, help="write the figures there")
    return parser.parse_args(given)


def _mean(worlds: int, regret: Callable[[int], float], name: str) -> float:
    found = []
    for seed in range(worlds):
        print(f"\r{name}: world {seed + 1} of {worlds}  ", end="", file=sys.stderr)
        found.append(regret(seed))
    print(file=sys.stderr)
    return fmean(found)


def _regrets(worlds: int, history: int) -> dict[str, float]:
    return {
        name: _mean(worlds, lambda seed, way=way: follow(Person(seed), way, history=history)[-1][1], name)
        for name, way in CHOOSERS.items()
    }


def _plans(worlds: int) -> list[Figure]:
    """Regret after eight plans, from no knowledge at all, relative to a fixed order of plans."""
    subject = f"regret in stars after {IMAGES} images (eight plans), no history"
    found = _regrets(worlds, 0)
    grid = _mean(worlds, lambda seed: full_grid(Person(seed), IMAGES), "full grid")
    ratio = found["proposals"] / found["fixed order"]
    figures = [Figure(subject, name, value, of=worlds) for name, value in (found | {"full grid": grid}).items()]
    return [*figures, Figure(subject, "proposals / fixed order", ratio, Target(high=0.85), of=worlds)]


def _with_history(worlds: int) -> list[Figure]:
    """Regret after eight plans when casual images were rated before."""
    subject = f"regret in stars after {IMAGES} images, {HISTORY} casual images before"
    return [Figure(subject, name, value, of=worlds) for name, value in _regrets(worlds, HISTORY).items()]


def _optuna(worlds: int, samplers: Sequence[str]) -> Iterator[Figure]:
    """Regret of Optuna's samplers, which cannot learn from casual images, with as many new ones."""
    ours = _mean(worlds, lambda seed: follow(Person(seed), followers.proposals, history=HISTORY)[-1][1], "proposals")
    subject = f"Optuna: regret in stars after {IMAGES} images"
    yield Figure(subject, f"proposals with {HISTORY} casual images before", ours, of=worlds)
    for sampler in samplers:
        found = []
        for seed in range(worlds):
            print(f"\roptuna {sampler}: world {seed + 1} of {worlds}  ", end="", file=sys.stderr)
            found.append(optuna_regret(Person(seed), sampler, IMAGES, seed))
        print(file=sys.stderr)
        best, effects = (fmean(each) for each in zip(*found, strict=True))
        yield Figure(subject, f"{sampler}, best trial", best, of=worlds)
        yield Figure(subject, f"{sampler}, main effects of its trials", effects, of=worlds)
        lesser = min(best, effects)
        yield Figure(subject, f"proposals with history / {sampler}", ours / lesser, Target(high=1.0), of=worlds)


def _null(worlds: int) -> list[Figure]:
    """The share of worlds without a difference in which a winner is ever declared, with a look after each prompt."""
    subject = "worlds without any difference, 55 looks each"
    figures = []
    for values in NULL_VALUES:
        won, claimed = false_winners(worlds, values)
        figures.append(
            Figure(subject, f"{values} values: a winner declared", won / worlds, Target(high=0.03), of=worlds)
        )
        figures.append(Figure(subject, f"{values} values: any difference called", claimed / worlds, of=worlds))
    return figures

"""What people use instead: a full grid, and Optuna's samplers, on the same person and as many images."""

import warnings
from typing import Any

import numpy as np

from benchmarks.experiments.person import PARAMETERS, Person, Setting

SAMPLERS = ("tpe", "gp", "random")


def full_grid(person: Person, images: int) -> float:
    """Rate the cells of the full grid one after the other, and take the cell with the best stars; return its regret."""
    counts = [each.values for each in PARAMETERS]
    cells = [_cell(number, counts) for number in range(images)]
    stars = [person.rate([cell])[0] for cell in cells]
    return person.regret(cells[int(np.argmax(stars))])


def _cell(number: int, counts: list[int]) -> Setting:
    found = []
    for count in reversed(counts):
        number, place = divmod(number, count)
        found.append(place)
    return tuple(reversed(found))


def optuna_regret(person: Person, sampler: str, images: int, seed: int) -> tuple[float, float]:
    """Let Optuna choose each image; return the regret of its best trial, and of the main effects of its trials."""
    import optuna

    optuna.logging.set_verbosity(optuna.logging.ERROR)
    made: list[tuple[Setting, int]] = []

    def objective(trial: Any) -> float:
        setting = tuple(
            trial.suggest_int(each.name, 0, each.values - 1)
            if each.ordered
            else trial.suggest_categorical(each.name, list(range(each.values)))
            for each in PARAMETERS
        )
        made.append((setting, person.rate([setting])[0]))
        return float(made[-1][1])

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        study = optuna.create_study(direction="maximize", sampler=_sampler(optuna, sampler, seed))
        study.optimize(objective, n_trials=images)
    best = tuple(study.best_params[each.name] for each in PARAMETERS)
    return person.regret(best), person.regret(_main_effects(made))


def _sampler(optuna: Any, name: str, seed: int) -> Any:
    classes = {
        "tpe": optuna.samplers.TPESampler, "gp": optuna.samplers.GPSampler, "random": optuna.samplers.RandomSampler,
    }  # fmt: skip
    return classes[name](seed=seed)


def _main_effects(made: list[tuple[Setting, int]]) -> Setting:
    """Return, for each parameter, the value with the highest mean stars: fairer to a sampler than its best trial."""
    stars = np.array([each for _, each in made], np.float64)
    best = []
    for factor in range(len(PARAMETERS)):
        of_value = np.array([setting[factor] for setting, _ in made])
        tried = np.unique(of_value)
        means = [stars[of_value == value].mean() for value in tried]
        best.append(int(tried[int(np.argmax(means))]))
    return tuple(best)

"""Ways to choose what is tried next, each followed for as many images: ours, and what people do otherwise."""

from collections.abc import Callable, Sequence

import numpy as np
from msgspec.structs import replace

from benchmarks.experiments.person import PARAMETERS, Parameter, Person, Setting
from learning_core.plans.choice import IMAGE_VARIANCE, PROMPTS, Choice, Question, choices, screen_rows
from learning_core.stats.value_of_information import Belief, learned, prior_belief, promising

IMAGES = 384
"""Eight one-variable plans of four values and twelve prompts."""

Chooser = Callable[[dict[str, Question], int], Choice]
Path = list[tuple[int, float]]
"""Images spent and regret, after each plan."""


def proposals(questions: dict[str, Question], _: int) -> Choice:
    """Choose as `whatworks plan propose` does."""
    return choices(questions)[0]


def one_variable(questions: dict[str, Question], _: int) -> Choice:
    """Choose the one-variable plan of the highest expected gain."""
    return next(each for each in choices(questions) if not each.is_screen)


def fixed_order(questions: dict[str, Question], number: int) -> Choice:
    """Choose one parameter after the other, and begin anew after the last."""
    return _of(questions, PARAMETERS[number % len(PARAMETERS)].name)


def random_order(questions: dict[str, Question], number: int) -> Choice:
    """Choose any parameter, the same ones in each world."""
    dice = np.random.Generator(np.random.PCG64([number, 77]))
    return _of(questions, PARAMETERS[int(dice.integers(len(PARAMETERS)))].name)


def largest_variance(questions: dict[str, Question], _: int) -> Choice:
    """Choose the parameter that least is known of."""
    return _of(questions, max(questions, key=lambda name: float(questions[name].belief.sd.max())))


def _of(questions: dict[str, Question], name: str) -> Choice:
    question = questions[name]
    places = promising(question.belief, question.base, 3)
    return Choice({name: tuple(places.tolist())}, 0.0, PROMPTS, len(places) * PROMPTS)


def follow(person: Person, choose: Chooser, images: int = IMAGES, history: int = 0) -> Path:
    """Follow one way of choosing until the images are spent; regret is that of the values believed to be best."""
    questions = {
        each.name: _asked(each, prior_belief(each.values, each.sd, ordered=each.ordered), person.start[place])
        for place, each in enumerate(PARAMETERS)
    }
    if history:
        questions = _observed(questions, person.history(history))
    path: Path = [(0, person.regret(_believed(questions)))]
    spent = number = 0
    while spent < images:
        chosen = choose(questions, number)
        number += 1
        prompts = min(chosen.prompts, (images - spent) * chosen.prompts // chosen.images)
        if prompts < 1:
            break
        used = _try(person, questions, replace(chosen, prompts=prompts))
        spent += used
        path.append((spent, person.regret(_believed(questions))))
    return path


def _asked(parameter: Parameter, belief: Belief, base: int) -> Question:
    return Question(belief, base, screenable=parameter.name not in ("checkpoint", "lora"))


def _believed(questions: dict[str, Question]) -> Setting:
    return tuple(int(questions[each.name].belief.mean.argmax()) for each in PARAMETERS)


def _try(person: Person, questions: dict[str, Question], chosen: Choice) -> int:
    """Make and rate what was chosen, and learn from it; return how many images it took."""
    names = list(chosen.values)
    counts = [len(chosen.values[name]) for name in names]
    rows = screen_rows(len(names), counts) if chosen.is_screen else [(place,) for place in range(counts[0])]
    settings = [_setting(questions, chosen, names, row) for row in rows]
    stars = np.array([person.rate(settings) for _ in range(chosen.prompts)], np.float64)
    inside = stars - stars.mean(axis=1, keepdims=True)
    for factor, name in enumerate(names):
        of_level = np.array([row[factor] for row in rows])
        means = np.array([inside[:, of_level == level].mean() for level in range(counts[factor])])
        images = np.bincount(of_level, minlength=counts[factor]) * chosen.prompts
        _learn(questions, name, chosen.values[name], means, IMAGE_VARIANCE / images)
    return int(stars.size)


def _setting(questions: dict[str, Question], chosen: Choice, names: Sequence[str], row: Sequence[int]) -> Setting:
    setting = {name: question.base for name, question in questions.items()}
    setting |= {name: chosen.values[name][level] for name, level in zip(names, row, strict=True)}
    return tuple(setting[each.name] for each in PARAMETERS)


def _learn(
    questions: dict[str, Question], name: str, places: Sequence[int], means: np.ndarray, variances: np.ndarray
) -> None:
    belief = learned(questions[name].belief, np.array(places), means, variances)
    questions[name] = replace(questions[name], belief=belief, base=int(belief.mean.argmax()), tested=True)


def _observed(questions: dict[str, Question], history: Sequence[tuple[Setting, int]]) -> dict[str, Question]:
    """Learn from casual images: no prompts in common, so their spread counts too."""
    stars = np.array([each for _, each in history], np.float64)
    found = dict(questions)
    for factor, parameter in enumerate(PARAMETERS):
        of_value = np.array([setting[factor] for setting, _ in history])
        images = np.bincount(of_value, minlength=parameter.values)
        used = np.flatnonzero(images)
        means = np.array([stars[of_value == value].mean() for value in used])
        belief: Belief = questions[parameter.name].belief
        if len(used) > 1:
            belief = learned(belief, used, means, float(stars.var()) / images[used])
        found[parameter.name] = _asked(parameter, belief, int(belief.mean.argmax()))
    return found

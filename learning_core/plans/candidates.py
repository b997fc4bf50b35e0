"""What could be tested next in a library: parameters, values worth a look, and what is believed of each."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from msgspec import Struct
from msgspec.structs import replace

from learning_core.answers.answer import By, Setting
from learning_core.answers.what_works import what_works
from learning_core.errors import PlanRefused
from learning_core.index.columns import Column
from learning_core.index.snapshot import Snapshot
from learning_core.plans.attribution import Attribution, attribute
from learning_core.plans.choice import IMAGE_VARIANCE, Question
from learning_core.plans.filing import filed_plans
from learning_core.plans.folder import PlanFolder
from learning_core.plans.generation_config import GenerationConfig
from learning_core.plans.learning_plan import LearningPlan
from learning_core.plans.parameters import BY_NAME, Focus, Stage, checked_value
from learning_core.plans.rated_blocks import rated_blocks
from learning_core.plans.values import value_text
from learning_core.stats.difference_scale import SHARE_PER_POINT
from learning_core.stats.student import NORMAL_QUANTILE
from learning_core.stats.value_of_information import Belief, learned, prior_belief
from learning_core.text.names import same_name

SPREADS = {
    "checkpoint": 0.31, "steps": 0.25, "cfg_scale": 0.25, "denoising_strength": 0.25, "lora": 0.15, "sampler": 0.12,
    "size": 0.12, "scheduler": 0.05, "vae": 0.05,
}  # fmt: skip
"""Prior standard deviation of the effects of a parameter's values, in stars; assumed (statistics.md 5)."""

USUAL: dict[str, tuple[float, ...]] = {
    "steps": (12, 20, 28, 36, 48),
    "cfg_scale": (3.0, 4.5, 6.0, 7.5, 9.0),
    "denoising_strength": (0.3, 0.4, 0.5, 0.6, 0.7),
}
"""Values along a scale that are looked at besides those in use."""

LORA_WEIGHTS = (0.0, 0.3, 0.6, 0.9)
MOST_VALUES = 12
MOST_LORAS = 3
_OBSERVED = 50
_ASKED: tuple[By, ...] = (
    "checkpoint",
    "sampler",
    "scheduler",
    "steps",
    "cfg_scale",
    "size",
    "denoising_strength",
    "vae",
)


Tried = tuple[LearningPlan, Attribution]
"""A plan and the images of its steps."""


class Candidate(Struct, frozen=True, eq=False):
    """A parameter that could be tested: its values, canonical, and what is believed of them.

    `observed` and `in_plans` are how many judged images made for no plan, and how many rated ones of plans, the belief
    rests on: each image counts for one of them.
    """

    focus: Focus
    values: tuple[Any, ...]
    question: Question
    observed: int
    in_plans: int


def candidates(
    snapshot: Snapshot, folder: PlanFolder, base: GenerationConfig, subject: Any, stage: Stage
) -> dict[str, Candidate]:
    """Return what could be tested for a subject at a stage, by the name of its focus.

    What was merely observed removes at most half of the prior's variance, as other causes may be behind it; plans
    count in full.
    """
    plans = [(each.plan, attribute(snapshot, each.plan)) for each in filed_plans(snapshot, folder)[0]]
    planned = _rows(snapshot, plans)
    where = f"stage:{stage}" if _has(snapshot, stage) else ""
    answer = what_works(snapshot, subject, by=_ASKED, where=where, limit=_OBSERVED, without=planned)
    settings = {each.by: each.ranked for each in answer.parameters}
    found: dict[str, Candidate] = {}
    for name in SPREADS:
        parameter = BY_NAME[name]
        if stage not in parameter.stages:
            continue
        focus = Focus(stage, parameter)
        if name == "lora":
            found |= _loras(snapshot, focus, base, plans, planned)
            continue
        made = _candidate(focus, base, settings.get(name, []))  # type: ignore[call-overload]
        if made is not None:
            found[str(focus)] = _with_plans(made, plans)
    return found


def _rows(snapshot: Snapshot, plans: Sequence[Tried]) -> Column:
    """Return the rows of all images that were made for plans."""
    refs = {image.ref for _, found in plans for images in found.images.values() for image in images}
    return np.array(sorted(map(snapshot.ordinal, refs)), np.int64)


def _has(snapshot: Snapshot, stage: Stage) -> bool:
    return any(key == stage for key in snapshot.same_keys("stage").values())


def _candidate(focus: Focus, base: GenerationConfig, seen: Sequence[Setting]) -> Candidate | None:
    """Return a parameter with the value in use first among equals; None without a value in use and another."""
    in_use = base.value(focus)
    if in_use is None:
        return None
    name = focus.parameter.name
    of_value: dict[Any, Setting] = {}
    for setting in seen[:MOST_VALUES]:
        value = _read(focus, setting.setting)
        if value is not None:
            of_value.setdefault(value, setting)
    more = [checked_value(focus, value) for value in USUAL.get(name, ())]
    in_use = checked_value(focus, in_use)
    values = list(dict.fromkeys([in_use, *of_value, *more]))
    if name in USUAL:
        values.sort()
    if len(values) < 2:
        return None
    belief = prior_belief(len(values), SPREADS[name], ordered=name in USUAL)
    known = [place for place, value in enumerate(values) if value in of_value]
    belief = _observed(belief, known, [of_value[values[place]] for place in known])
    question = Question(belief, values.index(in_use), screenable=not focus.parameter.is_model)
    return Candidate(focus, tuple(values), question, sum(of_value[values[place]].n for place in known), 0)


def _read(focus: Focus, text: str) -> Any:
    """Return a value from its text in an answer, None for one that no plan may have."""
    try:
        number = float(text) if focus.parameter.kind in ("whole", "number") else text
        return checked_value(focus, number)
    except (PlanRefused, ValueError):
        return None


def _observed(belief: Belief, places: list[int], settings: Sequence[Setting]) -> Belief:
    if len(places) < 2:
        return belief
    means = np.array([each.value for each in settings]) / SHARE_PER_POINT
    errors = np.array([(each.high - each.low) / 2.0 / NORMAL_QUANTILE for each in settings]) / SHARE_PER_POINT
    least = np.diag(belief.covariance)[places]
    return learned(belief, np.array(places), means, np.maximum(errors**2, least))


def _loras(
    snapshot: Snapshot, focus: Focus, base: GenerationConfig, plans: Sequence[Tried], planned: Column
) -> dict[str, Candidate]:
    """Return one candidate for the weights of each LoRA in use, and for the most used others."""
    sets = snapshot.lora_sets()
    casual = np.setdiff1d(np.flatnonzero(snapshot.standing_jobs()), planned)
    counts = np.bincount(snapshot.column("lora_set")[casual], minlength=len(sets))
    of_lora: dict[str, int] = {}
    for number in np.flatnonzero(counts).tolist():
        for lora in {int(each) for each in sets.loras[sets.starts[number] : sets.starts[number + 1]]}:
            if lora:
                of_lora[sets.names[lora]] = of_lora.get(sets.names[lora], 0) + int(counts[number])
    names = sorted(of_lora, key=lambda name: (-of_lora[name], name))[:MOST_LORAS]
    names = list(dict.fromkeys([*(each.name for each in base.loras), *names]))
    found: dict[str, Candidate] = {}
    for name in names:
        weight = next((each.weight for each in base.loras if same_name(each.name) == same_name(name)), 0.0)
        weights = sorted({*LORA_WEIGHTS, weight})
        values = tuple(checked_value(focus, {"name": name, "weight": each}) for each in weights)
        belief = prior_belief(len(values), SPREADS["lora"], ordered=True)
        made = Candidate(
            focus, values, Question(belief, weights.index(weight), screenable=False), observed=0, in_plans=0
        )
        found[f"{focus} {name}"] = _with_plans(made, plans)
    return found


def _with_plans(candidate: Candidate, plans: Sequence[Tried]) -> Candidate:
    """Return a candidate with what the rated blocks of plans on it taught."""
    belief, images = candidate.question.belief, 0
    place_of = {value_text(value): place for place, value in enumerate(candidate.values)}
    for plan, attribution in plans:
        if str(candidate.focus) not in plan.focus_parameter.split("+"):
            continue
        of_variant = [_place(candidate, plan, value, place_of) for value in plan.variant_values]
        blocks = rated_blocks(plan, attribution)
        used = sorted({place for place in of_variant if place >= 0})
        if not blocks.cells or len(used) < 2:
            continue
        ratings = blocks.by_prompt()
        inside = ratings - ratings.mean(axis=1, keepdims=True)
        columns = [[variant for variant, place in enumerate(of_variant) if place == value] for value in used]
        means = np.array([float(inside[:, column].mean()) for column in columns])
        counts = np.array([len(column) * blocks.prompts for column in columns])
        belief = learned(belief, np.array(used), means, IMAGE_VARIANCE / counts)
        images += int(counts.sum())
    question = replace(candidate.question, belief=belief, tested=images > 0)
    return replace(candidate, question=question, in_plans=images)


def _place(candidate: Candidate, plan: LearningPlan, value: Any, place_of: Mapping[str, int]) -> int:
    if plan.design == "screen":
        value = value[str(candidate.focus)]
    return place_of.get(value_text(value), -1)

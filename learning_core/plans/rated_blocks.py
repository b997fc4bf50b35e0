"""The ratings of a plan as blocks: which prompts with seed are whole and controlled, and what their images got."""

from collections.abc import Sequence
from math import fsum

import numpy as np
from msgspec import Struct

from learning_core.plans.attribution import Attribution, StepImage, uncontrolled
from learning_core.plans.learning_plan import LearningPlan, LearningRunStep
from learning_core.stats.beta import Reals
from learning_core.stats.grouping import Counts
from learning_core.stats.stratified import Rows
from learning_core.text.wording import count, listed


class Cell(Struct, frozen=True):
    """The rated images of one variant in one block: how many, and their stars in sum."""

    rated: int
    stars: int

    @property
    def mean(self) -> float:
        """The mean of the stars, 1 to 5."""
        return self.stars / self.rated


class Blocks(Struct, frozen=True):
    """Whole blocks: `prompt` of each, and the cells of each by variant; `missing` says what keeps others out."""

    prompt: list[int]
    cells: list[list[Cell]]
    missing: list[str]

    @property
    def prompts(self) -> int:
        """How many prompts have a whole block."""
        return len(set(self.prompt))

    def by_prompt(self) -> Reals:
        """Return mean stars: a row for each prompt, ascending, a column for each variant."""
        rows = []
        for prompt in sorted(set(self.prompt)):
            own = [cells for number, cells in zip(self.prompt, self.cells, strict=True) if number == prompt]
            rows.append([fsum(cells[variant].mean for cells in own) / len(own) for variant in range(len(own[0]))])
        return np.array(rows, np.float64)

    def rows(self, first: Sequence[int], second: Sequence[int]) -> tuple[Rows, Counts]:
        """Return some variants as arm A and others as arm B, and the block of each row."""
        found = [
            (arm, prompt, cell.rated, cell.stars, block)
            for block, (prompt, cells) in enumerate(zip(self.prompt, self.cells, strict=True))
            for arm, variants in enumerate((first, second))
            for cell in _together([cells[variant] for variant in variants])
        ]
        columns = np.array(found, np.int64).reshape(-1, 5).T
        return Rows(*columns[:4]), columns[4]


def _together(cells: list[Cell]) -> list[Cell]:
    return [Cell(sum(each.rated for each in cells), sum(each.stars for each in cells))]


def rated_blocks(plan: LearningPlan, found: Attribution) -> Blocks:
    """Return the whole blocks of a plan in an order that depends on nothing but the plan."""
    size = len(plan.variant_values)
    prompts: list[int] = []
    cells: list[list[Cell]] = []
    unrated = 0
    loose: list[str] = []
    for start in range(0, len(found.steps), size):
        steps = sorted(found.steps[start : start + size], key=lambda step: step.variant_index)
        whole, varying = _block(plan, steps, found)
        if whole is None:
            unrated += 1
        elif varying:
            loose.append(f"prompt {steps[0].prompt_index + 1} ({listed(varying)})")
        else:
            prompts.append(steps[0].prompt_index)
            cells.append(whole)
    return Blocks(prompts, cells, _missing(found, unrated, loose))


def _block(plan: LearningPlan, steps: list[LearningRunStep], found: Attribution) -> tuple[list[Cell] | None, list[str]]:
    """Return the cells of a block, None unless all are rated, and the settings that vary against the plan."""
    images = [[image for image in found.images.get(step.step_id, ()) if image.rated] for step in steps]
    if not all(images):
        return None, []
    varying = uncontrolled((image for each in images for image in each), varied_names(plan))
    return [_cell(each) for each in images], varying


def varied_names(plan: LearningPlan) -> list[str]:
    """Return the names under which the varied settings stand in a configuration."""
    shared = {"size": ["width", "height"], "lora": ["loras"]}
    names: list[str] = []
    for focus in plan.foci:
        one = focus.parameter
        names += shared.get(one.name, [one.name if one.shared else str(focus)])
    return names


def _cell(images: list[StepImage]) -> Cell:
    return Cell(sum(image.rated for image in images), sum(image.stars for image in images))


def _missing(found: Attribution, unrated: int, loose: list[str]) -> list[str]:
    without = sum(not found.images.get(step.step_id) for step in found.steps)
    silent = sum(
        bool(found.images.get(step.step_id)) and not any(image.rated for image in found.images[step.step_id])
        for step in found.steps
    )
    missing = [f"{count(without, 'step')} without an image"] if without else []
    missing += [f"{count(silent, 'step')} without a rating"] if silent else []
    missing += [f"{count(unrated, 'block')} not whole, so left out"] if unrated else []
    missing += [f"not controlled: {listed(loose)} varies besides the focus"] if loose else []
    wrong = [each for each in found.not_taken if each.step is not None and not found.images.get(each.step.step_id)]
    missing += [f"not controlled: {each.ref}: {each.reason}" for each in wrong]
    return missing

"""Writing a plan in the form that another program takes: one file, or a folder of files."""

from collections.abc import Iterator, Sequence
from io import BytesIO
from pathlib import Path
from typing import Literal

import orjson
from pydantic import BaseModel

from learning_core.errors import TargetRefused
from learning_core.exports.tables import write_table
from learning_core.new_file import new_file, refuse_taken
from learning_core.plans.learning_plan import LearningPlan, LearningRunStep
from learning_core.plans.steps import steps_of
from learning_core.recipes import comfyui, prompts_file, rows, stablenew
from learning_core.recipes.infotext import grid_paste
from learning_core.recipes.step_jobs import step_job

PlanFormat = Literal["a1111", "prompts", "comfyui", "comfyui-workflow", "stablenew", "csv", "json", "jobs"]
FOLDERS = frozenset({"comfyui", "stablenew", "jobs"})
"""Formats that are a folder of files."""


class PlanExported(BaseModel):
    """What was written: the file or folder, how many files and images, and what a person has to do by hand."""

    path: str
    format: PlanFormat
    files: int
    images: int
    by_hand: list[str] = []


def export_plan(plan: LearningPlan, form: PlanFormat, target: Path, *, replace: bool = False) -> PlanExported:
    """Write a plan; every file appears when it is whole, and none that is there is touched unless `replace`.

    Raises NotExpressible for what the format has no words for, TargetRefused.
    """
    steps = steps_of(plan)
    files = list(_files(plan, steps, form))
    paths = [target / name if form in FOLDERS else target for name, _ in files]
    if form in FOLDERS and target.is_file():
        raise TargetRefused(target, "it is a file, and this format is a folder of files")
    for path in paths:
        refuse_taken(path, replace=replace)
    for path, (_, content) in zip(paths, files, strict=True):
        with new_file(path, replace=replace) as file:
            file.write(content)
    by_hand = _by_hand(plan, form)
    return PlanExported(path=str(target), format=form, files=len(files), images=len(steps), by_hand=by_hand)


def plan_bytes(plan: LearningPlan, form: PlanFormat) -> bytes:
    """Return the content of a format that is one file; raises NotExpressible, TargetRefused for a folder."""
    if form in FOLDERS:
        raise TargetRefused(Path("-"), "this format is a folder of files; name a folder")
    ((_, content),) = _files(plan, steps_of(plan), form)
    return content


def _files(plan: LearningPlan, steps: Sequence[LearningRunStep], form: PlanFormat) -> Iterator[tuple[str, bytes]]:
    """Yield name and content of each file; the name of a single one is not used."""
    if form == "a1111":
        yield "", grid_paste(plan, steps).encode() + b"\n"
    elif form == "prompts":
        yield "", "".join(f"{line}\n" for line in prompts_file.prompt_lines(plan, steps)).encode()
    elif form == "comfyui":
        yield from ((f"{_number(step, steps)}.json", _indented(comfyui.step_graph(step))) for step in steps)
    elif form == "comfyui-workflow":
        yield "", _indented(comfyui.whole_request(plan, steps))
    elif form == "stablenew":
        yield from _stablenew(plan)
    elif form == "csv":
        yield "", _csv(plan, steps)
    elif form == "json":
        yield "", rows.plan_document(plan, steps)
    else:
        yield from ((f"job-{_number(step, steps)}.json", step_job(plan, step).encoded()) for step in steps)


def _stablenew(plan: LearningPlan) -> Iterator[tuple[str, bytes]]:
    made = stablenew.workspaces(plan)
    for each in made:
        yield f"{each.experiment_id}/meta.json", stablenew.encoded(each.meta)
        yield f"{each.experiment_id}/session.json", stablenew.encoded(each.session)
    yield "index.json", stablenew.encoded(stablenew.index_of(made))


def _csv(plan: LearningPlan, steps: Sequence[LearningRunStep]) -> bytes:
    file = BytesIO()
    write_table(file, rows.COLUMNS, (rows.step_row(plan, step) for step in steps), "csv")
    return file.getvalue()


def _number(step: LearningRunStep, steps: Sequence[LearningRunStep]) -> str:
    return str(step.position).zfill(max(3, len(str(len(steps)))))


def _indented(value: object) -> bytes:
    return orjson.dumps(value, option=orjson.OPT_INDENT_2 | orjson.OPT_APPEND_NEWLINE)


def _by_hand(plan: LearningPlan, form: PlanFormat) -> list[str]:
    if form == "a1111":
        return ["Paste the text into the prompt box and press the arrow below Generate: it sets the grid, too."]
    if form == "prompts":
        return ["Choose the script Prompts from file or textbox.", *prompts_file.left_to_set(plan)]
    if form == "comfyui":
        return ["Drop a file on ComfyUI's page; where models are named otherwise there, choose them in the loaders."]
    if form == "comfyui-workflow":
        return ["Send it to the server: curl --json @FILE http://127.0.0.1:8188/prompt"]
    if form == "stablenew":
        return ["Copy the folders into StableNew's data/learning/experiments, and their entries into its index.json."]
    return []

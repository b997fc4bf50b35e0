"""`whatworks plan run`: make the images of a plan on a server that the person names."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import click

from server.cli.ending import FAILED
from server.cli.options import examples, json_option, with_library
from server.terminal.output import print_json, print_text, remark, shown
from server.terminal.progress import log_bar

if TYPE_CHECKING:
    from learning_core.library import Library
    from learning_core.plans.learning_plan import LearningPlan
    from learning_core.recipes.outputs import Kept
    from server.runners.address import Address
    from server.runners.image_server import ImageServer
    from server.runners.run import Todo

PATIENCE = 600.0
LARGEST_FILE = 16 * 1024 * 1024


@click.command(
    "run",
    short_help="Make a plan's images on ComfyUI or A1111.",
    epilog=examples("whatworks plan run PLAN --comfyui http://127.0.0.1:8188 --yes"),
)
@click.argument("named", metavar="PLAN")
@click.option("--comfyui", metavar="URL", help="Address of a ComfyUI.")
@click.option("--a1111", metavar="URL", help="Address of an A1111, Forge or SD.Next with its API switched on.")
@click.option("--resume", is_flag=True, help="Go on where an earlier run ended.")
@click.option("--yes", is_flag=True, help="Do not ask before the first image.")
@click.option("--elsewhere", is_flag=True, help="Allow a server on another computer: prompts go there.")
@click.option(
    "--workflow",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="Use this ComfyUI workflow of yours (API form) and set only what the plan sets.",
)
@click.option(
    "--patience", type=click.FloatRange(min=0.1), default=PATIENCE, show_default=True, help="Seconds for one image."
)
@json_option
@with_library
def command(
    library: "Library",
    named: str,
    comfyui: str | None,
    a1111: str | None,
    workflow: Path | None,
    patience: float,
    *,
    resume: bool,
    yes: bool,
    elsewhere: bool,
    as_json: bool,
) -> int:
    """Make the images of a plan that are missing, one after the other.

    PLAN is the id of a plan, or the file of a job that `whatworks plan export --jobs` wrote. Only the address
    that you name is called: no redirects, no proxies. Each image is written into the library's own folder and
    logged with plan and step before the next is asked for, so Ctrl-C or a fault loses nothing: --resume makes
    what is missing, and nothing twice.
    """
    from learning_core.recipes.input_image import keep_input
    from server.runners.address import address
    from server.runners.run import alone

    if (comfyui is None) == (a1111 is None):
        raise click.UsageError("Name one server: --comfyui URL or --a1111 URL.")
    if workflow is not None and comfyui is None:
        raise click.UsageError("--workflow is for ComfyUI.")
    program = "ComfyUI" if comfyui is not None else "A1111"
    where = address(comfyui or a1111 or "", elsewhere=elsewhere)
    plan, only = _plan(library, named)
    _refuse_when_off(library, plan)
    with alone(library, plan):
        todo = _look(library, plan, only, resume=resume)
        if not todo.missing:
            return _tell(plan, todo, [], as_json=as_json)
        with _server(program, where, workflow, patience) as server:
            server.prepare(plan, todo.missing, keep_input(library.root, plan))
            _confirm(todo, server, where, yes=yes)
            if only is None:
                _note_start(library, plan)
            made = _make(library, plan, todo, server, again=_again(named, program, where, elsewhere=elsewhere))
    return _tell(plan, todo, made, as_json=as_json)


def _plan(library: "Library", named: str) -> "tuple[LearningPlan, str | None]":
    """Return the plan, and the step when a job's file is named."""
    from learning_core.errors import PlanRefused
    from learning_core.recipes.step_jobs import read_job
    from server.cli.plans.named import find_plan

    path = Path(named)
    if path.suffix.casefold() != ".json" or not path.is_file():
        return find_plan(library, named), None
    if path.stat().st_size > LARGEST_FILE:
        raise PlanRefused(f"{path} is larger than {LARGEST_FILE // 1024 // 1024} MB")
    job = read_job(path.read_bytes(), str(path))
    return job.plan, job.step.step_id


def _look(library: "Library", plan: "LearningPlan", only: str | None, *, resume: bool) -> "Todo":
    from learning_core.recipes.outputs import has_run
    from server.runners.run import look

    todo = look(library, plan, only)
    if todo.adopted:
        remark(f"Taken over from a run that was ended: {_images(len(todo.adopted))}.")
    if todo.done and todo.missing and has_run(library, plan) and not resume:
        there = f"{todo.done} of {_images(len(todo.steps))} are there already"
        raise click.UsageError(f"{there}; --resume makes the other {len(todo.missing)}.")
    return todo


@contextmanager
def _server(program: str, where: "Address", workflow: Path | None, patience: float) -> Iterator["ImageServer"]:
    from server.runners.a1111 import A1111
    from server.runners.comfyui import ComfyUI
    from server.runners.connection import Connection

    with Connection(program, where) as connection:
        if program == "A1111":
            yield A1111(connection, patience=patience)
        elif workflow is None:
            yield ComfyUI(connection, patience=patience)
        else:
            from learning_core.importers.carriers import read_text_file
            from learning_core.recipes.own_workflow import OwnWorkflow

            own = OwnWorkflow(read_text_file(workflow))
            yield ComfyUI(connection, patience=patience, make_graph=own.graph)


def _confirm(todo: "Todo", server: "ImageServer", where: "Address", *, yes: bool) -> None:
    import sys

    place = "" if where.is_loopback else " This is another computer: prompts and settings go there."
    question = f"Make {_images(len(todo.missing))} on {server.name}?{place}"
    if yes:
        return
    if not sys.stdin.isatty():
        raise click.UsageError(f"{question} Say so with --yes.")
    click.confirm(question, abort=True, err=True)


def _refuse_when_off(library: "Library", plan: "LearningPlan") -> None:
    from learning_core.errors import PlanRefused
    from learning_core.modes import read_modes

    if read_modes(library.root).of(prompt_pack=plan.prompt_pack) == "off":
        raise PlanRefused("learning is off here; `whatworks plan mode passive` turns it on")


def _note_start(library: "Library", plan: "LearningPlan") -> None:
    from learning_core.plans.filing import filed_plan, note_action
    from learning_core.plans.folder import PlanFolder
    from server.clock import new_event_id, now

    filed = library.ask(lambda snapshot: filed_plan(snapshot, PlanFolder(library.root), plan.plan_id))
    if filed.status != "started":
        note_action(library, plan, "started", now=now(), event_id=new_event_id())


def _make(library: "Library", plan: "LearningPlan", todo: "Todo", server: "ImageServer", *, again: str) -> "list[Kept]":
    """Make what is missing; whatever ends it early, say how far it got and how to go on."""
    from learning_core.errors import WhatworksError
    from server.clock import now
    from server.runners.run import run_steps

    made: list[Kept] = []
    try:
        with log_bar("Making images", worth=1) as progress:
            for kept in run_steps(library, plan, todo, server, now=now, progress=progress):
                made.append(kept)
                if kept.remark:
                    remark(f"{shown(kept.path.name)} does not count for its step: {shown(kept.remark)}")
    except (WhatworksError, KeyboardInterrupt, OSError):
        remark(f"{todo.done + len(made)} of {_images(len(todo.steps))} are there. To go on: {shown(again)}")
        raise
    return made


def _again(named: str, program: str, where: "Address", *, elsewhere: bool) -> str:
    import shlex

    words = ["whatworks", "plan", "run", named, f"--{program.casefold()}", str(where), "--resume"]
    return shlex.join([*words, "--elsewhere"] if elsewhere else words)


def _tell(plan: "LearningPlan", todo: "Todo", made: "list[Kept]", *, as_json: bool) -> int:
    off = [kept for kept in made if kept.remark]
    if as_json:
        print_json({
            "plan_id": plan.plan_id,
            "steps": len(todo.steps),
            "made": [{"ref": kept.ref, "path": str(kept.path), "remark": kept.remark} for kept in made],
            "were_there": todo.done,
        })  # fmt: skip
    elif made:
        print_text(f"{_images(len(made))} made, {todo.done} were there. Next: whatworks plan show {plan.plan_id}")
    else:
        print_text(f"All {_images(len(todo.steps))} are there. Next: whatworks plan show {plan.plan_id}")
    return FAILED if off else 0


def _images(number: int) -> str:
    from learning_core.text.wording import count

    return count(number, "image")

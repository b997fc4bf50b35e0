"""Running a plan: every missing step once, in its order, each image kept and logged before the next is asked for."""

from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager, suppress

from msgspec import Struct

from learning_core.errors import ImageServerError, NotThatServer, PlanRefused, TargetRefused, Unreadable
from learning_core.library import Library
from learning_core.log import lock
from learning_core.plans.folder import PlanFolder
from learning_core.plans.learning_plan import LearningPlan, LearningRunStep
from learning_core.plans.steps import steps_of
from learning_core.recipes.outputs import Kept, Ran, adopt_outputs, finished_steps, keep_output
from server.runners.image_server import ImageServer
from server.runners.png_texts import with_texts

Progress = Callable[[int, int], None]


class Todo(Struct, frozen=True):
    """What a run has to do: all steps, those that are missing, and what was taken over from a run that was ended."""

    steps: list[LearningRunStep]
    missing: list[LearningRunStep]
    adopted: list[Kept]

    @property
    def done(self) -> int:
        """How many steps have an image."""
        return len(self.steps) - len(self.missing)


def look(library: Library, plan: LearningPlan, only: str | None = None) -> Todo:
    """Return what is missing of a plan, or of one of its steps; images that were kept but not logged are logged now."""
    steps = [step for step in steps_of(plan) if only in (None, step.step_id)]
    if not steps:
        raise PlanRefused(f"the plan {plan.plan_id} has no step {only}")
    finished = finished_steps(library, plan)
    adopted = adopt_outputs(library, plan, [step for step in steps if step.step_id not in finished])
    if adopted:
        finished = finished_steps(library, plan)
    return Todo(steps, [step for step in steps if step.step_id not in finished], adopted)


def run_steps(
    library: Library,
    plan: LearningPlan,
    todo: Todo,
    server: ImageServer,
    *,
    now: Callable[[], float],
    progress: Progress | None = None,
) -> Iterator[Kept]:
    """Yield the images of the missing steps as they come home; `now` gives epoch seconds.

    Whatever ends it early, the steps so far are in the log and the others are untouched; a step that was handed in
    when a person interrupts is taken back. Raises ImageServerError, NotExpressible, TargetRefused, LogError.
    """
    for number, step in enumerate(todo.missing, todo.done):
        if progress is not None:
            progress(number, len(todo.steps))
        yield _run(library, plan, step, server, now)
    if progress is not None:
        progress(len(todo.steps), len(todo.steps))


def _run(
    library: Library, plan: LearningPlan, step: LearningRunStep, server: ImageServer, now: Callable[[], float]
) -> Kept:
    started = now()
    try:
        made = server.make(step)
    except KeyboardInterrupt:
        with suppress(ImageServerError):
            server.cancel(step)
        raise
    ran = Ran(made.started, made.ended) if made.ended is not None else Ran(started, now())
    try:
        return keep_output(library, plan, step, with_texts(made.content, made.texts), ran)
    except Unreadable as error:
        raise NotThatServer(server.name, f"{error}, for image {step.position}") from error


@contextmanager
def alone(library: Library, plan: LearningPlan) -> Iterator[None]:
    """Keep other runs of the same plan out; raises PlanRefused at once where one is going on."""
    folder = PlanFolder(library.root).folder(plan.plan_id)
    with ExitStack() as stack:
        try:
            folder.mkdir(parents=True, exist_ok=True, mode=0o700)
            stack.enter_context(lock.held(folder / "run.lock", 0.0))
        except lock.HeldByOthers as error:
            raise PlanRefused(f"another run of {plan.plan_id} is going on ({error.holder}); let it end") from error
        except OSError as error:
            raise TargetRefused(folder, error.strerror or str(error)) from error
        yield

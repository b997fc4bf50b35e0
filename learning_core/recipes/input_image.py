"""The image that a plan starts from: kept with the plan, so that all its steps start from the same one."""

import hashlib
from pathlib import Path

from learning_core.errors import PlanRefused
from learning_core.importers.carriers import HEAD_BYTES, format_of
from learning_core.new_file import new_file
from learning_core.plans.folder import PlanFolder
from learning_core.plans.learning_plan import LearningPlan
from learning_core.recipes.outputs import ENDINGS, HASH_DIGITS

LARGEST_INPUT = 64 * 1024 * 1024
INPUT = "input"


def read_input(path: Path) -> bytes:
    """Return the bytes of an input image; raises PlanRefused for what is none, so that nothing else is sent."""
    try:
        with path.open("rb") as file:
            content = file.read(LARGEST_INPUT + 1)
    except OSError as error:
        raise PlanRefused(f"base_config.input_image: {path} cannot be read: {error.strerror or error}") from error
    if format_of(content[:HEAD_BYTES]) is None or len(content) > LARGEST_INPUT:
        raise PlanRefused(f"base_config.input_image: {path} is no image of at most {LARGEST_INPUT // 1024**2} MB")
    return content


def keep_input(library_root: Path, plan: LearningPlan) -> Path | None:
    """Return the plan's own copy of its input image, made now where there is none; None for a plan without one.

    The first copy stays, whatever becomes of the file that it was made from. Raises PlanRefused, TargetRefused.
    """
    named = plan.base_config.input_image
    if named is None:
        return None
    folder = PlanFolder(library_root).folder(plan.plan_id) / INPUT
    kept = [path for path in sorted(folder.glob("*")) if path.suffix in ENDINGS.values() and path.is_file()]
    if kept:
        return kept[0]
    content = read_input(Path(named))
    form = format_of(content[:HEAD_BYTES])
    assert form is not None  # noqa: S101  read_input refuses what is no image
    path = folder / f"{hashlib.sha256(content).hexdigest()[:HASH_DIGITS]}{ENDINGS[form]}"
    with new_file(path) as file:
        file.write(content)
    return path

"""Plans as a person names them."""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from learning_core.library import Library
    from learning_core.plans.learning_plan import LearningPlan


def find_plan(library: "Library", named: str) -> "LearningPlan":
    """Return the plan with this id, or the only one that begins so; raises UnknownPlan, PlanConflict, PlanRefused."""
    from learning_core.plans.filing import filed_plan
    from learning_core.plans.folder import PlanFolder

    return library.ask(lambda snapshot: filed_plan(snapshot, PlanFolder(library.root), named)).plan

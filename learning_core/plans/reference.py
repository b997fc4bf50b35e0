"""References of plans in answers: `plan:` and what sets the id apart."""

import re

from learning_core.errors import UnknownPlan
from learning_core.index.snapshot import Snapshot
from learning_core.plans.filing import Filed, filed_plan
from learning_core.plans.folder import PlanFolder
from learning_core.plans.learning_plan import PREFIX

SCHEME = "plan:"
_DERIVED = re.compile(rf"{PREFIX}[0-9a-f]{{16}}")


def reference_of(plan_id: str) -> str:
    """Return `plan:0123456789abcdef` for an id that was derived from a design, `plan:` and the id for another one."""
    return SCHEME + (plan_id.removeprefix(PREFIX) if _DERIVED.fullmatch(plan_id) else plan_id)


def referenced_plan(snapshot: Snapshot, folder: PlanFolder, written: str) -> Filed:
    """Return a plan by its reference, its id, or the beginning of one; raises as `filed_plan`."""
    name = written.strip().removeprefix(SCHEME)
    if not written.strip().startswith(SCHEME):
        return filed_plan(snapshot, folder, name)
    for plan_id in (PREFIX + name, name):
        try:
            return filed_plan(snapshot, folder, plan_id)
        except UnknownPlan:
            continue
    raise UnknownPlan(written)

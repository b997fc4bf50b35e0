"""References of plans in answers: `plan:` and what sets the id apart."""

import re

from learning_core.plans.learning_plan import PREFIX

SCHEME = "plan:"
_DERIVED = re.compile(rf"{PREFIX}[0-9a-f]{{16}}")


def reference_of(plan_id: str) -> str:
    """Return `plan:0123456789abcdef` for an id that was derived from a design, `plan:` and the id for another one."""
    return SCHEME + (plan_id.removeprefix(PREFIX) if _DERIVED.fullmatch(plan_id) else plan_id)

"""Building a judgement out of fields of uncertain quality: what only accompanies it may be unknown."""

from collections.abc import Mapping
from typing import Any

from pydantic import ValidationError

from learning_core.errors import Unreadable
from learning_core.model.judgement import JUDGEMENTS, AnyJudgement

_ACCOMPANYING = frozenset({
    "recorded_at", "source", "rater", "origin", "derived_value", "subscores", "context_flags",
    "rating_schema_version", "soft_score", "lineage_depth", "scale_maximum",
})  # fmt: skip
"""Fields without which a judgement still says the same; without any other it would say something else."""


def judgement_of(content: Mapping[str, Any]) -> tuple[AnyJudgement, tuple[str, ...]]:
    """Return the judgement and remarks on accompanying fields that became unknown.

    Raises Unreadable, which names the field, when the kind is unknown or what is said cannot be used.
    """
    kind = content.get("kind")
    model = JUDGEMENTS.get(kind) if isinstance(kind, str) else None
    if model is None:
        raise Unreadable("an unknown kind of event", field="kind")
    try:
        return model.model_validate(content), ()
    except ValidationError as error:
        problems = error.errors(include_input=False, include_url=False)
    bad = sorted({str(problem["loc"][0]) for problem in problems})
    for problem in problems:
        if problem["loc"][0] not in _ACCOMPANYING:
            raise Unreadable(problem["msg"].lower(), field=".".join(map(str, problem["loc"])))
    kept = {name: value for name, value in content.items() if name not in bad}
    return model.model_validate(kept), tuple(f"{name}: value not usable, treated as unknown" for name in bad)

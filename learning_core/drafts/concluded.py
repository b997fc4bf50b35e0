"""What a plan's conclusion lets a draft claim: its value for one setting, with the figures of the plan's own images."""

from collections.abc import Mapping
from typing import Any

from msgspec import Struct

from learning_core.answers.answer import By, Strength
from learning_core.drafts.claims import CARRIES, FIELD_OF, NEUTRAL, known_to_do_better, setting_text
from learning_core.drafts.draft import Ground, Question
from learning_core.drafts.evidence import Known, figures_of, known_of
from learning_core.errors import DraftRefused, UnknownValue
from learning_core.index.snapshot import Snapshot
from learning_core.plans.conclude import conclude
from learning_core.plans.conclusion import LearningRunResult
from learning_core.plans.learning_plan import LearningPlan
from learning_core.plans.parameters import Focus, Parameter, focus_of
from learning_core.plans.values import VariantValue, value_text
from learning_core.text.names import number_text, same_name
from learning_core.text.wording import listed

STAGE = "txt2img"
"""The stage that the settings of a preset are for."""

CONTROLLED = "Controlled by"
"""How the sentence of a plan's conclusion begins."""

_LORA = "lora"
_FASTER = ("best_among_equals", "equivalent")


class Concluded(Struct, frozen=True):
    """A plan that may speak for a preset, what came of it, the value to take, and what is known of the checkpoint.

    `known` is what the images of the plan say alone, `in_all` what those of the whole library say.
    """

    plan: LearningPlan
    result: LearningRunResult
    best: VariantValue
    known: Known
    in_all: Known

    @property
    def checkpoint(self) -> str:
        """The checkpoint that the plan held fixed."""
        return self.plan.base_config.checkpoint or ""

    @property
    def by(self) -> By:
        """The setting that the plan varied."""
        return _by(self.plan.foci[0].parameter)

    @property
    def strength(self) -> Strength:
        """How sure the difference is; none where the values are practically the same."""
        return self.result.strength if self.result.verdict in ("difference", "best_among_equals") else "none"

    @property
    def refs(self) -> list[str]:
        """References of the rated images with the value to take, in the order of the plan."""
        wanted = self.plan.variant_values.index(self.best)
        return [
            ref for step in self.result.steps if step.variant_index == wanted and step.rated for ref in step.outputs
        ]

    def rating(self, preset: Mapping[str, Any]) -> str:
        """Return the highest rating that the conclusion carries for a preset that has the value to take."""
        others = [each for each in known_to_do_better(self.in_all, preset) if each.by != self.by]
        return NEUTRAL if others else CARRIES[self.strength]

    def changes(self) -> dict[str, Any]:
        """Return the value to take as typed changes of a preset."""
        if isinstance(self.best, Mapping):
            return {"lora_overlays": {str(self.best["name"]): float(self.best["weight"])}}
        if self.by == "size":
            return {"resolution": [int(side) for side in str(self.best).split("x")]}
        return {FIELD_OF[self.by]: self.best}

    def ground(self, before: Mapping[str, Any] | None) -> Ground:
        """Return what the change of a preset rests on; `before` is None for a new one.

        Raises DraftRefused when the preset's own value is practically the same and no slower.
        """
        present = None if before is None else self._present(before)
        if present is not None and self._is_as_good(present):
            raise DraftRefused(f"{present} is practically the same and no slower: {self._plain()}")
        if present is not None and same_name(present) == same_name(value_text(self.best)):
            present = None
        others = listed(_held_otherwise(self.plan, before or {}, self.by))
        aside = f" The plan held fixed what the preset has otherwise: {others}." if others else ""
        proposed = value_text(self.best)
        return Ground(
            by=self.by,
            strength=self.strength,
            tier=self.result.tier,
            sentence=f"{CONTROLLED} {self.plan.plan_id}: {self.result.summary}{aside}",
            proposed=None if self.by == _LORA else figures_of(self.known.candidate(self.by, proposed)),
            present=None if present is None or self.by == _LORA else figures_of(self.known.candidate(self.by, present)),
        )

    def _present(self, before: Mapping[str, Any]) -> str | None:
        if not isinstance(self.best, Mapping):
            return setting_text(self.by, before)
        name = str(self.best["name"])
        overlays = before.get("lora_overlays") or []
        weight = next((each["weight"] for each in overlays if same_name(each["name"]) == same_name(name)), 0.0)
        return f"{name}@{number_text(float(weight))}"

    def _is_as_good(self, present: str) -> bool:
        """Tell whether the preset's value is among the equals, and the plan does not take another one for its time."""
        if self.result.verdict not in _FASTER:
            return False
        if not any(same_name(value_text(each)) == same_name(present) for each in self.result.equal_values):
            return False
        times = {same_name(value_text(each.value)): each.seconds for each in self.result.values}
        own, other = times.get(same_name(value_text(self.best))), times.get(same_name(present))
        return own is None or other is None or own >= other

    def _plain(self) -> str:
        return self.result.summary.rstrip(".")


def concluded_plan(snapshot: Snapshot, plan: LearningPlan) -> Concluded:
    """Return what a plan's ratings support now; raises DraftRefused, with what is missing, when that is no preset's."""
    _refuse_unfit(plan)
    result = conclude(snapshot, plan)
    if result.verdict in ("insufficient", "inconclusive") or result.best_value is None:
        raise DraftRefused(f"{plan.plan_id} does not conclude: {result.summary.rstrip('.')}")
    question = Question(checkpoint=plan.base_config.checkpoint or "")
    in_all = known_of(snapshot, question)
    try:
        known = known_of(snapshot, question.model_copy(update={"where": f"experiment:{plan.plan_id}"}))
    except UnknownValue:
        # Its images were logged before it was filed, so that none names it.
        known = in_all
    return Concluded(plan, result, result.best_value, known, in_all)


def _refuse_unfit(plan: LearningPlan) -> None:
    """Refuse plans whose conclusion could never stand in a preset, whatever their ratings say."""
    name = plan.plan_id
    if plan.design == "screen":
        raise DraftRefused(
            f"{name} is a screen, which takes effects to add up; confirm one of them with a plan of its own"
        )
    focus = plan.foci[0]
    if focus.parameter.is_model:
        raise DraftRefused(f"{name} compares models, which is a preference under its settings and none of a preset's")
    if plan.base_config.checkpoint is None:
        raise DraftRefused(f"{name} leaves the checkpoint open, so it speaks for no checkpoint's preset")
    if (focus.stage != STAGE and not focus.parameter.shared) or focus.parameter.name not in (*FIELD_OF, _LORA):
        raise DraftRefused(f"no preset holds {focus}")


def _by(parameter: Parameter) -> By:
    found: dict[str, By] = {each: each for each in (*FIELD_OF, "lora")}
    return found[parameter.name]


def _held_otherwise(plan: LearningPlan, before: Mapping[str, Any], varied: By) -> list[str]:
    """Return the settings that a plan held fixed at another value than a preset has, as `cfg_scale 5`."""
    found = []
    for by in FIELD_OF:
        held, stands = plan.base_config.value(_focus(by)), setting_text(by, before)
        text = None if held is None else value_text(held)
        if by != varied and text is not None and stands is not None and same_name(text) != same_name(stands):
            found.append(f"{by} {text}")
    return found


def _focus(by: By) -> Focus:
    return focus_of(f"{STAGE}.{by}")

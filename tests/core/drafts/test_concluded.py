"""A plan's conclusion becomes a draft: on its own controlled images, with no more than it concludes, or not at all."""

from pathlib import Path
from typing import Any

import pytest
from concluded_plan import BASE, finish, plan_of
from drafted_library import AUTHOR, MODEL, drafted_library
from library_factory import START, make_job

from learning_core.drafts.folder import DraftFolder
from learning_core.drafts.proposing import draft_again, draft_from_plan, draft_preset_update
from learning_core.drafts.view import DraftView
from learning_core.errors import DraftRefused, UnknownPlan
from learning_core.library import Library
from learning_core.plans.learning_plan import LearningPlan, new_plan
from learning_core.plans.reference import reference_of


def ask(library: Library, plan: LearningPlan, **how: Any) -> DraftView:
    return draft_from_plan(library, plan.plan_id, **{"reason": "the plan", "author": AUTHOR, "at": START, **how})


def changed(view: DraftView) -> dict[str, Any]:
    return {
        each.field.rpartition(".")[2]: each.after for each in view.changes if not each.field.startswith("learning_")
    }


@pytest.fixture(scope="module")
def library(tmp_path_factory: pytest.TempPathFactory) -> Library:
    """A library in which a plan found cfg 5 to be better than 8."""
    made = drafted_library(tmp_path_factory.mktemp("concluded"))
    finish(made, plan_of("cfg_scale", (5.0, 8.0)), (5, 2))
    return made


def test_what_a_plan_concludes_is_drafted_with_the_figures_of_its_own_images(library: Library) -> None:
    plan = plan_of("cfg_scale", (5.0, 8.0))
    made = ask(library, plan)
    assert changed(made) == {"cfg": 5, "source": "local_learning"}
    (ground,) = made.evidence.grounds
    assert (ground.by, ground.strength, ground.tier) == ("cfg_scale", "strong", "experiment_strong")
    assert ground.proposed is not None
    assert (ground.proposed.value, ground.proposed.n, ground.proposed.good) == ("5", 12, 12)
    assert ground.sentence.startswith(f"Controlled by {plan.plan_id}: txt2img.cfg_scale 5 makes the difference")
    assert "held fixed what the preset has otherwise: steps 25." in ground.sentence
    assert len(made.evidence.refs) == 12
    assert made.evidence.question.where == f"experiment:{plan.plan_id}"
    named = draft_preset_update(
        library, MODEL, reason="the plan", author=AUTHOR, at=START, evidence=[reference_of(plan.plan_id)]
    )
    assert named.ref == made.ref
    assert draft_again(library, made.ref, author=AUTHOR, at=START).ref == made.ref
    assert DraftFolder(library.root).read(made.ref).request.plan == plan.plan_id


def test_the_rating_rises_unless_another_value_is_known_to_do_better(library: Library, tmp_path: Path) -> None:
    assert "rating" not in changed(ask(library, plan_of("cfg_scale", (5.0, 8.0))))
    alone = drafted_library(tmp_path, [make_job(1, model=MODEL)])
    plan = finish(alone, plan_of("cfg_scale", (5.0, 8.0)), (5, 2))
    assert changed(ask(alone, plan))["rating"] == "best"


def test_a_new_preset_holds_what_the_plan_held_fixed(library: Library) -> None:
    made = changed(ask(library, plan_of("cfg_scale", (5.0, 8.0)), preset="new"))
    assert (made["sampler"], made["steps"], made["cfg"], made["resolution"]) == ("Euler a", 25, 5, [832, 1216])


@pytest.mark.parametrize(
    ("seconds", "said"), [((6.0, 10.0), None), ((10.0, 10.0), "practically the same and no slower")]
)
def test_an_equal_value_is_drafted_only_for_its_time(
    seconds: tuple[float, float], said: str | None, tmp_path: Path
) -> None:
    library = drafted_library(tmp_path)
    plan = finish(library, plan_of("steps", (20, 30), prompts=40), (4, 4), seconds)
    if said is not None:
        with pytest.raises(DraftRefused, match=said):
            ask(library, plan)
        return
    made = ask(library, plan)
    assert changed(made) == {"steps": 20, "source": "local_learning"}
    assert made.strength == "none"
    assert "practically the same" in made.evidence.grounds[0].sentence


def test_the_weight_of_a_lora_becomes_an_overlay(tmp_path: Path) -> None:
    library = drafted_library(tmp_path)
    values = [{"name": "add-detail-xl", "weight": weight} for weight in (0.2, 0.8)]
    made = ask(library, finish(library, plan_of("lora", values), (2, 5)))
    assert changed(made)["weight"] == 0.8
    assert made.evidence.grounds[0].by == "lora"


REFUSED: dict[str, tuple[LearningPlan, str]] = {
    "insufficient": (plan_of("cfg_scale", (5.0, 8.0), prompts=3), "does not conclude: Insufficient"),
    "open": (plan_of("cfg_scale", (4.0, 9.0), prompts=7), "does not conclude: Not settled"),
    "models": (plan_of("checkpoint", (MODEL, "other")), "compares models"),
    "no checkpoint": (
        plan_of("steps", (20, 30), BASE.model_copy(update={"checkpoint": None})), "leaves the checkpoint open"
    ),
    "no field": (plan_of("vae", ("a", "b")), "no preset holds"),
    "screen": (
        new_plan(
            design="screen", focus_parameter="txt2img.steps+txt2img.cfg_scale", base_config=BASE, prompts=["a"],
            seeds=(1,), variant_values=({"txt2img.steps": 20, "txt2img.cfg_scale": 5.0},
                                        {"txt2img.steps": 30, "txt2img.cfg_scale": 8.0}),
        ), "is a screen",
    ),
}  # fmt: skip


@pytest.mark.parametrize("case", REFUSED)
def test_what_carries_no_preset_is_refused_with_the_reason(case: str, tmp_path: Path) -> None:
    library = drafted_library(tmp_path)
    plan, said = REFUSED[case]
    finish(library, plan, ("4352435", "3425342") if case == "open" else (5, 2))
    with pytest.raises(DraftRefused, match=said):
        ask(library, plan)
    assert not list(DraftFolder(library.root).all())


def test_a_plan_stands_alone_and_speaks_for_its_own_checkpoint(library: Library) -> None:
    plan = plan_of("cfg_scale", (5.0, 8.0))
    usual: dict[str, Any] = {"reason": "r", "author": AUTHOR, "at": START, "evidence": [plan.plan_id]}
    with pytest.raises(DraftRefused, match="name it alone"):
        draft_preset_update(library, MODEL, **usual, changes={"steps": 20})
    (library.root.parent / "models" / "other.safetensors").write_bytes(b"weights")
    with pytest.raises(DraftRefused, match="was made with coastlineXL_v3, so it says nothing of other"):
        draft_preset_update(library, "other", **usual)
    with pytest.raises(UnknownPlan):
        draft_from_plan(library, "plan-0000", reason="r", author=AUTHOR, at=START)

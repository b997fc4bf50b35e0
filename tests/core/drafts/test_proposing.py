"""Drafts claim what the evidence carries and no more; they are immutable, counted, and never touch a sidecar."""

import json
from pathlib import Path
from typing import Any

import pytest
from drafted_library import AUTHOR, MODEL, PROFILE, SIDECAR, drafted_library, propose
from library_factory import make_job, rating, reference

from learning_core.answers.what_works import what_works
from learning_core.drafts import proposing
from learning_core.drafts.folder import DraftFolder
from learning_core.drafts.proposing import draft_again
from learning_core.drafts.waiting import list_drafts, read_draft, withdraw_draft
from learning_core.errors import (
    BadCursor,
    DraftDamaged,
    DraftRefused,
    ProfileUnusable,
    UnknownDraft,
    UnknownReference,
    UnknownTarget,
)
from learning_core.library import Library


@pytest.fixture(scope="module")
def shared(tmp_path_factory: pytest.TempPathFactory) -> Library:
    """A library whose drafts nobody counts."""
    return drafted_library(tmp_path_factory.mktemp("shared"))


@pytest.fixture
def library(tmp_path: Path) -> Library:
    return drafted_library(tmp_path)


def sidecar(library: Library) -> Path:
    return library.root.parent / "models" / SIDECAR


def fields(view: Any) -> dict[str, Any]:
    return {each.field.rpartition(".")[2]: each.after for each in view.changes}


def test_without_changes_what_surely_leads_is_proposed_with_the_figures(shared: Library) -> None:
    before = sidecar(shared).read_bytes()
    made = propose(shared)
    assert fields(made) == {
        "rating": "best", "source": "local_learning", "sampler": "DPM++ 2M", "runs_observed": 72, "mean_rating": 3.83,
        "updated_at": "2025-10-09T10:04:32Z",
    }  # fmt: skip
    assert made.summary == f"model:{MODEL}, preset p1: rating good → best, sampler Euler a → DPM++ 2M."
    (ground,) = made.evidence.grounds
    assert (ground.by, ground.strength, ground.tier) == ("sampler", "strong", "review_only")
    assert ground.proposed is not None
    assert ground.present is not None
    assert (ground.proposed.value, ground.proposed.n, ground.proposed.good) == ("DPM++ 2M", 36, 32)
    assert (ground.present.value, ground.present.n, ground.present.good) == ("Euler a", 36, 12)
    assert made.status == "pending"
    assert sidecar(shared).read_bytes() == before


def test_the_figures_are_those_of_the_answer(shared: Library) -> None:
    with shared.snapshot() as snapshot:
        answer = what_works(snapshot, "beach", where=f"checkpoint:{MODEL}", by=["sampler"])
    best = answer.parameters[0].ranked[0]
    (ground,) = propose(shared).evidence.grounds
    assert ground.proposed is not None
    assert (best.setting, best.n, best.good) == (ground.proposed.value, ground.proposed.n, ground.proposed.good)


def test_the_same_content_is_the_same_draft_whoever_asks_and_when(shared: Library) -> None:
    first = propose(shared, reason="the very same")
    again = propose(shared, reason=" the very  same ", at=2e9, author=AUTHOR.model_copy(update={"client": "other"}))
    assert again == first
    assert again.author == "draft_preset_update (a test)"
    assert propose(shared, reason="another reason").ref != first.ref


REFUSED: list[tuple[dict[str, Any], str]] = [
    ({"changes": {"steps": 50}}, "no judged image of coastlineXL_v3 has steps 50. Judged are 30: 44 of 72 good"),
    ({"changes": {"rating": "best"}}, "needs a strong lead of one of the preset's values, and the surest is none"),
    ({"changes": {"rating": "better"}}, "needs a moderate lead"),
    ({"changes": {"sampler": "Euler a"}}, "says all of this already"),
    ({"changes": {"scheduler": None}}, "speaks for taking scheduler Karras away"),
    ({"changes": {"steps": "30"}}, "/recommended_presets/0/steps must be a whole number"),
    ({"changes": {"steps": 0}}, "it must lie from 1 to 150"),
    ({"changes": {"steps": True}}, "must be a whole number"),
    ({"changes": {"cfg": float("nan")}}, "must"),
    ({"changes": {"rating": "superb"}}, "must be one of bad, neutral, good, better, best"),
    ({"changes": {"sampler": "DPM++ 2M\x1b[2J"}}, "control or invisible"),
    ({"changes": {"resolution": [833, 1216]}}, "multiples of 8"),
    ({"changes": {"lora_overlays": {"film": 0.6}}}, "does not carry that film does better than no LoRA"),
    ({"changes": {"lora_overlays": 0.6}}, "give the weight of each LoRA by name"),
    ({"changes": {"model_name": "other"}}, "model_name is no field that a draft may change here"),
    ({"changes": {"learning_summary": {}}}, "learning_summary is no field that a draft may change here"),
    ({"preset": "p9"}, "has no preset 'p9'; there are p1"),
    ({"reason": " "}, "it needs a reason"),
    ({"reason": "x" * 501}, "at most 500"),
]


@pytest.mark.parametrize(("how", "said"), REFUSED, ids=[str(each[0])[:60] for each in REFUSED])
def test_what_the_evidence_does_not_carry_is_refused_with_the_figures(
    how: dict[str, Any], said: str, shared: Library
) -> None:
    with pytest.raises(DraftRefused) as refused:
        propose(shared, **how)
    assert said in str(refused.value)


def test_a_preset_of_the_worse_value_is_refused_even_when_new(shared: Library) -> None:
    with pytest.raises(DraftRefused, match=r"sampler Euler a is known to do worse.*Euler a: 12 of 36 good.*strong"):
        propose(shared, preset="new", changes={"sampler": "Euler a"})


def test_a_rating_falls_only_while_another_value_is_known_to_do_better(shared: Library) -> None:
    assert fields(propose(shared, changes={"rating": "bad"}))["rating"] == "bad"
    with pytest.raises(DraftRefused, match="the rating cannot fall from good to bad"):
        propose(shared, changes={"rating": "bad", "sampler": "DPM++ 2M"})


def test_without_a_sure_lead_no_tier_rises_and_no_judged_value_is_replaced(tmp_path: Path) -> None:
    library = drafted_library(tmp_path)
    thin = "take 1"
    with pytest.raises(DraftRefused, match=r"DPM\+\+ 2M.*Euler a.*needed: moderate or better"):
        propose(library, where='"take 1"', subject="", changes={"sampler": "DPM++ 2M"}, reason=thin)
    made = propose(library, where='"take 1"', subject="", reason=thin)
    assert "only learning_summary" in made.summary
    assert made.strength == "none"


def test_a_model_without_a_sidecar_gets_a_new_one_beside_it(tmp_path: Path) -> None:
    library = drafted_library(tmp_path, with_sidecar=False)
    made = propose(library)
    assert (made.target, made.sidecar) == (f"model:{MODEL}", SIDECAR)
    assert fields(made)["sampler"] == "DPM++ 2M"
    assert fields(made)["rating"] == "best"
    assert made.unified.startswith(f"--- {SIDECAR} (now)\n")
    assert made.summary == (
        f"model:{MODEL}, a new profile with the preset learned: rating best, sampler DPM++ 2M, scheduler Karras, "
        "steps 30, cfg 6.5, resolution 832x1216."
    )
    assert not sidecar(library).exists()


def test_a_lora_gets_a_pairing_at_a_weight_that_was_used(tmp_path: Path) -> None:
    events: list[Any] = []
    settings = {"sampler": "Euler a", "scheduler": "Karras", "steps": 30, "cfg_scale": 6.5, "model": MODEL}
    for number in range(60):
        lora = " <lora:film:0.6>" if number % 2 else ""
        job = make_job(number, prompt_positive=f"harbour, take {number // 2}{lora}", **settings)
        events += [job, rating(job, 5 if lora else 2)]
    library = drafted_library(tmp_path, events)
    (tmp_path / "models" / "film.safetensors").write_bytes(b"lora")
    made = propose(library, target="lora:film", subject="", changes={"model": MODEL})
    assert (made.sidecar, made.strength) == ("film.loraprofile.json", "strong")
    assert (fields(made)["rating"], fields(made)["weight"], fields(made)["runs_observed"]) == ("best", 0.6, 30)
    assert made.summary == f"lora:film, a new profile, together with {MODEL}: rating best, weight 0.6."
    overlay = propose(library, subject="", changes={"lora_overlays": {"film": 0.6}})
    assert fields(overlay)["name"] == "film"
    assert overlay.summary == f"model:{MODEL}, preset p1: LoRA film none → 0.6."
    with pytest.raises(DraftRefused, match=r"no judged image of coastlineXL_v3 has film at 1.2. Judged are"):
        propose(library, target="lora:film", subject="", changes={"model": MODEL, "weight": 1.2})
    with pytest.raises(DraftRefused, match="carries the rating best for film with coastlineXL_v3, not bad"):
        propose(library, target="lora:film", subject="", changes={"model": MODEL, "rating": "bad"})
    with pytest.raises(DraftRefused, match="says with which checkpoint"):
        propose(library, target="lora:film", changes={})
    with pytest.raises(DraftRefused, match="no judged image with unheard"):
        propose(library, target="lora:film", changes={"model": "unheard"})


@pytest.mark.parametrize(
    "target",
    ["../coastlineXL_v3", "/etc/passwd", "model:../models/x", "C:\\x", "", "model:", "nobody", "a\0b"],
)
def test_no_path_comes_from_a_model(target: str, shared: Library) -> None:
    # `../coastlineXL_v3` is the name coastlineXL_v3 with a folder, which is dropped as everywhere.
    if target in ("../coastlineXL_v3",):
        assert propose(shared, target=target).target == f"model:{MODEL}"
        return
    with pytest.raises(UnknownTarget):
        propose(shared, target=target)


def test_no_configured_folder_means_no_target(tmp_path: Path) -> None:
    library = drafted_library(tmp_path)
    (library.root / "model_folders.json").unlink()
    with pytest.raises(UnknownTarget, match="no folder of models is configured"):
        propose(library)


def test_a_sidecar_that_cannot_be_used_is_not_taken_for_none(library: Library) -> None:
    sidecar(library).write_text('{"kind": "model_profile", "version": 2}')
    with pytest.raises(ProfileUnusable, match="version"):
        propose(library)


def test_evidence_names_records_of_this_checkpoint(shared: Library, tmp_path: Path) -> None:
    ref = reference(make_job(1))
    assert propose(shared, evidence=[ref], reason="with a record").evidence.refs == [ref]
    with pytest.raises(UnknownReference):
        propose(shared, evidence=["rec:0123456789abcdef"])
    library = drafted_library(tmp_path)
    library.append([make_job(900, model="other")], durable=False)
    with pytest.raises(DraftRefused, match="was made with other"):
        propose(library, evidence=[reference(make_job(900))])
    with pytest.raises(DraftRefused, match="at most 20"):
        propose(library, evidence=[f"rec:{number:016x}" for number in range(21)])


def test_a_draft_goes_stale_with_its_base_and_is_asked_for_again(library: Library) -> None:
    first = propose(library)
    sidecar(library).write_text(json.dumps(PROFILE | {"x_user_note": "edited by hand"}, indent=2))
    assert read_draft(library, first.ref).status == "stale"
    again = draft_again(library, first.ref, author=AUTHOR, at=3e9)
    assert again.ref != first.ref
    assert (again.status, fields(again)) == ("pending", fields(first))
    sidecar(library).write_bytes(json.dumps(PROFILE, indent=4).encode())
    assert read_draft(library, first.ref).status == "pending"


def test_at_most_so_many_drafts_wait_and_a_withdrawn_one_makes_room(
    library: Library, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(proposing, "PENDING_DRAFTS", 2)
    first, second = propose(library, reason="one"), propose(library, reason="two")
    with pytest.raises(DraftRefused, match="2 drafts wait for a person already"):
        propose(library, reason="three")
    assert propose(library, reason="two") == second
    gone = withdraw_draft(library, first.ref, reason="no more", actor="a test", at=4e9)
    assert gone.status == "withdrawn"
    assert withdraw_draft(library, first.ref, reason="again", actor="a test", at=4e9) == gone
    assert propose(library, reason="three").status == "pending"
    assert propose(library, reason="one").status == "withdrawn"


def test_lists_go_page_by_page_and_by_status(library: Library) -> None:
    made = [propose(library, reason=f"number {number}", at=1e9 + number) for number in range(3)]
    withdraw_draft(library, made[0].ref, reason="no more", actor="a test", at=4e9)
    page = list_drafts(library, limit=2)
    assert [each.ref for each in page.items] == [made[2].ref, made[1].ref]
    assert (page.shown, page.total) == (2, 3)
    rest = list_drafts(library, limit=2, cursor=page.next_cursor)
    assert [each.ref for each in rest.items] == [made[0].ref]
    assert rest.next_cursor == ""
    assert [each.ref for each in list_drafts(library, status="withdrawn").items] == [made[0].ref]
    with pytest.raises(BadCursor):
        list_drafts(library, cursor="draft:0000000000000000")


def test_a_draft_that_was_changed_on_the_disk_is_no_draft_any_more(library: Library) -> None:
    made = propose(library)
    (path,) = (library.root / "drafts").glob("*.json")
    assert path.stat().st_mode & 0o777 == 0o600
    path.write_bytes(path.read_bytes().replace(b"DPM++ 2M", b"DPM++ 9M"))
    with pytest.raises(DraftDamaged):
        read_draft(library, made.ref)
    assert list_drafts(library).total == 0
    assert len(DraftFolder(library.root).damaged()) == 1


@pytest.mark.parametrize("ref", ["draft:0123456789abcdef", "draft:../../x", "draft:*", "rec:0123456789abcdef", ""])
def test_an_unknown_draft_is_named(ref: str, shared: Library) -> None:
    with pytest.raises(UnknownDraft):
        read_draft(shared, ref)

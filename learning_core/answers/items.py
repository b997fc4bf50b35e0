"""Records in full: settings, prompts, judgements, where they came from."""

from collections.abc import Mapping, Sequence
from functools import lru_cache
from typing import Any, Literal

import orjson

from learning_core.answers.answer import Item, Items, JudgementLine
from learning_core.index.features import SOURCES, values_of
from learning_core.index.judged import Standing
from learning_core.index.snapshot import Snapshot
from learning_core.text.names import number_text
from learning_core.text.wording import count, moment, name

CONCISE_CHARACTERS = 600
FULL_CHARACTERS = 4_000
EVENTS_SHOWN = 20
IMAGES_SHOWN = 10
_RAW_FIELDS = ("model", "sampler", "scheduler", "vae", "steps", "cfg_scale", "denoising_strength")
_SHOWN = (
    "checkpoint", "lora", "sampler", "scheduler", "steps", "cfg_scale", "seed", "size", "vae", "denoising_strength",
    "hires_fix", "stage", "clip_skip", "distilled_cfg_scale", "runtime",
)  # fmt: skip
_SHOWN_SOURCES = [source for source in SOURCES if {"lora_set", *_SHOWN} & set(source.columns)]
_RAW_NAME = {"model": "checkpoint"}


def get_items(snapshot: Snapshot, refs: Sequence[str], *, detail: Literal["concise", "full"] = "concise") -> Items:
    """Return records by reference; raises UnknownReference. `full` shows longer texts and all settings."""
    limit = FULL_CHARACTERS if detail == "full" else CONCISE_CHARACTERS
    items = [_item(snapshot, ref, limit) for ref in dict.fromkeys(refs)]
    return Items(
        summary=f"{count(len(items), 'record')}." if len(items) != 1 else _sentence(items[0]),
        items=items,
        notes=[
            *snapshot.notes,
            *(["Some texts are cut; detail full shows more."] if any(item.truncated for item in items) else []),
        ],
        next="what_works compares settings over all records; search_records finds similar ones.",
    )


def settings_of(job: Mapping[str, Any]) -> dict[str, str]:
    """Return the canonical settings of a job that are known, as texts, in a fixed order."""
    values: dict[str, str | None] = {field: value.display for field, value in values_of(job, _SHOWN_SOURCES).items()}
    values["lora"] = _loras(values.get("lora_set"))
    values["seed"] = _seed(job.get("seed"))
    for field in ("clip_skip", "distilled_cfg_scale"):
        values[field] = number_text(job[field]) if job.get(field) is not None else None
    runtime = job.get("total_runtime_sec")
    values["runtime"] = f"{number_text(runtime)} s" if runtime is not None else None
    return {field: shown for field in _SHOWN if (shown := values.get(field))}


def _seed(seed: int | None) -> str | None:
    """A negative seed is a request for a random one: which was used is unknown."""
    return None if seed is None or seed < 0 else str(seed)


@lru_cache(maxsize=1_024)
def _loras(text: str | None) -> str | None:
    if text is None:
        return None
    uses = [name if weight is None else f"{name}@{number_text(weight)}" for name, weight in orjson.loads(text)]
    return ", ".join(uses) or "none"


def _item(snapshot: Snapshot, ref: str, limit: int) -> Item:
    job = snapshot.job(ref)
    standing = snapshot.standing(ref)
    events = snapshot.events(ref)
    in_force = snapshot.in_force(ref)
    cut: list[str] = []
    experiment = job.get("experiment") or {}
    settings = settings_of(job)
    if len(events) > EVENTS_SHOWN:
        cut.append(f"judgements ({EVENTS_SHOWN} of {len(events)})")
    if len(job.get("output_paths") or []) > IMAGES_SHOWN:
        cut.append(f"images ({IMAGES_SHOWN} of {len(job['output_paths'])})")
    return Item(
        ref=ref,
        job_id=_cut(job["job_id"], 200, "job_id", cut) or "",
        settings={name: _cut(value, 200, name, cut) or "" for name, value in settings.items()},
        raw=_raw(job, settings),
        positive_prompt=_cut(job.get("prompt_positive"), limit, "positive_prompt", cut),
        negative_prompt=_cut(job.get("prompt_negative"), limit, "negative_prompt", cut),
        rating=rating_of(standing),
        selection=selection_of(standing),
        tags=sorted(standing.tags)[:50],
        note=_cut(note_of(events), limit, "note", cut),
        judgements=[
            _judgement(content, stands=content["event_id"] in in_force) for content, _ in events[-EVENTS_SHOWN:]
        ],
        images=[_cut(path, 300, "images", cut) or "" for path in (job.get("output_paths") or [])[:IMAGES_SHOWN]],
        source=_cut(" ".join(filter(None, (job.get("source_tool"), job.get("source_version")))), 100, "source", cut)
        or None,
        experiment=_cut(experiment_text(experiment), 200, "experiment", cut),
        truncated=cut,
    )


def _cut(text: str | None, limit: int, name: str, cut: list[str]) -> str | None:
    if text is None or len(text) <= limit:
        return text
    cut.append(f"{name} ({limit} of {len(text)} characters)")
    return text[:limit] + "…"


def _raw(job: Mapping[str, Any], settings: Mapping[str, str]) -> dict[str, str]:
    raw = {}
    for field in _RAW_FIELDS:
        name = _RAW_NAME.get(field, field)
        if job.get(field) is not None and str(job[field]) != settings.get(name) and name in settings:
            text = str(job[field])
            if not (isinstance(job[field], float) and number_text(job[field]) == settings[name] and len(text) < 6):
                raw[name] = text[:200]
    return raw


def rating_of(standing: Standing) -> float | None:
    """Return the stars that stand, 1 to 5: the mean if several images were rated."""
    stars = standing.stars
    return round(sum(stars) / len(stars), 2) if stars else None


def selection_of(standing: Standing) -> Literal["selected", "rejected", "mixed", "none"]:
    """Return the selection that stands over all images of a job."""
    verdicts = set(standing.picks)
    if len(verdicts) == 2:
        return "mixed"
    return "none" if not verdicts else "selected" if True in verdicts else "rejected"


def note_of(events: list[tuple[dict[str, Any], bool]]) -> str | None:
    """Return the note that stands, given the events of a job with whether each was not undone."""
    notes = [content.get("text") for content, stands in events if content["kind"] == "note" and stands]
    return notes[-1] or None if notes else None


def experiment_text(experiment: Mapping[str, Any]) -> str | None:
    """Return an experiment in words, None for none."""
    if not experiment:
        return None
    name = experiment.get("display_name") or experiment["experiment_id"]
    value = experiment.get("focus_value")
    tested = experiment["focus_parameter"] + (f" = {value}" if value is not None else "")
    return f"{name}: {tested} ({experiment.get('evidence', 'unproven')})"


def _judgement(content: Mapping[str, Any], *, stands: bool) -> JudgementLine:
    return JudgementLine(
        event_id=str(content["event_id"])[:120],
        kind=content["kind"],
        stands=stands,
        text=event_text(content)[:300],
        recorded_at=moment(content.get("recorded_at")),
    )


def event_text(content: Mapping[str, Any]) -> str:
    """Return what an event says in words."""
    kind = content["kind"]
    if kind == "rating":
        source = content.get("score_source", "human")
        derived = content.get("derived_value")
        return (
            f"{content['value']} of 5"
            + (f", {source}" if source != "human" else "")
            + (f", producer's blend {number_text(derived)}" if derived is not None else "")
        )
    if kind == "curation":
        score = content.get("soft_score")
        soft = f", soft score {number_text(score)}" if score is not None else ""
        return f"{content['decision']}{soft} ({content.get('evidence_class', 'observational')})"
    if kind == "tags":
        return ", ".join(
            [f"+{tag}" for tag in content.get("tags", [])] + [f"-{tag}" for tag in content.get("removed", [])]
        )
    if kind == "selection":
        return str(content["verdict"])
    if kind == "undo":
        return f"takes back {content['undone_event_id']}"
    if kind == "validation":
        return f"score {content.get('score')} of {content.get('scale_maximum', 100)}, passed {content.get('passed')}"
    if kind == "withdrawal":
        return "withdrawn by its producer" if content["withdrawn"] else "put back by its producer"
    return str(content["action"] if kind == "plan" else content.get("text", ""))


def _sentence(item: Item) -> str:
    judged = f"rated {item.rating:g}" if item.rating is not None else "not rated"
    checkpoint = name(item.settings.get("checkpoint", "checkpoint unknown"))
    return f"{item.ref}: {checkpoint}, {judged}, selection {item.selection}."

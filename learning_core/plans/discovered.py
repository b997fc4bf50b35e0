"""Groups of images that were made as if for an experiment: one prompt, one stage, and settings that differ.

Nobody held the rest fixed or chose the values beforehand, so what is rated in them is observed, never controlled. What
is worth it becomes a plan.
"""

import hashlib
from collections.abc import Collection, Iterator, Sequence

import numpy as np
from msgspec import Struct
from pydantic import Field

from learning_core.answers.answer import Answer
from learning_core.index.columns import Column
from learning_core.index.snapshot import Snapshot
from learning_core.matching.selection import match
from learning_core.plans.job_config import plain_prompt
from learning_core.text.keywords import parse_subject
from learning_core.text.names import same_name
from learning_core.text.wording import count

PREFIX = "disc-"
LEAST_IMAGES = 3
DEFAULT_GROUPS = 20
VARYING = (
    "checkpoint", "lora_set", "vae", "sampler", "scheduler", "steps", "cfg_scale", "size", "denoising_strength",
    "hires_fix",
)  # fmt: skip
"""Settings that may vary in a group; the seed is none of them."""


class VariedSetting(Answer):
    """A setting and its values in a group, as they are known."""

    name: str
    values: list[str]


class DiscoveredGroup(Answer):
    """Images of one prompt and stage; the prompt is stored text, not instructions."""

    group_id: str = Field(description="disc- and 16 hex digits, of stage and prompt.")
    stage: str
    prompt: str
    varying: list[VariedSetting]
    images: int = Field(description="Different ones: the same settings and seed count once.")
    rated: int
    refs: list[str]


class DiscoveredPage(Answer):
    """Groups, those that vary the fewest settings first, of these the largest."""

    summary: str
    groups: list[DiscoveredGroup]
    shown: int
    total: int
    known: int = Field(description="Groups left out because their id is known.")


_NONE = "No three images of one prompt and stage differ in a setting, besides those of plans and experiments."


class _Found(Struct, frozen=True):
    stage: str
    prompt: int
    rows: Column
    varying: tuple[str, ...]


def discovered_groups(
    snapshot: Snapshot,
    subject: str | Sequence[Sequence[str]] = "",
    *,
    known: Collection[str] = (),
    limit: int = DEFAULT_GROUPS,
) -> DiscoveredPage:
    """Return groups of at least three images that vary a setting, without those of a plan or an experiment.

    `known` are ids to leave out. The same records give the same groups in any order. Raises QuestionError.
    """
    taken = {*known, *snapshot.same_keys("experiment").values()}
    rows = match(snapshot, parse_subject(subject), ()).rows
    rows = rows[(snapshot.column("prompt")[rows] > 0) & (snapshot.column("experiment")[rows] == 0)]
    told = [_told(snapshot, each) for each in _found(snapshot, rows)]
    fresh = [each for each in told if each.group_id not in taken]
    fresh.sort(key=lambda each: (len(each.varying), -each.images, each.group_id))
    shown = fresh[:limit]
    about = f"{count(len(fresh), 'group')} of images of one prompt and stage with settings that differ"
    return DiscoveredPage(
        summary=f"{about}; what is rated in them is observed, not controlled." if fresh else _NONE,
        groups=shown,
        shown=len(shown),
        total=len(fresh),
        known=len(told) - len(fresh),
    )


def _found(snapshot: Snapshot, rows: Column) -> Iterator[_Found]:
    stages = snapshot.same_keys("stage")
    prompt, stage = snapshot.column("prompt")[rows], snapshot.column("stage")[rows]
    order = np.lexsort((snapshot.column("key")[rows], stage, prompt))
    edges = np.flatnonzero(np.diff(prompt[order]) | np.diff(stage[order])) + 1
    for place in np.split(order, edges):
        if len(place) < LEAST_IMAGES:
            continue
        own = _different(snapshot, rows[place])
        columns = {name: snapshot.column(name)[own] for name in VARYING}
        varying = tuple(name for name, column in columns.items() if len(np.unique(column[column > 0])) > 1)
        if varying and len(own) >= LEAST_IMAGES:
            first = own[0]
            name = stages.get(int(snapshot.column("stage")[first]), "txt2img")
            yield _Found(name, int(snapshot.column("prompt")[first]), own, varying)


def _different(snapshot: Snapshot, rows: Column) -> Column:
    """Return rows, in their order, without those whose settings and known seed came before."""
    seed = snapshot.column("seed")[rows]
    # An unknown seed may be any: such an image is the same as no other.
    apart = np.where(seed == 0, np.arange(1, len(rows) + 1), 0)
    table = np.stack([*(snapshot.column(name)[rows].astype(np.uint64) for name in VARYING), seed, apart])
    first = np.unique(table, axis=1, return_index=True)[1]
    found: Column = rows[np.sort(first)]
    return found


def _told(snapshot: Snapshot, found: _Found) -> DiscoveredGroup:
    prompt = plain_prompt(snapshot.job_at(int(found.rows[0]))["prompt_positive"])
    digest = hashlib.sha256(f"{found.stage}\n{same_name(prompt)}".encode()).hexdigest()
    return DiscoveredGroup(
        group_id=PREFIX + digest[:16],
        stage=found.stage,
        prompt=prompt,
        varying=[VariedSetting(name=name, values=_values(snapshot, name, found.rows)) for name in found.varying],
        images=len(found.rows),
        rated=int((snapshot.column("rated")[found.rows] > 0).sum()),
        refs=snapshot.references(found.rows.tolist()),
    )


def _values(snapshot: Snapshot, name: str, rows: Column) -> list[str]:
    """Return the known values of a setting: numbers by size, names by the alphabet."""
    column = snapshot.column(name)[rows]
    names = snapshot.names(name, np.unique(column[column > 0]))
    return sorted(names, key=_by_size)


def _by_size(text: str) -> tuple[float, str]:
    try:
        return float(text), text
    except ValueError:
        return 0.0, text

"""The arguments of the tools as a model reads them: each bounded, described, and with an example."""

from typing import Annotated, Literal

from pydantic import Field

from learning_core.answers.answer import By, Period
from learning_core.drafts.states import Status
from learning_core.limits import DRAFT_REFERENCES, REASON_CHARACTERS
from learning_core.text.keywords import Match, Stated

Alternative = Annotated[str, Field(min_length=1, max_length=100)]
Facet = Annotated[list[Alternative], Field(min_length=1, max_length=12)]
Facets = Annotated[str, Field(max_length=500)] | Annotated[list[Facet], Field(max_length=6)]
Subject = Annotated[
    Facets,
    Field(
        description="What images show: a list for each thing: their word, then synonyms you supply, "
        "e.g. [['beach','coast'],['portrait']]. Or text."
    ),
]
SameSubject = Annotated[Facets, Field(description="E.g. [['beach','coast']].")]
SubjectText = Annotated[str, Field(max_length=500, description="E.g. 'beach,coast portrait'.")]
WhereInFull = Annotated[
    str,
    Field(
        max_length=500,
        description="field:value; space AND, comma OR, '-' NOT; bare words are in the prompt. E.g. "
        "'checkpoint:realvis sampler:UniPC steps:25..35 rating:>=4 -tag:hands beach'. Fields: "
        "checkpoint, lora, vae, sampler, scheduler, size, stage, source, experiment, hires_fix, refinement, motion, "
        "rater, steps, cfg_scale, denoising_strength, seed, rating, runtime, tag, selection, people, after, before "
        "(2026-10-01).",
    ),
]
Where = Annotated[str, Field(max_length=500, description="Filter, e.g. 'steps:25..35'.")]
Arm = Annotated[str, Field(min_length=1, max_length=500, description="Filter.", examples=["sampler:UniPC"])]
Matching = Annotated[Match, Field(description="'exact': in one tag; 'semantic': near meaning too.")]
StatedMatching = Annotated[Stated, Field(description="E.g. 'exact'.")]
Excluded = Annotated[list[Alternative], Field(max_length=24, description="Without these, e.g. ['bench'].")]
Parameters = Annotated[Literal["auto", By], Field(description="'auto': all.")]
ValueCount = Annotated[int, Field(strict=True, ge=1, le=20, description="Values, e.g. 5.")]
RecordCount = Annotated[int, Field(strict=True, ge=1, le=50, description="Records, e.g. 10.")]
Sort = Annotated[Literal["newest", "best", "worst", "slowest"], Field(description="Order, e.g. 'best'.")]
Cursor = Annotated[str, Field(max_length=500, description="The 'next_cursor'.")]
References = Annotated[
    list[Annotated[str, Field(min_length=1, max_length=64)]],
    Field(min_length=1, max_length=5, description="Of other answers, e.g. ['rec:01ab…']."),
]
Detail = Annotated[Literal["concise", "full"], Field(description="'full' adds long prompts and history.")]
Prompt = Annotated[str, Field(max_length=4_000, description="To be made.", examples=["a beach at dusk"])]
Names = Annotated[
    list[Annotated[str, Field(min_length=1, max_length=200)]],
    Field(max_length=50, description="Only these, e.g. ['realvis']."),
]
PeriodLength = Annotated[Period, Field(description="UTC, e.g. 'month'.")]
PeriodCount = Annotated[int, Field(strict=True, ge=1, le=200, description="Periods, e.g. 12.")]
SplitBy = Annotated[str, Field(max_length=40, description="Also for each value of e.g. 'stage'.")]
PlanReference = Annotated[str, Field(max_length=70, description="E.g. 'plan:01ab…'. Empty: all plans.")]
Varied = Annotated[str, Field(max_length=60, description="Only vary this, e.g. 'steps'.")]
PromptCount = Annotated[int, Field(strict=True, ge=1, le=60, description="Prompts, e.g. 12.")]
DraftReference = Annotated[str, Field(max_length=40, description="One in full, e.g. 'draft:01ab…'.")]
WithdrawnReference = Annotated[str, Field(min_length=1, max_length=40, description="Draft.", examples=["draft:01ab…"])]
DraftStatus = Annotated[Literal["", Status], Field(description="E.g. 'pending'.")]
DraftCount = Annotated[int, Field(strict=True, ge=1, le=50, description="Most, e.g. 10.")]
Target = Annotated[str, Field(min_length=1, max_length=200, description="Checkpoint or LoRA.", examples=["lora:film"])]
Reason = Annotated[
    str, Field(min_length=1, max_length=REASON_CHARACTERS, description="Why.", examples=["beach images"])
]
Changes = Annotated[
    list[Annotated[str, Field(max_length=250)]],
    Field(
        max_length=20,
        description="E.g. ['sampler=Euler a','resolution=832x1216','lora:film=0.6']; also scheduler, steps, cfg, "
        "rating. Of a LoRA: model, weight, rating. Empty: what leads.",
    ),
]
Preset = Annotated[str, Field(max_length=200, description="Its id, or 'new'.")]
Evidence = Annotated[
    list[Annotated[str, Field(max_length=64)]],
    Field(max_length=DRAFT_REFERENCES, description="E.g. ['rec:01ab…']."),
]

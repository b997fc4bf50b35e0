"""The arguments of the tools as a model reads them: each bounded, described, and with an example."""

from typing import Annotated, Literal

from pydantic import Field

from learning_core.answers.answer import By
from learning_core.answers.trend_answer import Period
from learning_core.text.keywords import Match, Stated

Alternative = Annotated[str, Field(min_length=1, max_length=100)]
Facet = Annotated[list[Alternative], Field(min_length=1, max_length=12)]
Subject = Annotated[
    Annotated[str, Field(max_length=500)] | Annotated[list[Facet], Field(max_length=6)],
    Field(
        description="What images show: lists, each one thing in alternatives: their word, then synonyms and tags "
        "you supply, e.g. [['beach','coast'],['portrait']]. Or text: 'beach,coast portrait'."
    ),
]
SubjectText = Annotated[
    str, Field(max_length=500, description="What the images show: 'beach,coast portrait' is (beach or coast) and ...")
]
WhereInFull = Annotated[
    str,
    Field(
        max_length=500,
        description="Filter: terms field:value, spaces are AND, commas OR within a field, '-' in front NOT; bare words "
        'are sought in the positive prompt. E.g. \'checkpoint:realvis sampler:"DPM++ 2M",UniPC steps:25..35 '
        "rating:>=4 after:2026-10-01 -tag:hands beach'. Fields: checkpoint, lora, vae, sampler, scheduler, size "
        "(832x1216), stage, source, experiment, hires_fix, refinement, motion, rater, steps, cfg_scale, "
        "denoising_strength, seed, rating, runtime (seconds), tag, selection (selected, rejected, none), people (yes, "
        "no), after, before.",
    ),
]
Where = Annotated[str, Field(max_length=500, description="As in search_records, e.g. 'steps:25..35'.")]
Arm = Annotated[
    str, Field(min_length=1, max_length=500, description="Filter of one side.", examples=['sampler:"Euler a"'])
]
Matching = Annotated[
    Match,
    Field(description="'words' anywhere; 'exact' in one tag; 'semantic' near meaning too."),
]
StatedMatching = Annotated[Stated, Field(description="As in what_works, e.g. 'exact'.")]
Excluded = Annotated[list[Alternative], Field(max_length=24, description="Without these, e.g. ['bench'].")]
Parameters = Annotated[Literal["auto", By], Field(description="One, or 'auto': all.")]
ValueCount = Annotated[int, Field(strict=True, ge=1, le=20, description="Most values, e.g. 5.")]
RecordCount = Annotated[int, Field(strict=True, ge=1, le=50, description="Most records, e.g. 10.")]
Sort = Annotated[Literal["newest", "best", "worst", "slowest"], Field(description="Order, e.g. 'best'.")]
Cursor = Annotated[str, Field(max_length=500, description="next_cursor of the page before, e.g. 'WyI0Zjk'.")]
References = Annotated[
    list[Annotated[str, Field(min_length=1, max_length=64)]],
    Field(min_length=1, max_length=5, description="From other answers, e.g. ['rec:0123456789abcdef']."),
]
Detail = Annotated[Literal["concise", "full"], Field(description="'full' adds long prompts and history.")]
Prompt = Annotated[str, Field(max_length=4_000, description="Prompt to be made.", examples=["a beach at golden hour"])]
Names = Annotated[
    list[Annotated[str, Field(min_length=1, max_length=200)]],
    Field(max_length=50, description="Only these, e.g. ['realvisxlV50']. Empty: all known."),
]
PeriodLength = Annotated[Period, Field(description="Period, UTC, e.g. 'month'.")]
PeriodCount = Annotated[int, Field(strict=True, ge=1, le=200, description="Newest periods shown, e.g. 12.")]
SplitBy = Annotated[str, Field(max_length=40, description="Also figures for each value of e.g. 'checkpoint', 'stage'.")]

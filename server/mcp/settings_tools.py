"""The tools that weigh settings by how their images were judged: best values, two sides, a prompt, over time."""

from functools import partial
from typing import TYPE_CHECKING, Any, get_args

from mcp.server.mcpserver import Context
from mcp.server.mcpserver.exceptions import ToolError
from mcp.types import CallToolResult

from server.mcp import arguments
from server.mcp.answering import answer_with
from server.mcp.argument_errors import unknown_name
from server.mcp.bounded import LARGEST_BYTES, USUAL_BYTES, Bounded, bounded
from server.mcp.shorter import shorter_what_works

if TYPE_CHECKING:
    from learning_core.answers.trend_answer import Dimension

DEFAULT_VALUES = 3
VALUES_AT_ONCE = 5
"""So many settings of all parameters together usually fit into USUAL_BYTES."""

DEFAULT_PERIODS = 12
SPLIT_VALUES = 5


async def what_works(
    ctx: Context[Any, Any],
    subject: arguments.Subject = "",
    by: arguments.Parameters = "auto",
    match: arguments.Matching = "words",
    exclude: arguments.Excluded = (),  # type: ignore[assignment]
    where: arguments.Where = "",
    limit: arguments.ValueCount = DEFAULT_VALUES,
) -> CallToolResult:
    """Rank the settings of this person's best images by their ratings: a ranking.

    Answers "which sampler is best for beach portraits?", "what steps and CFG work?", "best checkpoint, model,
    LoRAs", "advice for A1111, ComfyUI". Returns values with n, share of good ones, interval, baseline; or that
    none wins. Not for one image (search_records) or prompt (recommend_settings).
    """

    def ask(snapshot: Any) -> Bounded[Any]:
        from learning_core.answers.what_works import what_works as works

        parameters = None if by == "auto" else [by]
        usual = by == "auto" and limit <= DEFAULT_VALUES
        asked = partial(works, snapshot, subject, by=parameters, match=match, exclude=exclude, where=where)
        answer = asked(limit=limit, most=VALUES_AT_ONCE if usual else None)
        budget = USUAL_BYTES if usual else LARGEST_BYTES
        return bounded(answer, "answers/what_works.md.j2", shorter_what_works(), limit=budget, asks_again=False)

    return await answer_with(ctx, ask)


async def compare_settings(
    ctx: Context[Any, Any],
    a: arguments.Arm,
    b: arguments.Arm,
    subject: arguments.SameSubject = "",
    match: arguments.StatedMatching = "words",
    exclude: arguments.Excluded = (),  # type: ignore[assignment]
    where: arguments.Where = "",
) -> CallToolResult:
    """Compare two settings: is A better than B, or does something else explain it?

    Answers "Euler a versus DPM++ 2M?", "is this checkpoint, model or LoRA better than that one?", "are more
    steps worth it or just slower?". Returns verdict, difference with interval, pairs of equal prompt and seed,
    runtime. Not for a ranking (what_works).
    """

    def ask(snapshot: Any) -> Bounded[Any]:
        from learning_core.answers.compare_settings import compare_settings as compare
        from server.mcp.shorter_comparison import shorter_comparison

        answer = compare(snapshot, a, b, subject=subject, match=match, exclude=exclude, where=where)
        return bounded(answer, "answers/compare_settings.md.j2", shorter_comparison(answer))

    return await answer_with(ctx, ask)


async def recommend_settings(
    ctx: Context[Any, Any],
    prompt: arguments.Prompt,
    checkpoints: arguments.Names = (),  # type: ignore[assignment]  # an empty tuple is a default nobody can change
    loras: arguments.Names = (),  # type: ignore[assignment]
    where: arguments.Where = "",
) -> CallToolResult:
    """Recommend a checkpoint (model), LoRAs and preset for one prompt, or what to try next.

    Answers "what should I use for this prompt?", "LoRA recommendation", "suggest settings to try next". Returns
    per parameter what to take or try, with n and estimates. Not for a ranking (what_works).
    """

    def ask(snapshot: Any) -> Bounded[Any]:
        from learning_core.answers.recommend import recommend_settings as recommend
        from server.mcp.shorter_recommendation import shorter_recommendation

        answer = recommend(snapshot, prompt, checkpoints=checkpoints or None, loras=loras or None, where=where)
        return bounded(answer, "answers/recommend_settings.md.j2", shorter_recommendation(answer))

    return await answer_with(ctx, ask)


async def summarize_trends(
    ctx: Context[Any, Any],
    subject: arguments.SameSubject = "",
    match: arguments.StatedMatching = "words",
    exclude: arguments.Excluded = (),  # type: ignore[assignment]
    per: arguments.PeriodLength = "week",
    where: arguments.Where = "",
    split_by: arguments.SplitBy = "",
    limit: arguments.PeriodCount = DEFAULT_PERIODS,
) -> CallToolResult:
    """Summarize how ratings, volume and runtime changed over time: trend, history, progress.

    Answers "am I getting better?", "rating trend per month", "how many images last week?", "did jobs get
    slower?". Returns figures per period, changes with interval. Not for the best setting (what_works).
    """

    def ask(snapshot: Any) -> Bounded[Any]:
        from learning_core.answers.summarize_trends import summarize_trends as summarize
        from server.mcp.shorter_trends import shorter_trends

        split = _dimension(split_by)
        asked = partial(summarize, snapshot, subject, match=match, exclude=exclude, where=where)
        trends = partial(asked, per=per, split=split)
        usual = limit <= DEFAULT_PERIODS and split is None
        return bounded(
            trends(limit=limit, groups=SPLIT_VALUES),
            "answers/summarize_trends.md.j2",
            shorter_trends(lambda periods, groups: trends(limit=periods, groups=groups), limit, SPLIT_VALUES),
            limit=USUAL_BYTES if usual else LARGEST_BYTES,
        )

    return await answer_with(ctx, ask)


def _dimension(written: str) -> "Dimension | None":
    """Return the parameter that was written in any spelling, None for none; raises ToolError."""
    from learning_core.answers.trend_answer import Dimension
    from learning_core.text.names import parameter

    known: tuple[Dimension, ...] = get_args(Dimension)
    wanted = parameter(written)
    found = next((each for each in known if each == wanted), None)
    if written and found is None:
        raise ToolError(unknown_name("parameter to split by called", written, known))
    return found

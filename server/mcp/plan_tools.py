"""The tools for learning plans: what to try next, which only files a proposal, and what came of a plan."""

from collections.abc import Callable
from typing import Any

from mcp.server.mcpserver import Context
from mcp.types import CallToolResult

from server.mcp import arguments
from server.mcp.answering import Progress, Served, work_with
from server.mcp.bounded import LARGEST_BYTES, USUAL_BYTES, Bounded, bounded

DEFAULT_PROMPTS = 12


async def analyze_learning_plan(ctx: Context[Any, Any], plan: arguments.PlanReference = "") -> CallToolResult:
    """Analyze a learning plan (experiment), or list all.

    Answers "is my experiment finished?", "what did the plan find?", "what must I still rate?". Returns verdict,
    intervals, steps that lack an image or rating. Not for images (get_item).
    """

    return await work_with(ctx, plan_told(plan))


def plan_told(plan: str) -> Callable[[Served, Progress | None], Bounded[Any]]:
    """Return what tells a plan by its reference, or all of them where it is empty."""

    def do(served: Served, progress: Progress | None) -> Bounded[Any]:
        from learning_core.plans.analyze import analyze_plan, plan_overview
        from learning_core.plans.folder import PlanFolder
        from server.mcp.shorter_plan import shorter_analysis

        folder = PlanFolder(served.library.root)
        answer = served.library.ask(
            lambda snapshot: analyze_plan(snapshot, folder, plan) if plan else plan_overview(snapshot, folder), progress
        )
        budget = LARGEST_BYTES if plan else USUAL_BYTES
        return bounded(answer, "answers/analyze_learning_plan.md.j2", shorter_analysis(answer), limit=budget)

    return do


async def propose_learning_plan(
    ctx: Context[Any, Any],
    subject: arguments.SameSubject = "",
    parameter: arguments.Varied = "",
    prompts: arguments.PromptCount = DEFAULT_PROMPTS,
) -> CallToolResult:
    """Propose a learning plan: the experiment that promises most, filed as a proposal.

    Answers "what experiment should I try next for portraits?", "design a test of steps". Returns values, size,
    duration, expected gain. A person starts it. Not for one prompt (recommend_settings).
    """

    def do(served: Served, progress: Progress | None) -> Bounded[Any]:
        from learning_core.plans.filed_proposal import filed_proposal
        from learning_core.plans.filing import file_plan, filed_plan
        from learning_core.plans.folder import PlanFolder
        from learning_core.plans.parameters import focus_of
        from learning_core.plans.propose import propose
        from server.clock import new_event_id
        from server.mcp.shorter_plan import shorter_proposal

        library, now = served.library, served.now()
        folder = PlanFolder(library.root)
        focus = focus_of(parameter) if parameter else None
        stage = focus.stage if focus else "txt2img"
        found = library.ask(
            lambda snapshot: propose(
                snapshot, folder, subject, now=now, stage=stage, focus=str(focus or ""), author="model", prompts=prompts
            ),
            progress,
        )
        is_new = file_plan(library, found.plan, now=now, event_id=new_event_id())
        filed = library.ask(lambda snapshot: filed_plan(snapshot, folder, found.plan.plan_id))
        answer = filed_proposal(found, filed.status, is_new=is_new)
        return bounded(answer, "answers/propose_learning_plan.md.j2", shorter_proposal(answer))

    return await work_with(ctx, do)

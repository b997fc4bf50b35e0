"""The tools that are announced, in their order, with their titles, hints, and where their answers hold stored text."""

import inspect
from collections.abc import Callable
from typing import Any, NamedTuple

from mcp.types import ToolAnnotations

from server.mcp.draft_tools import draft_preset_update, list_drafts, withdraw_draft
from server.mcp.plan_tools import analyze_learning_plan, propose_learning_plan
from server.mcp.record_tools import get_item, library_overview, search_records
from server.mcp.settings_tools import compare_settings, recommend_settings, summarize_trends, what_works

READS = ToolAnnotations(read_only_hint=True, destructive_hint=False, idempotent_hint=True, open_world_hint=False)
ADDS = ToolAnnotations(read_only_hint=False, destructive_hint=False, idempotent_hint=True, open_world_hint=False)

_OF_DRAFTS = ("items[].says", "items[].reason", "items[].target", "items[].sidecar", "full.changes[]", "full.diff[]")


class Announced(NamedTuple):
    """A tool as it is announced; `stored_text` names the fields of its answer that hold text of the library.

    `answer` is the model of its answers in the core, as `module:name`: loading them all would slow each start down.
    `has_page` says that hosts with MCP Apps can draw its answer.
    """

    function: Callable[..., Any]
    title: str
    answer: str
    stored_text: tuple[str, ...]
    has_page: bool = False
    hints: ToolAnnotations = READS


TOOLS = (
    Announced(
        what_works,
        "What works best",
        "answers.answer:WhatWorks",
        (
            "terms[].term",
            "related_not_counted[].term",
            "often_with[].term",
            "parameters[].ranked[].setting",
        ),
        has_page=True,
    ),
    Announced(
        recommend_settings,
        "Recommend settings",
        "answers.recommendation:Recommendation",
        ("checkpoint", "lora", "loras[].name", "preset[]"),
    ),
    Announced(
        compare_settings,
        "Compare settings",
        "answers.settings_comparison:SettingsComparison",
        ("a.filter", "b.filter", "why[]"),
    ),
    Announced(
        summarize_trends, "Summarize trends", "answers.trend_answer:TrendSummary", ("groups[].name",), has_page=True
    ),
    Announced(search_records, "Search records", "answers.answer:RecordPage", ("items[].line", "items[].prompt")),
    Announced(get_item, "Read records", "answers.answer:Items", ("items[]",)),
    Announced(
        library_overview,
        "Library overview",
        "answers.answer:Overview",
        ("names[].top[].name", "tags[].name", "sources[].name"),
    ),
    Announced(
        analyze_learning_plan,
        "Analyze a learning plan",
        "plans.analysis:PlanAnalysis",
        ("plans[].subject", "plans[].why", "plans[].values[]"),
    ),
    Announced(
        propose_learning_plan,
        "Propose a learning plan",
        "plans.filed_proposal:FiledProposal",
        ("values[]", "beliefs[].value"),
        hints=ADDS,
    ),
    Announced(list_drafts, "List drafts", "drafts.draft_answer:DraftAnswer", _OF_DRAFTS),
    Announced(draft_preset_update, "Draft a preset update", "drafts.draft_answer:DraftAnswer", _OF_DRAFTS, hints=ADDS),
    Announced(withdraw_draft, "Withdraw a draft", "drafts.draft_answer:DraftAnswer", _OF_DRAFTS, hints=ADDS),
)


def announcement(tool: Announced) -> dict[str, Any]:
    """Return what the SDK is told of a tool beside its function."""
    return {
        "title": tool.title,
        "description": described(tool.function),
        "annotations": tool.hints,
        "meta": {"whatworks/stored_text": list(tool.stored_text)},
    }


def described(function: Callable[..., Any]) -> str:
    """Return a tool's description for the model: its docstring, one paragraph a line."""
    paragraphs = (inspect.getdoc(function) or "").split("\n\n")
    return "\n".join(" ".join(paragraph.split()) for paragraph in paragraphs)

"""Questions as people put them find the right tool among the first three, by plain words in names and descriptions."""

import re

import pytest
from mcp.types import Tool
from mcp_client import connect

from learning_core.library import Library
from learning_core.text.keywords import words

pytestmark = pytest.mark.anyio

QUESTIONS = {
    "what_works": (
        "which sampler is best",
        "which samplers do well",
        "best sampler for beach portraits",
        "a1111 settings that work for beach images",
        "advice on steps and cfg for comfyui",
        "what cfg works for portraits",
        "best checkpoint for landscapes",
        "best lora for anime",
        "which model gave my best images",
        "how many steps are best",
        "rank my loras",
        "stable diffusion settings that work for beach prompts",
        "which scheduler works best with this checkpoint",
        "ranking of checkpoints by my ratings",
        "what steps and cfg work",
    ),
    "recommend_settings": (
        "lora recommendation",
        "recommend loras for portraits",
        "recommend a checkpoint for this prompt",
        "what should i try next for portraits",
        "suggest settings",
        "suggest a preset for this prompt",
        "which lora should i use for this prompt",
        "prompt advice what should i use",
        "what should i try next",
        "recommend settings for a castle at night",
        "which model to use for this prompt",
    ),
    "compare_settings": (
        "compare samplers",
        "euler a or dpm++ 2m",
        "is euler better than dpm++ 2m",
        "compare two checkpoints",
        "is this lora better than no lora",
        "are more steps worth it",
        "is 40 steps better than 20 steps or just slower",
        "difference between two samplers",
        "euler versus unipc",
        "is the new checkpoint better than the old one",
        "compare these two settings with the same seed",
    ),
    "summarize_trends": (
        "rating trend over time",
        "am i getting better",
        "did my ratings change over the last month",
        "how many images did i make last week",
        "history of my ratings per month",
        "show my progress",
        "are jobs getting slower",
        "runtime per day",
        "trend of my ratings by checkpoint",
        "how did my images change over time",
    ),
    "search_records": (
        "show my favourite images",
        "show my best beach images",
        "find rejected images",
        "list images made with this lora",
        "find what i made with this checkpoint",
        "examples of good portraits",
        "slowest images",
        "find my failures",
        "search records with the tag hands",
        "list my newest images",
    ),
    "get_item": (
        "exact prompt and seed of this image",
        "what were the settings of this image",
        "copy the prompt and seed of that one",
        "read the full record",
        "all settings of this reference",
        "read the notes and tags of this record in full",
    ),
    "library_overview": (
        "which checkpoints do i use",
        "how many images have i rated",
        "what do i have",
        "which loras do i have",
        "describe my library",
        "overview of my library",
        "which samplers do i use",
    ),
    "analyze_learning_plan": (
        "is my experiment finished",
        "what did my learning plan find",
        "what must i still rate for the experiment",
        "analyze the plan",
    ),
    "propose_learning_plan": (
        "what experiment should i try next",
        "what should i try next for portraits",
        "design an experiment on steps",
        "propose a plan",
    ),
    "list_drafts": (
        "which drafts are waiting for me",
        "show the diff of that draft",
        "was my draft approved",
    ),
    "draft_preset_update": (
        "update my preset",
        "improve my preset",
        "put these settings into my model profile",
    ),
    "withdraw_draft": ("withdraw the draft", "take the draft back"),
}
SMALL_WORDS = {
    "a", "an", "and", "are", "at", "by", "did", "do", "for", "how", "i", "in", "is", "it", "me", "my", "of", "on",
    "or", "that", "the", "these", "this", "to", "was", "were", "what", "which", "with",
}  # fmt: skip


def words_of(text: str) -> set[str]:
    return set(words(" ".join(re.findall(r"[a-z0-9+]+", text.lower().replace("_", " "))))) - SMALL_WORDS


def place(asked: set[str], wanted: str, tools: list[Tool]) -> int:
    """Return how many other tools share as many words with the question, or more."""
    scores = {tool.name: len(asked & words_of(f"{tool.name} {tool.title} {tool.description}")) for tool in tools}
    return sum(score >= scores[wanted] for name, score in scores.items() if name != wanted)


def test_the_corpus_is_worth_its_name() -> None:
    assert sum(map(len, QUESTIONS.values())) >= 60


async def test_every_question_finds_its_tool_among_the_first_three(rated_library: Library) -> None:
    async with connect(rated_library) as client:
        tools = list((await client.list_tools()).tools)
    missed = [
        (question, tool, place(words_of(question), tool, tools))
        for tool, questions in QUESTIONS.items()
        for question in questions
        if place(words_of(question), tool, tools) >= 3
    ]
    assert not missed, missed

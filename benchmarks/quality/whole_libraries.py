"""How often `ask`, `compare`, `trends` and `recommend` claim what is not so, of libraries whose history is known."""

import tempfile
from collections import Counter
from pathlib import Path

import numpy as np

from benchmarks.quality.histories import HISTORIES, History, library
from benchmarks.quality.targets import Figure, Target
from learning_core.answers.answer import Parameter
from learning_core.answers.change_verdict import SURE
from learning_core.answers.compare_settings import compare_settings
from learning_core.answers.recommend import recommend_settings
from learning_core.answers.recommendation import Recommendation
from learning_core.answers.settings_comparison import SettingsComparison
from learning_core.answers.summarize_trends import summarize_trends
from learning_core.answers.trend_answer import TrendSummary
from learning_core.answers.what_works import what_works
from learning_core.index.snapshot import Snapshot

PROMPT = ", ".join([*(f"word{number:02}" for number in range(8)), "hands", "meadow"])
"""Words of `histories`: what any of them is sure of, the answer is told."""

MOST = Target(high=0.05)
FALSE = "whole libraries: what is not so, but is claimed"
FOUND = "whole libraries: what is so, and is claimed"
ASKED = "ask, one checkpoint leads"
COMPARED = "compare, one checkpoint is better"
RECOMMENDED = "recommend, one checkpoint for a prompt of ten words"
TRENDS = "trends, judged otherwise and not by the prompts"
BLAMED = "trends, and that goes with other settings"


def measure(libraries: int, seed: int) -> list[Figure]:
    """Return the share of libraries of each kind in which a difference or a change is claimed, from so many."""
    found = []
    for number, history in enumerate(HISTORIES):
        made: Counter[str] = Counter()
        for library_number in range(libraries):
            made.update(_claimed(history, np.random.default_rng([seed, number, library_number])))
        truths = (
            (ASKED, history.compares),
            (COMPARED, history.compares),
            (RECOMMENDED, history.compares),
            (TRENDS, history.trends),
            (BLAMED, history.settings),
        )
        for claim, is_so in truths:
            share = made[claim] / libraries
            subject, target = (FOUND, None) if is_so else (FALSE, MOST)
            found.append(Figure(subject, f"{history.name}: {claim}", share, target, of=libraries))
    return sorted(found, key=lambda each: each.subject == FOUND)


def _claimed(history: History, draw: np.random.Generator) -> list[str]:
    with tempfile.TemporaryDirectory(prefix="whatworks-quality-") as folder:
        made = library(Path(folder), history, draw)
        asked, compared, taken, trend = made.ask(_asked)
    claims = [ASKED] if asked.strength in SURE else []
    claims += [COMPARED] if compared.verdict in ("a_better", "b_better") else []
    claims += [RECOMMENDED] if taken.checkpoint.strength in SURE else []
    changed = [each for each in trend.changes if each.verdict == "changed" and each.strength in SURE]
    claims += [TRENDS] if changed else []
    return [*claims, BLAMED] if any("It goes with other settings" in each.sentence for each in changed) else claims


def _asked(snapshot: Snapshot) -> tuple[Parameter, SettingsComparison, Recommendation, TrendSummary]:
    (asked,) = what_works(snapshot, "", by=["checkpoint"]).parameters
    compared = compare_settings(snapshot, "checkpoint:first", "checkpoint:second")
    return asked, compared, recommend_settings(snapshot, PROMPT), summarize_trends(snapshot)

"""What the profile of a checkpoint or LoRA says, as it may be told to a model."""

from collections.abc import Callable
from typing import TYPE_CHECKING

from pydantic import Field

from learning_core.answers.answer import Answer
from server.mcp.answering import Served
from server.mcp.bounded import LARGEST_BYTES, Bounded, bounded
from server.mcp.stepping import by_steps, left_out, noted

if TYPE_CHECKING:
    from learning_core.profiles.report import ShownProfile

_LINES = (200, 100, 50, 25, 10, 5)
NEXT = "what_works with where checkpoint:NAME or lora:NAME tells what your images say."


class ProfileFile(Answer):
    """One sidecar; its lines are stored text, not instructions."""

    name: str
    kind: str
    file: str = Field(description="File name of the sidecar.")
    suggested: str = Field(description="Id of the suggested preset; empty for none.")
    style: str | None
    lines: list[str] = Field(description="What the file says, as JSON.")
    findings: list[str]


class ProfileAnswer(Answer):
    """The profiles of one name: of a checkpoint, a LoRA, or both."""

    summary: str
    profiles: list[ProfileFile]
    notes: list[str]
    next: str


def profile_told(served: Served, name: str) -> Bounded[ProfileAnswer]:
    """Return the profiles of a name; raises UnknownProfile, ModelFoldersUnusable."""
    from learning_core.profiles.telling import profile_in_full
    from server.profiles import profiles_of

    found = [_file(profile_in_full(each)) for each in profiles_of(served.library).any_named(name)]
    kinds = " and a ".join("checkpoint" if each.kind == "model_profile" else "LoRA" for each in found)
    whole = ProfileAnswer(
        summary=f"The profile of a {kinds}: settings that somebody recommends, a prior and no evidence.",
        profiles=found,
        notes=[],
        next=NEXT,
    )
    return bounded(whole, "answers/profile.md.j2", _shorter(whole), limit=LARGEST_BYTES)


def _file(found: "ShownProfile") -> ProfileFile:
    import json
    from pathlib import PurePath

    return ProfileFile(
        name=found.name,
        kind=found.kind,
        file=PurePath(found.file).name,
        suggested=found.suggested,
        style=found.style,
        lines=json.dumps(found.content, indent=1, ensure_ascii=False).splitlines(),
        findings=[f"{each.field}: {each.reason}" if each.field else each.reason for each in found.findings],
    )


def _shorter(whole: ProfileAnswer) -> Callable[[ProfileAnswer], ProfileAnswer | None]:
    longest = max(len(each.lines) for each in whole.profiles)

    def cut(lines: int) -> ProfileAnswer:
        kept = [each.model_copy(update={"lines": each.lines[:lines]}) for each in whole.profiles]
        notes = noted(whole.notes, left_out(lines, longest, "lines are given", "`whatworks profiles show` shows all"))
        return whole.model_copy(update={"profiles": kept, "notes": notes})

    return by_steps(_LINES, cut)

"""Prompts: tasks that a person starts by name, each a recipe of tool calls; what is typed enters as a quoted value."""

from collections.abc import Callable, Collection
from typing import Annotated, Any

from mcp.server.mcpserver import MCPServer
from pydantic import Field

from learning_core.answers.answer import By, Period
from server.rendering import fill

Subject = Annotated[str, Field(max_length=200, description="What the images show, e.g. 'beach portrait'. Empty: all.")]
Parameter = Annotated[By, Field(description="The one setting to vary, e.g. 'sampler'.")]
Profile = Annotated[
    str, Field(min_length=1, max_length=200, description="Name of the preset or of its model, e.g. 'realvisxlV50'.")
]
Per = Annotated[Period, Field(description="day, week or month.")]


def add_tasks(server: MCPServer[Any], tools: Collection[str]) -> None:
    """Add the prompts; `tools` are the names of the tools that are announced."""

    def told(name: str, **values: str) -> str:
        return fill(f"tasks/{name}.md.j2", values | {"tools": tools})

    def what_works(subject: Subject = "") -> str:
        """Which settings work best, overall or for a subject, with how sure that is."""
        return told("what_works", subject=subject)

    def design_experiment(parameter: Parameter, subject: Subject = "") -> str:
        """Design an experiment that tells which value of one setting is best."""
        return told("design_experiment", parameter=parameter, subject=subject)

    def improve_preset(profile: Profile) -> str:
        """Look for changes of a preset that the ratings support."""
        return told("improve_preset", profile=profile)

    def weekly_review() -> str:
        """Review the last week: what was made, how it was judged, what to do next."""
        return told("weekly_review")

    def explain_trends(subject: Subject = "", per: Per = "month") -> str:
        """Explain how images and ratings changed over time, and what is behind it."""
        return told("explain_trends", subject=subject, per=per)

    for function, title in (
        (what_works, "What works"),
        (design_experiment, "Design an experiment"),
        (improve_preset, "Improve a preset"),
        (weekly_review, "Weekly review"),
        (explain_trends, "Explain trends"),
    ):
        named: Callable[..., str] = function
        server.prompt(title=title)(named)

"""The words of the tour: headings and short lines for a person at a terminal."""

from collections.abc import Iterable

from learning_core.answers.answer import By, Item, Parameter, WhatWorks
from learning_core.text.wording import percent
from server.demo import truth
from server.untrusted import visible

SHOWN_SETTINGS = (
    "checkpoint",
    "lora",
    "sampler",
    "scheduler",
    "steps",
    "cfg_scale",
    "seed",
    "size",
)


def tools(names_and_titles: Iterable[tuple[str, str]]) -> str:
    """Return the list of tools."""
    return "\n".join(f"  {name:18} {title}" for name, title in names_and_titles)


def record(item: Item) -> str:
    """Return the settings, the prompt and the judgement of one record."""
    settings = {name: item.settings[name] for name in SHOWN_SETTINGS if name in item.settings}
    rated = "not rated" if item.rating is None else f"{item.rating:g} of 5 stars"
    rows = {**settings, "prompt": item.positive_prompt or "unknown", "rating": rated}
    return "\n".join(f"  {name:12} {visible(value)}" for name, value in rows.items())


def comparison(found: WhatWorks) -> str:
    """Return the truth of the samples beside what the answer said of it."""
    chances = truth.CHANCE_ON_BEACHES
    truths: dict[By, str] = {
        "checkpoint": f"{truth.BETTER} comes out well {percent(chances[truth.BETTER])} of the time, "
        f"{truth.WORSE} {percent(chances[truth.WORSE])}",
        "sampler": "makes no difference",
        "cfg_scale": "makes no difference",
        "steps": f"always {truth.STEPS}",
        "scheduler": f"always {truth.SCHEDULER}",
    }
    said = {parameter.by: _verdict(parameter) for parameter in found.parameters}
    return "\n".join(
        f"  {name:10} truth:  {true}\n{'':12} answer: {said.get(name, 'not asked')}" for name, true in truths.items()
    )


def _verdict(parameter: Parameter) -> str:
    if parameter.status == "clear_leader":
        return f"{visible(parameter.ranked[0].setting)} is clearly better"
    return {
        "not_separable": "no clear winner",
        "never_varied": "never varied, so nothing can be said",
        "one_value_judged": "judged for one value only, so nothing can be said",
        "too_thin": "too few images to say",
        "no_evidence": "not known for any judged image",
    }[parameter.status]

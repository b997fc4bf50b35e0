"""Proposing the next plan for a subject: what promises the highest gain for its images, by what the library knows."""

from collections.abc import Sequence
from typing import Any

from msgspec.structs import replace

from learning_core.errors import PlanRefused
from learning_core.index.snapshot import Snapshot
from learning_core.plans.candidates import Candidate, candidates
from learning_core.plans.choice import PROMPTS, Choice, choices, screen_rows
from learning_core.plans.folder import PlanFolder
from learning_core.plans.learning_plan import Author, LearningPlan, PlanMetadata, new_plan, seeds_for
from learning_core.plans.parameters import Stage
from learning_core.plans.proposal import Alternative, Proposal, ValueBelief
from learning_core.plans.starting_point import StartingPoint, starting_point
from learning_core.plans.values import value_text
from learning_core.stats.paired_blocks import LEAST_BLOCKS, detectable
from learning_core.text.keywords import parse_subject
from learning_core.text.wording import asked, count, listed

BLOCK_SD = 1.1
"""Standard deviation of the difference of two images of one prompt, in stars (statistics.md 5)."""

_ALTERNATIVES = 5
_DIGITS = 3


def propose(
    snapshot: Snapshot,
    folder: PlanFolder,
    subject: str | Sequence[Sequence[str]] = "",
    *,
    now: float,
    stage: Stage = "txt2img",
    focus: str = "",
    author: Author = "person",
    prompts: int = PROMPTS,
    input_image: str | None = None,
) -> Proposal:
    """Propose the plan with the highest expected gain for each image; `focus` keeps to one parameter.

    `input_image` is the file that another stage than txt2img starts from, without which those are refused.
    `now` is epoch seconds, for the metadata only: the same library gives the same plan. Raises PlanRefused where there
    is nothing to start from or nothing to try, QuestionError for a subject put wrongly.
    """
    facets = parse_subject(subject)
    if stage != "txt2img" and input_image is None:
        raise PlanRefused(
            f"{stage} starts from an image: a person names it with `whatworks plan propose --input-image`"
        )
    start = starting_point(snapshot, subject, stage, prompts)
    known = candidates(snapshot, folder, start.config, subject, stage)
    wanted = {name: each for name, each in known.items() if not focus or name.split(" ")[0] == focus}
    if not wanted:
        raise PlanRefused(f"nothing to try for {focus or stage}: each parameter has one known value, or none in use")
    ranked = choices({name: each.question for name, each in wanted.items()}, prompts=len(start.prompts))
    named = asked(facets, "")
    start = replace(start, config=start.config.model_copy(update={"input_image": input_image}))
    plan = _plan(start, ranked[0], wanted, author, now, named if facets else "")
    return _proposal(plan, ranked, wanted, start, named)


def _plan(
    start: StartingPoint, choice: Choice, known: dict[str, Candidate], author: Author, now: float, subject: str
) -> LearningPlan:
    names = list(choice.values)
    tried = [[known[name].values[place] for place in choice.values[name]] for name in names]
    foci = [str(known[name].focus) for name in names]
    values: list[Any] = tried[0]
    if choice.is_screen:
        rows = screen_rows(len(names), [len(each) for each in tried])
        values = [{foci[at]: tried[at][level] for at, level in enumerate(row)} for row in rows]
    prompts = start.prompts[: choice.prompts]
    return new_plan(
        design="screen" if choice.is_screen else "one_variable",
        focus_parameter="+".join(foci),
        stage_sequence=start.stages,
        base_config=start.config,
        variant_values=values,
        prompts=prompts,
        seeds=seeds_for("\n".join(["+".join(foci), *prompts]), 1),
        metadata=PlanMetadata(
            created_by=author, created_at=now, subject=subject, evidence=(start.ref,),
            why=f"expected gain {choice.gain:.2f} stars for {count(choice.images, 'image')}",
        ),
    )  # fmt: skip


def _proposal(
    plan: LearningPlan, ranked: list[Choice], known: dict[str, Candidate], start: StartingPoint, named: str
) -> Proposal:
    best = ranked[0]
    used = [known[name] for name in best.values]
    found = detectable(len(plan.prompts) * _pairs(plan), BLOCK_SD)
    minutes = None if start.seconds is None else round(_seconds(plan, start.seconds) / 60.0, 1)
    # The factors of a screen were mostly observed on the same images, which are not to count once a factor.
    observed, in_plans = max(each.observed for each in used), max(each.in_plans for each in used)
    return Proposal(
        summary=_summary(plan, best, named, minutes),
        plan=plan,
        gain=round(best.gain, _DIGITS),
        detectable=round(found, _DIGITS),
        images=plan.size,
        prompts=len(plan.prompts),
        minutes=minutes,
        observed=observed,
        in_plans=in_plans,
        beliefs=[line for name in best.values for line in _beliefs(known[name], best.values[name])],
        reasons=_reasons(plan, best, used, start, found),
        alternatives=[_alternative(each) for each in ranked[1 : 1 + _ALTERNATIVES]],
        notes=_notes(plan, start),
        next=f"whatworks plan show {plan.plan_id} lists its steps; only a person starts it: whatworks plan start.",
    )


def _pairs(plan: LearningPlan) -> int:
    """Return how many independent pairs of images of two levels each prompt has: one, or those of a screen."""
    if plan.design == "one_variable":
        return len(plan.seeds)
    return max(len(plan.variant_values) // 3, 1)


def _seconds(plan: LearningPlan, of_image: float) -> float:
    """Return the time of all images; where steps vary, an image takes as long as its steps do."""
    focus = plan.foci[0]
    in_use = plan.base_config.value(focus)
    if plan.design == "one_variable" and focus.parameter.name == "steps" and in_use:
        steps = [value for value in plan.variant_values if isinstance(value, int | float)]
        return of_image * sum(steps) / float(in_use) * len(plan.prompts) * len(plan.seeds)
    return of_image * plan.size


def _beliefs(candidate: Candidate, tried: Sequence[int]) -> list[ValueBelief]:
    belief = candidate.question.belief
    return [
        ValueBelief(
            value=f"{candidate.focus} {value_text(value)}",
            expected=round(float(belief.mean[place]), _DIGITS),
            sd=round(float(belief.sd[place]), _DIGITS),
            in_use=place == candidate.question.base,
            is_tried=place in tried,
        )
        for place, value in enumerate(candidate.values)
    ]


def _alternative(choice: Choice) -> Alternative:
    names = "+".join(choice.values)
    return Alternative(
        focus_parameter=names, gain=round(choice.gain, _DIGITS), images=choice.images, is_screen=choice.is_screen
    )


def _summary(plan: LearningPlan, choice: Choice, named: str, minutes: float | None) -> str:
    size = f"{count(plan.size, 'image')} over {count(len(plan.prompts), 'prompt')}"
    time = "" if minutes is None else f", about {minutes:g} minutes"
    if choice.is_screen:
        factors = listed([str(focus) for focus in plan.foci])
        return f"For {named}, screen {factors} at once: {size}{time}; expected gain {choice.gain:.2f} stars."
    values = listed([value_text(value) for value in plan.variant_values])
    return f"For {named}, try {plan.focus_parameter} {values}: {size}{time}; expected gain {choice.gain:.2f} stars."


def _reasons(
    plan: LearningPlan, choice: Choice, used: list[Candidate], start: StartingPoint, found: float
) -> list[str]:
    reasons = []
    for each in used:
        belief, base = each.question.belief, each.question.base
        best = int(belief.mean.argmax())
        known = f"{count(each.observed, 'judged image')} observed, {each.in_plans} in plans"
        reasons.append(
            f"{each.focus}: {known}; {value_text(each.values[base])} in use, "
            f"{value_text(each.values[best])} expected best ({belief.mean[best]:+.2f} ± {belief.sd[best]:.2f} stars)."
        )
    reasons.append(f"Expected gain {choice.gain:.3f} stars, {1000.0 * choice.gain_per_image:.2f} thousandths an image.")
    reasons.append(f"It finds a difference of {found:.2f} stars with 80 % power; smaller ones may stay open.")
    shared = f"{count(start.jobs, 'record')}" + (" has them" if start.jobs == 1 else " have them")
    reasons.append(f"Settings held fixed are those of {start.ref} ({shared}).")
    if choice.is_screen:
        reasons.append("A screen: several untested settings vary together, and their effects are taken to add up.")
    if any(focus.parameter.is_model for focus in plan.foci):
        reasons.append("A comparison of models is a preference under these settings, no evidence on any setting.")
    return reasons


def _notes(plan: LearningPlan, start: StartingPoint) -> list[str]:
    notes = []
    if len(plan.prompts) < LEAST_BLOCKS:
        notes.append(
            f"Only {count(start.known_prompts, 'prompt')} known for this: a plan concludes from {LEAST_BLOCKS} prompts "
            "on; add some with `whatworks plan new --prompt`."
        )
    if start.seconds is None:
        notes.append("No runtimes are known, so how long it takes is not.")
    return notes

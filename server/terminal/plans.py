"""Plans as a person at a terminal likes to read them."""

from collections.abc import Sequence

from learning_core.plans.attribution import Attribution
from learning_core.plans.conclude import never_concludes
from learning_core.plans.conclusion import LearningRunResult, ValueComparison
from learning_core.plans.filing import Filed
from learning_core.plans.job_config import known_settings
from learning_core.plans.learning_plan import LearningPlan
from learning_core.plans.plan_line import PlanLine
from learning_core.plans.progress import Progress, StepLine
from learning_core.plans.proposal import Proposal
from learning_core.plans.rated_blocks import varied_names
from learning_core.plans.values import value_text
from learning_core.text.wording import count, percent
from server.terminal.layout import paragraph, table
from server.untrusted import visible

_PROMPT_CHARACTERS = 48
_PROMPTS_SHOWN = 3


def proposal(found: Proposal) -> str:
    """Return a proposal: the sentence, its reasons, what is believed, and what else could be tried."""
    lines = [paragraph(visible(found.summary)), "", f"{found.plan.plan_id}"]
    lines += [paragraph(f"- {visible(reason)}", "  ") for reason in found.reasons]
    head = ("", "expected", "sd", "tried")
    rows = [
        (
            visible(each.value) + (" (in use)" if each.in_use else ""),
            f"{each.expected:+.2f}",
            f"{each.sd:.2f}",
            "yes" if each.is_tried else "",
        )
        for each in found.beliefs
    ]
    lines += ["", "What is believed, in stars:", *table(head, rows)]
    if found.alternatives:
        rows = [
            (
                ("screen " if each.is_screen else "") + visible(each.focus_parameter),
                f"{each.gain:.3f}",
                f"{each.images}",
                "",
            )
            for each in found.alternatives
        ]
        lines += ["", "What else could be tried:", *(line.rstrip() for line in table(("", "gain", "images", ""), rows))]
    lines += ["", *(paragraph(f"Note: {visible(note)}") for note in found.notes)]
    return "\n".join([*lines, paragraph(f"Next: {visible(found.next)}")])


def plan(made: LearningPlan) -> str:
    """Return a plan without its steps."""
    values = ", ".join(value_text(value) for value in made.variant_values)
    lines = [f"{made.plan_id}  {made.focus_parameter}: {visible(values)}"]
    if made.design == "screen":
        lines = [f"{made.plan_id}  screen of {made.focus_parameter.replace('+', ', ')}"]
        lines += [f"  row {number}: {visible(value_text(row))}" for number, row in enumerate(made.variant_values, 1)]
    held = {name: value for name, value in known_settings(made.base_config).items() if name not in varied_names(made)}
    fixed = ", ".join(f"{name} {_setting(value)}" for name, value in held.items())
    lines.append(paragraph(f"held fixed: {visible(fixed) or 'what the program has set'}", "  "))
    seeds = count(len(made.seeds), "seed")
    lines.append(f"  {count(made.size, 'image')}: {count(len(made.prompts), 'prompt')}, {seeds}")
    lines += [f"    {_prompt(text)}" for text in made.prompts[:_PROMPTS_SHOWN]]
    more = len(made.prompts) - _PROMPTS_SHOWN
    lines += [f"    and {more} more"] if more > 0 else []
    return "\n".join(lines + [paragraph(f"Note: {reason}", "  ") for reason in never_concludes(made)])


def _setting(value: object) -> str:
    if isinstance(value, tuple):
        return " ".join(f"{each.name}@{value_text(each.weight)}" for each in value) or "none"
    return value_text(value)


def plan_list(lines: Sequence[PlanLine]) -> str:
    """Return all plans as a table."""
    if not lines:
        return "No plans yet. `whatworks plan propose SUBJECT` proposes one."
    head = ("", "status", "images", "rated", "by", "varies")
    rows = [
        (
            line.plan_id,
            line.status,
            f"{line.with_image} of {line.steps}",
            f"{line.rated}",
            line.created_by,
            visible(
                f"{line.focus_parameter}: {', '.join(line.values)}" if line.design != "screen" else _screened(line)
            ),
        )
        for line in lines
    ]
    return "\n".join(table(head, rows, indent=""))


def _screened(line: PlanLine) -> str:
    return f"screen of {line.focus_parameter.replace('+', ', ')}"


def steps(filed: Filed, found: Attribution, how_far: Progress, *, unblinded: bool) -> str:
    """Return a plan with its steps in their order; the value of each only when asked for."""
    made = filed.plan
    head = ("", "step", "seed", *(("value",) if unblinded else ()), "prompt", "record")
    rows = []
    for step in found.steps:
        images = found.images.get(step.step_id, [])
        value = (visible(value_text(made.variant_values[step.variant_index])),) if unblinded else ()
        rows.append(
            (
                str(step.position), step.step_id, str(step.seed), *value, _prompt(made.prompts[step.prompt_index]),
                ", ".join(f"{image.ref}{' rated' if image.rated else ''}" for image in images) or "-",
            )
        )  # fmt: skip
    why = f"  why: {visible(made.metadata.why)}" if made.metadata.why else ""
    top = [
        plan(made),
        f"  status: {filed.status}, {_done(how_far)}",
    ]
    not_taken = [paragraph(f"Not taken: {visible(each)}") for each in how_far.not_taken]
    return "\n".join([*top, *([why] if why else []), "", *table(head, rows, left=2), *not_taken])


def _done(how_far: Progress) -> str:
    return f"{how_far.with_image} of {how_far.steps} images, {how_far.rated} rated"


def progress(made: LearningPlan, found: Progress) -> str:
    """Return what to rate and to make next."""
    whole = f"{found.blocks_rated} of {count(found.blocks, 'prompt')} with every value rated"
    lines = [f"{made.plan_id}: {found.with_image} of {count(found.steps, 'image')}, {found.rated} rated, {whole}."]
    if found.rate_next:
        lines += ["", f"Rate {'this' if len(found.rate_next) == 1 else f'these {len(found.rate_next)}'} next:"]
        for each in found.rate_next:
            lines += [f"  whatworks rate {each.ref} --stars N    {_prompt(each.prompt)}"]
            lines += [f"    {visible(each.file)}"] if each.file else []
    if found.make_next:
        lines += ["", "Make next:", *(f"  {_made(each)}" for each in found.make_next)]
    lines += [paragraph(f"Not taken: {visible(each)}") for each in found.not_taken]
    if found.is_complete:
        lines += ["", f"Every step is rated: whatworks plan conclude {made.plan_id}"]
    return "\n".join(lines)


def _made(line: StepLine) -> str:
    return f"step {line.position} ({line.step_id}), seed {line.seed}, {_prompt(line.prompt)}"


def conclusion(result: LearningRunResult) -> str:
    """Return what came of a plan: the sentence, the values, the comparisons, and what is missing."""
    lines = [paragraph(visible(result.summary)), "", f"{result.verdict}, {result.strength}  ({result.tier})"]
    head = ("", "n", "stars", "spread", "effect", "is best", "seconds")
    rows = [
        (
            visible(value_text(each.value)), str(each.n), _number(each.mean_rating), _number(each.spread),
            "-" if each.effect is None else f"{each.effect:+.2f}",
            "-" if each.chance_best is None else percent(each.chance_best), _number(each.seconds),
        )
        for each in result.values
    ]  # fmt: skip
    lines += table(head, rows)
    if result.comparisons:
        lines += ["", *table(_COMPARED, [_compared(each) for each in result.comparisons])]
    lines += ["", *(paragraph(f"Missing: {visible(each)}") for each in result.missing)]
    lines += [paragraph(f"Note: {visible(note)}") for note in result.notes]
    return "\n".join([*lines, paragraph(f"Next: {visible(result.stop_reason)}")])


_COMPARED = ("", "stars", "95 % interval", "P", "Bayes factor", "same", "effective n", "says")


def _compared(each: ValueComparison) -> tuple[str, ...]:
    return (
        visible(f"{value_text(each.value)} over {value_text(each.against)}"), f"{each.difference:+.2f}",
        f"{each.low:+.2f} to {each.high:+.2f}", f"{each.probability:.3f}", f"{each.bayes_factor:.3g}",
        percent(each.equivalence), f"{each.effective_n:.1f}", each.says,
    )  # fmt: skip


def _number(value: float | None) -> str:
    return "-" if value is None else f"{value:.2f}"


def _prompt(text: str) -> str:
    return visible(text if len(text) <= _PROMPT_CHARACTERS else text[: _PROMPT_CHARACTERS - 1] + "…")

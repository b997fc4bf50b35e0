"""What an answer says about each parameter: a sentence, and its best settings with figures and records."""

from collections.abc import Iterator, Mapping, Sequence

import numpy as np
from msgspec import Struct

from learning_core.answers.answer import By, Parameter, Setting
from learning_core.answers.background import USUAL
from learning_core.answers.comparison import Comparer, Comparison
from learning_core.answers.evidence import Evidence
from learning_core.answers.extent import Extent, extents_of
from learning_core.answers.other_kind import contradicted
from learning_core.answers.overall import Overall, departs
from learning_core.answers.provenance import Provenance, provenance, tested, told
from learning_core.answers.sentences import Intervals, sentence, share, why
from learning_core.answers.shown_settings import Shown, settings_of, shown_levels
from learning_core.stats.beta import credible_interval
from learning_core.stats.subject import shapes_of
from learning_core.text.wording import count, listed, name


class Beside(Struct, frozen=True):
    """What is said beside a subject: its name in words, and what leads over all prompts."""

    subject: str
    overall: Overall


def weigh(
    comparer: Comparer,
    evidence: Evidence,
    parameters: Sequence[By],
    limit: int,
    beside: Beside | None = None,
    most: int | None = None,
) -> list[Parameter]:
    """Return what the evidence says about each parameter; `limit` settings of each are shown.

    With `beside`, what leads over all prompts is said where nothing leads for the subject. Where that would be more
    than `most` settings in all, `extents_of` makes it fewer.
    """
    compared = dict(zip(parameters, comparer.compare(parameters, USUAL), strict=True))
    leading = {by: _leading(by, each, beside) for by, each in compared.items()}
    found = {by: each for by, each in compared.items() if each is not None}
    led = {by for by in found if leading[by] is not None}
    extents = extents_of(found, led, limit, most)
    shown = shown_levels(evidence, found, extents, led)
    intervals = dict(zip(found, _intervals(found, shown), strict=True))
    origins = {by: provenance(comparer.breakdown, by, each.levels.known) for by, each in found.items()}
    settings = settings_of(comparer, shown, intervals, origins)
    answers = []
    for by in parameters:
        if by not in found:
            answers.append(_nothing(evidence, by))
            continue
        over_all = leading[by]
        own = _parameter(evidence, by, found[by], extents[by], intervals[by], origins[by], settings.get(by, []))
        answers.append(own if over_all is None or beside is None else _with_overall(own, over_all, beside))
    return answers


def _leading(by: By, compared: Comparison | None, beside: Beside | None) -> Comparison | None:
    """Return what leads over all prompts, unless the subject has a leader of its own or shows to be different."""
    if beside is None or compared is None or compared.verdict.status not in ("not_separable", "too_thin"):
        return None
    if compared.verdict.entangled or compared.verdict.uneven:
        return None
    leading = beside.overall.leading(by)
    if leading is None or departs(compared):
        return None
    first = compared.levels.names[compared.ranking[0]]
    return leading if first == leading.levels.names[leading.verdict.quoted[0]] else None


def _with_overall(found: Parameter, leading: Comparison, beside: Beside) -> Parameter:
    """Say what leads over all prompts."""
    level = leading.verdict.quoted[0]
    a, b = leading.rates.shapes
    low, high = credible_interval(a[[level]], b[[level]])
    rate = share(leading, level, (float(low[0]), float(high[0])))
    best = f"over all prompts, {name(leading.levels.names[level])} leads: {rate}"
    start = f"{beside.subject} makes no detectable difference to {found.by}"
    if found.status == "too_thin":
        start = f"Not enough evidence on {found.by} for {beside.subject}"
    return found.model_copy(
        update={
            "status": "overall_leader",
            "strength": leading.verdict.claim.strength,
            "sentence": f"{start}; {best}.",
            "why": [*found.why, *(f"Over all prompts: {line}" for line in why(leading))],
        }
    )


def _intervals(found: Mapping[By, Comparison], shown: Mapping[By, Shown]) -> Iterator[Intervals]:
    """Yield the intervals that each parameter shows or quotes, all computed at once."""
    if not found:
        return
    levels_of = [
        list(dict.fromkeys((*(shown[by].levels if by in shown else ()), *each.verdict.quoted)))
        for by, each in found.items()
    ]
    chosen = [(each.rates, np.array(levels, np.int64)) for each, levels in zip(found.values(), levels_of, strict=True)]
    mean = np.concatenate([rates.mean[levels] for rates, levels in chosen])
    sd = np.concatenate([rates.sd[levels] for rates, levels in chosen])
    low, high = credible_interval(*shapes_of(mean, sd))
    ends = iter(zip(low.tolist(), high.tolist(), strict=True))
    for levels in levels_of:
        yield {level: next(ends) for level in levels}


def _nothing(evidence: Evidence, by: By) -> Parameter:
    return Parameter(
        by=by, status="no_evidence", strength="none", sentence=f"No judged image has a known {by}.", why=[],
        tier="no_evidence", regret=None, baseline=None, baseline_n=0, unknown=evidence.total, ranked=[], shown=0,
        total=0, controlled=[],
    )  # fmt: skip


BASELINE = "all judged images"
"""What lifts are over: the images of the question of which the parameter is known, whatever its value."""


def _parameter(
    evidence: Evidence,
    by: By,
    compared: Comparison,
    extent: Extent,
    intervals: Intervals,
    origin: Provenance,
    settings: list[Setting],
) -> Parameter:
    levels = compared.levels
    values = tested(evidence, levels, origin)
    return Parameter(
        by=by,
        status=compared.verdict.status,
        strength=compared.verdict.claim.strength,
        sentence=sentence(by, compared, intervals, evidence.outcome)
        + _contradicted(evidence, compared)
        + _unknown_company(evidence, by, compared),
        why=[*(why(compared) if extent.says_why else []), *told(evidence, by, levels.known, origin, values)],
        tier=origin.tier,
        regret=settings[0].regret if settings and len(compared.ranking) > 1 else None,
        baseline=round(compared.baseline, 4),
        baseline_n=compared.n,
        unknown=compared.unknown,
        ranked=settings,
        shown=len(settings),
        total=len(compared.ranking),
        controlled=values[: extent.limit],
    )


def _contradicted(evidence: Evidence, compared: Comparison) -> str:
    levels, verdict = compared.levels, compared.verdict
    if not verdict.leads:
        return ""
    pair = list(verdict.quoted)
    leader, rival = pair
    worth = float((compared.rates.effective_n[pair] / levels.tally.n[pair]).min())
    rows = levels.rows_of(leader), levels.rows_of(rival)
    return contradicted(evidence, rows, (name(levels.names[leader]), name(levels.names[rival])), worth)


def _unknown_company(evidence: Evidence, by: By, compared: Comparison) -> str:
    """Say when most images behind a parameter lack the checkpoint or the prompt: it may not carry over."""
    total = compared.n
    unknown = {
        what: evidence.images_without(what, compared.levels.known) for what in ("checkpoint", "prompt") if what != by
    }
    lacking = [what for what, number in unknown.items() if number * 2 > total]
    if not lacking:
        return ""
    least = min(unknown[what] for what in lacking)
    verb = "are" if len(lacking) > 1 else "is"
    return f" The {listed(lacking)} {verb} unknown for {least} of these {count(total, 'image')}."

"""What attempts and the feedback on them say: pass rates, scores, common issues, and whether feedback helped."""

from collections.abc import Sequence

from pydantic import Field

from learning_core.answers.answer import Answer, MatchedTerm
from learning_core.answers.attempts import NOTE_CATEGORY, Attempts, Measure, attempts_among
from learning_core.answers.feedback_effect import Effect, effects
from learning_core.answers.feedback_pairs import NEGATIVE_PROMPTS_READ
from learning_core.answers.matched_terms import matched_terms
from learning_core.answers.mentions import (
    MentionedIssue,
    Mentions,
    Rate,
    Tally,
    mentions_of_categories,
    mentions_of_issues,
    rate,
)
from learning_core.index.snapshot import Snapshot
from learning_core.matching.selection import match as match_subject
from learning_core.stats.bounded_mean import bounded_mean
from learning_core.text import filters
from learning_core.text.keywords import Stated, parse_subject
from learning_core.text.wording import asked, count, name, percent

DEFAULT_LIMIT = 10


class ValidationMean(Answer):
    """The scores of one validator on one scale; scores of others, and stars, are never averaged with them."""

    validator: str = Field(description="Empty where the log does not name it.")
    scale_maximum: float = Field(description="The scale goes from 0 to this.")
    n: int = Field(description="Attempts with such a score.")
    effective_n: float = Field(description="n after counting attempts at one prompt as partly the same evidence.")
    mean: float
    low: float = Field(description="Lower end of the 95 % interval.")
    high: float


class FeedbackReport(Answer):
    """Attempts (records with a validation's score or verdict), their issues, and attempts before and after feedback."""

    summary: str
    subject: list[list[str]]
    terms: list[MatchedTerm]
    exclude: list[str]
    where: str
    records: int = Field(description="Records that the question selects.")
    attempts: int = Field(description="Of these, those with a score or a verdict of a validation.")
    prompts: int = Field(description="Different positive prompts among the attempts.")
    feedback: int = Field(description="Feedback events on the selected records that were not undone.")
    passing: Rate | None = Field(description="Attempts that passed; null without verdicts.")
    scores: list[ValidationMean]
    categories: list[MentionedIssue] = Field(description="Categories of feedback, the most mentioned first.")
    categories_total: int
    issues: list[MentionedIssue] = Field(description="Issues of validations and of feedback texts.")
    issues_total: int
    effects: list[Effect] = Field(description="Attempts before and after feedback.")
    why: list[str]
    notes: list[str]
    next: str


def feedback_report(
    snapshot: Snapshot,
    *,
    subject: str | Sequence[Sequence[str]] = "",
    match: Stated = "words",
    exclude: Sequence[str] = (),
    where: str = "",
    limit: int = DEFAULT_LIMIT,
) -> FeedbackReport:
    """Report on the attempts that a subject and a filter select; `limit` rows of each table.

    `subject`, `match`, `exclude` and `where` as in `what_works`. Only lines of validations and feedback are read.
    Raises QuestionError or OverLimit for a question put wrongly.
    """
    facets, terms = parse_subject(subject), filters.parse(where)
    found = match_subject(snapshot, facets, terms, how=match, exclude=exclude)
    attempts = attempts_among(snapshot, found.rows)
    understood = filters.canonical(terms)
    passing = rate(Tally.of(attempts.by_row.values()))
    categories, issues = mentions_of_categories(attempts), mentions_of_issues(attempts)
    common = issues.most_mentioned(snapshot, limit)
    effect = effects(snapshot, attempts, limit)
    return FeedbackReport(
        summary=_summary(asked(facets, understood, exclude), len(found.rows), attempts, passing, common, effect),
        subject=[list(facet) for facet in facets],
        terms=matched_terms(snapshot, found.terms, snapshot.column("prompt")[found.rows]),
        exclude=list(exclude),
        where=understood,
        records=len(found.rows),
        attempts=len(attempts.by_row),
        prompts=len({each.prompt for each in attempts.by_row.values()}),
        feedback=len(attempts.feedback),
        passing=passing,
        scores=_scores(attempts)[:limit],
        categories=categories.most_mentioned(snapshot, limit),
        categories_total=len(categories),
        issues=common,
        issues_total=len(issues),
        effects=effect,
        why=_why(attempts, issues, effect),
        notes=[*snapshot.notes, *found.notes, *_notes(attempts)],
        next=_next(attempts, effect),
    )


def _scores(attempts: Attempts) -> list[ValidationMean]:
    by_measure: dict[Measure, tuple[list[float], list[int]]] = {}
    for attempt in attempts.by_row.values():
        for measure, score in attempt.scores.items():
            scores, prompts = by_measure.setdefault(measure, ([], []))
            scores.append(score)
            prompts.append(attempt.prompt)
    found = []
    for (validator, most), (scores, prompts) in by_measure.items():
        mean = bounded_mean(scores, prompts)
        found.append(
            ValidationMean(
                validator=validator,
                scale_maximum=most,
                n=mean.n,
                effective_n=round(mean.effective_n, 1),
                mean=round(mean.mean * most, 4),
                low=round(mean.low * most, 4),
                high=round(mean.high * most, 4),
            )
        )
    return sorted(found, key=lambda each: (-each.n, each.validator, each.scale_maximum))


def _summary(
    about: str,
    records: int,
    attempts: Attempts,
    passing: Rate | None,
    issues: list[MentionedIssue],
    effect: list[Effect],
) -> str:
    n = len(attempts.by_row)
    if not n and not attempts.feedback:
        return f"Among {count(records, 'record')} of {about} there is no validation score, no verdict and no feedback."
    parts = [f"Of {count(n, 'attempt')} among {count(records, 'record')} of {about}"]
    if passing is None:
        parts[0] += ", none was passed or failed."
    else:
        parts[0] += (
            f", {passing.good:,} of {passing.n:,} with a verdict passed: "
            f"{percent(passing.value)} ({percent(passing.low)} to {percent(passing.high)})."
        )
    if issues:
        first = issues[0]
        parts.append(
            f'Most mentioned: "{name(first.name)}", {count(first.mentions, "time")}, in {first.attempts:,} of '
            f"{count(n, 'attempt')}."
        )
    if effect:
        parts.append(effect[0].sentence)
    return " ".join(parts)


def _why(attempts: Attempts, issues: Mentions, effect: list[Effect]) -> list[str]:
    prompts = len({each.prompt for each in attempts.by_row.values()})
    sentences = [
        f"{count(len(attempts.by_row), 'attempt')} at {count(prompts, 'prompt')}: attempts at one prompt count as "
        "partly the same evidence, which widens every interval."
    ]
    if len(issues):
        sentences.append(
            f"{count(issues.mentions, 'mention')} of {count(len(issues), 'issue')}: a share of attempts and a share of "
            "mentions are different figures, and both are given."
        )
    claimed = [each for each in effect if each.verdict in ("better_after", "worse_after")]
    sentences += [
        f"A change is claimed because its Bayes factor is {each.bayes_factor:.3g} (20 is needed), and it stays without "
        f"the criticised attempts ({count(each.prompts_without_criticised, 'prompt')}) and where nothing else changed "
        f"({count(each.prompts_unchanged, 'prompt')})."
        for each in claimed
    ]
    return sentences


def _notes(attempts: Attempts) -> list[str]:
    notes = []
    if attempts.notes_left_out:
        notes.append(
            f"{count(attempts.notes_left_out, 'record')} left out: a note that was stored as a failed attempt "
            f"(category {NOTE_CATEGORY}) is no attempt."
        )
    if attempts.scores_left_out:
        notes.append(
            f"{count(attempts.scores_left_out, 'score')} left out: outside its scale, or 0 although the attempt passed "
            "(a validation that was skipped). The verdicts count."
        )
    if attempts.without_result:
        notes.append(
            f"{count(attempts.without_result, 'record')} with a validation without score or verdict: no attempt."
        )
    if attempts.unreadable:
        notes.append(f"{count(attempts.unreadable, 'event')} left out: fields of the wrong types.")
    if attempts.feedback:
        notes.append(
            "Before and after is a comparison, no experiment. Seeds are not compared, nor are negative prompts among "
            f"more than {NEGATIVE_PROMPTS_READ:,} attempts."
        )
    return notes


def _next(attempts: Attempts, effect: list[Effect]) -> str:
    if not attempts.by_row:
        return "Log validations as events of kind `validation` (docs/log.md), then ask again."
    if any(each.verdict == "insufficient" for each in effect):
        return "Make attempts at the same prompts before and after the feedback, with all other settings as they were."
    return "Look at the records behind an issue with get_item, or narrow the question with where."

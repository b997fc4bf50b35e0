"""The report on attempts and feedback as a person at a terminal likes to read it."""

from collections.abc import Sequence

from learning_core.answers.feedback import FeedbackReport, ValidationMean
from learning_core.answers.feedback_effect import Effect
from learning_core.answers.mentions import MentionedIssue, Rate
from learning_core.text.wording import percent
from server.terminal.layout import paragraph, table
from server.terminal.matching import matched_by
from server.untrusted import visible

_NAME_CHARACTERS = 40
_SPARE = (6, 3)
_MENTIONED = ("", "attempts", "of all", "95 % interval", "mentions", "passed of judged", "record")
_COMPARED = ("feedback", "measured by", "before", "after", "prompts", "change", "95 % interval", "verdict")
_SCORED = ("validator", "mean", "95 % interval", "scale", "attempts")


def report(answer: FeedbackReport) -> str:
    """Return the whole report: the sentence, a table a question, what it rests on, notes and the next step."""
    lines = [paragraph(visible(answer.summary))]
    if answer.scores:
        lines += ["", "scores of validators", *table(_SCORED, map(_score, answer.scores), spare=(4,))]
    lines += _mentioned("categories of feedback", answer.categories, answer.categories_total)
    lines += _mentioned("issues", answer.issues, answer.issues_total)
    if answer.effects:
        told = [each.sentence for each in answer.effects if each.verdict != "insufficient"]
        lines += [
            "",
            "before and after feedback",
            *table(_COMPARED, map(_effect, answer.effects), spare=(6, 5), left=2),
        ]
        lines += [paragraph(visible(sentence), "  ") for sentence in told]
    if answer.attempts:
        lines += ["", *(paragraph(f"Why: {visible(sentence)}") for sentence in answer.why)]
    lines += matched_by(answer.terms)
    lines += ["", *(paragraph(f"Note: {visible(note)}") for note in answer.notes)]
    return "\n".join([*lines, paragraph(f"Next: {answer.next}")])


def _score(mean: ValidationMean) -> tuple[str, ...]:
    return (
        visible(mean.validator, _NAME_CHARACTERS) or "(no name)",
        f"{mean.mean:.4g}",
        f"{mean.low:.4g} to {mean.high:.4g}",
        f"0 to {mean.scale_maximum:g}",
        f"{mean.n:,}",
    )


def _mentioned(title: str, issues: Sequence[MentionedIssue], total: int) -> list[str]:
    if not issues:
        return []
    more = [f"  and {total - len(issues)} more; --limit shows them"] if total > len(issues) else []
    return ["", title, *table(_MENTIONED, map(_issue, issues), spare=_SPARE), *more]


def _issue(issue: MentionedIssue) -> tuple[str, ...]:
    share: Rate | None = issue.of_attempts
    return (
        visible(issue.name, _NAME_CHARACTERS),
        f"{issue.attempts:,}",
        "" if share is None else percent(share.value),
        "" if share is None else f"{percent(share.low)} to {percent(share.high)}",
        f"{issue.mentions:,} ({percent(issue.share_of_mentions)})",
        "" if issue.passing is None else f"{issue.passing.good:,} of {issue.passing.n:,}",
        issue.evidence[0] if issue.evidence else "",
    )


def _effect(effect: Effect) -> tuple[str, ...]:
    # A share in points of a hundred, a score on its own scale.
    size = 100.0 if effect.scale_maximum is None else 1.0
    change, low, high = (None if each is None else each * size for each in (effect.change, effect.low, effect.high))
    return (
        visible(effect.feedback, _NAME_CHARACTERS) + (" (automated)" if effect.given_by == "automated" else ""),
        visible(effect.measure, _NAME_CHARACTERS),
        f"{effect.before_n:,}",
        f"{effect.after_n:,}",
        f"{effect.prompts:,}",
        "" if change is None else f"{change:+.3g}",
        "" if low is None or high is None else f"{low:+.3g} to {high:+.3g}",
        effect.verdict.replace("_", " "),
    )

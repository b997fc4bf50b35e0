"""The answer to "is A better than B?" as a person at a terminal likes to read it."""

from learning_core.answers.settings_comparison import ArmDifference, ArmEvidence, Runtime, SettingsComparison
from learning_core.text.wording import percent
from server.terminal.layout import paragraph, table
from server.terminal.matching import matched_by
from server.untrusted import visible

NAME_CHARACTERS = 40
_ARMS = ("", "filter", "good", "share", "stars", "effective", "prompts", "judged", "best record")
_SPARE_OF_ARMS = (7, 5, 6, 4)
_DIFFERENCES = ("difference A - B", "points", "95 % interval", "images", "prompts", "")
_MATCHES = {
    "all_images": "all judged images",
    "same_prompt": "same prompt",
    "same_prompt_and_seed": "same prompt and seed",
    "all_else_equal": "all else equal",
}


def comparison(answer: SettingsComparison) -> str:
    """Return the whole answer: the sentence, the arms, the differences, runtime, why, notes and the next step."""
    lines = [paragraph(visible(answer.summary))]
    if answer.difference is not None:
        lines += ["", *table(_ARMS, [_arm("A", answer.a), _arm("B", answer.b)], left=2, spare=_SPARE_OF_ARMS)]
        lines += ["", *table(_DIFFERENCES, _differences(answer), spare=(3, 4))]
    lines += _runtime(answer.runtime)
    if answer.why:
        lines += ["", *(paragraph(f"Why: {visible(each)}") for each in answer.why)]
    lines += matched_by(answer.terms)
    lines += ["", *(paragraph(f"Note: {visible(note)}") for note in answer.notes)]
    return "\n".join([*lines, paragraph(f"Next: {answer.next}")])


def _arm(label: str, arm: ArmEvidence) -> tuple[str, ...]:
    return (
        label,
        visible(arm.filter, NAME_CHARACTERS),
        f"{arm.good} of {arm.n}",
        "" if arm.share is None else percent(arm.share),
        "" if arm.mean_rating is None else f"{arm.mean_rating:.2f}",
        f"{arm.effective_n:.1f}",
        str(arm.prompts),
        percent(arm.judged_share),
        arm.evidence[0] if arm.evidence else "",
    )


def _differences(answer: SettingsComparison) -> list[tuple[str, ...]]:
    rows = [
        _row(_MATCHES[each.match], each.difference, "rests on this" if each.match == answer.basis else "")
        for each in answer.matched
    ]
    if answer.difference is not None:
        rows.append(
            _row("all judged images", answer.difference, "rests on this" if answer.basis == "all_images" else "")
        )
    rows += [
        _row(f"at equal {each.factor}", each.difference, each.outcome.replace("_", " ")) for each in answer.at_equal
    ]
    if answer.stars is not None:
        stars = answer.stars
        rows.append(
            ("mean stars", f"{stars.value:+.2f} stars", f"{stars.low:+.2f} to {stars.high:+.2f}", *_size(stars), "")
        )
    return rows


def _row(label: str, found: ArmDifference | None, remark: str) -> tuple[str, ...]:
    if found is None:
        return visible(label, NAME_CHARACTERS), "", "", "", "", remark
    interval = f"{100 * found.low:+.0f} to {100 * found.high:+.0f}"
    return visible(label, NAME_CHARACTERS), f"{100 * found.value:+.0f}", interval, *_size(found), remark


def _size(found: ArmDifference) -> tuple[str, str]:
    return f"{found.n_a} + {found.n_b}", str(found.prompts)


def _runtime(runtime: Runtime) -> list[str]:
    if runtime.a_median is None or runtime.b_median is None or runtime.ratio is None:
        return []
    text = (
        f"Runtime, median a job: A {runtime.a_median:g} s ({runtime.a_n}), B {runtime.b_median:g} s ({runtime.b_n}); "
        f"A takes {runtime.ratio:.2f} times as long"
    )
    if runtime.ratio_alike is not None:
        text += f", {runtime.ratio_alike:.2f} times among jobs of equal size and steps"
    return ["", paragraph(f"{text}.")]

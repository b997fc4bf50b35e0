"""What else could explain a difference of two arms: other settings, times, who judged, and the words of the prompts."""

from collections.abc import Iterator

import numpy as np
from msgspec import Struct

from learning_core.answers.made_images import images_of
from learning_core.answers.two_arms import JudgedRows, Question, numbered
from learning_core.answers.value_classes import NUMBERS, lora_classes, number_classes
from learning_core.index.columns import Column
from learning_core.index.snapshot import Snapshot
from learning_core.ranges import ranges
from learning_core.stats.equal_parts import equal_parts
from learning_core.stats.given_words import PARTS, Words
from learning_core.text.keywords import words

SETTINGS = (
    "checkpoint", "lora_set", "vae", "sampler", "scheduler", "steps", "cfg_scale", "size", "denoising_strength",
    "hires_fix", "stage",
)  # fmt: skip
TIME, JUDGED, RATER, BATCH = "time", "time of judging", "rater", "batch size"
_ONLY_WRITTEN_WHEN_USED = ("vae", "denoising_strength", "hires_fix")
"""Programs leave these out where they do not apply, so that unknown is a value of its own."""

_FEW_VALUES = 8
_NUMBER_PARTS = 4
_TIME_PARTS = 8
_USUAL_IMAGES = 20.0
_DIGITS = 9


class Factor(Struct, frozen=True, eq=False):
    """Something that could explain a difference: its name and the stratum of each row, −1 where it is unknown."""

    name: str
    stratum: Column


def other_settings(question: Question) -> list[str]:
    """Return the settings that the arms are not told apart by."""
    named = {"lora_set" if field == "lora" else field for field in question.fields}
    return [name for name in SETTINGS if name not in named]


class Causes(Struct, frozen=True, eq=False):
    """What else could explain a difference, one by one, and the words of the prompts all together, if there are any."""

    factors: list[Factor]
    words: Words | None


def causes(snapshot: Snapshot, judged: JudgedRows, question: Question) -> Causes:
    """Return what is known and varies among the judged jobs of both arms."""
    settings = _of_settings(snapshot, judged, question)
    found = [*settings, *_of_circumstances(snapshot, judged, question)]
    words = _words(snapshot, judged, question)
    if words is None:
        return Causes(found, None)
    leaning = _leaning_word(snapshot, words)
    if leaning is not None:
        has = np.zeros(len(words.images), np.int64)
        has[words.entries.prompt[words.entries.word == leaning]] = 1
        found.append(Factor(f"the word {snapshot.word_texts()[leaning]!r}", has[judged.rows.prompt]))
    return Causes(found, words.entries)


def _of_settings(snapshot: Snapshot, judged: JudgedRows, question: Question) -> Iterator[Factor]:
    for name in other_settings(question):
        codes = snapshot.column(name)[judged.ordinals].astype(np.int64)
        if not len(codes) or (codes == codes[0]).all():
            continue
        stratum = _stratum(snapshot, name, codes)
        if int(stratum.min()) < int(stratum.max()):
            yield Factor(name.removesuffix("_set"), stratum)


def _of_circumstances(snapshot: Snapshot, judged: JudgedRows, question: Question) -> Iterator[Factor]:
    """Yield when images were made and judged, by whom, and among how many, unless the arms are told apart by it."""
    for name, column in ((TIME, "time"), (JUDGED, "judged_at")):
        times = snapshot.column(column)[judged.ordinals]
        known = times > 0
        if known.any() and times.min() < times.max() and not question.fields & {"after", "before"}:
            yield Factor(name, _of_known(known, equal_parts(times[known], _TIME_PARTS)))
    raters = snapshot.column("rater")[judged.ordinals].astype(np.int64)
    if len(raters) and raters.min() < raters.max() and "rater" not in question.fields:
        yield Factor(RATER, _of_known(raters > 0, numbered(raters[raters > 0])))
    # One taken of each batch is one in four or one in eight, whatever made the images.
    if judged.outcome == "selected":
        sizes = images_of(snapshot, judged.ordinals, judged.outcome)
        if len(sizes) and sizes.min() < sizes.max():
            yield Factor(BATCH, numbered(sizes))


def _of_known(known: Column, stratum: Column) -> Column:
    """Return the strata of the rows that are known, −1 for the others."""
    found = np.full(len(known), -1, np.int64)
    found[known] = stratum
    return found


def _stratum(snapshot: Snapshot, name: str, codes: Column) -> Column:
    """Return strata numbered in the order of the rows, −1 for unknown."""
    unknown = (codes == 0) if name not in _ONLY_WRITTEN_WHEN_USED else np.zeros(len(codes), bool)
    if name == "lora_set":
        codes = lora_classes(snapshot)[codes]
    elif name in NUMBERS:
        codes = number_classes(snapshot, name, codes, _FEW_VALUES, _NUMBER_PARTS)
    stratum = numbered(codes)
    return np.where(unknown, -1, stratum) if unknown.any() else stratum


class _Words(Struct, frozen=True, eq=False):
    """The words of the prompts of a comparison.

    `images` and `unexplained` are sums over each prompt: images, by arm, and good images beyond what its arms
    would have had on the average.
    """

    entries: Words
    images: Column
    unexplained: Column


def _words(snapshot: Snapshot, judged: JudgedRows, question: Question) -> _Words | None:
    """Return the words of the prompts, less those that tell the arms apart or that every prompt has; None without."""
    rows, starts, every = judged.rows, *snapshot.prompt_words()
    prompts = int(rows.prompt.max(initial=-1)) + 1
    if prompts < 2:
        return None
    first = np.zeros(prompts, np.int64)
    first[rows.prompt[::-1]] = np.arange(len(rows.prompt))[::-1]
    number = snapshot.column("prompt")[judged.ordinals[first]].astype(np.int64)
    sizes = starts[number + 1] - starts[number]
    word = every[ranges(starts[number], sizes)].astype(np.int64)
    prompt = np.repeat(np.arange(prompts), sizes)
    often = np.bincount(word)
    told = {text for term in (*question.a, *question.b) if not term.field for text in words(term.names[0])}
    usable = (often > 1) & (often < prompts)
    if told:
        texts = snapshot.word_texts()
        usable[[place for place in np.flatnonzero(usable).tolist() if texts[place] in told]] = False
    kept = usable[word]
    if not kept.any():
        return None
    images = np.bincount(2 * rows.prompt + rows.arm, rows.n, 2 * prompts).reshape(-1, 2)
    of_arm = [np.bincount(rows.arm, each, 2) for each in (rows.n, rows.s)]
    expected = (of_arm[1] / np.maximum(of_arm[0], 1.0))[rows.arm]
    unexplained = np.bincount(rows.prompt, rows.s - rows.n * expected, prompts)
    part = (snapshot.column("key")[judged.ordinals[first]] % np.uint64(PARTS)).astype(np.int64)
    return _Words(Words(prompt[kept], word[kept], part, len(often)), images, unexplained)


def _leaning_word(snapshot: Snapshot, found: _Words) -> int | None:
    """Return the word that could bias the raw difference most: its arms' shares differ, and so do its outcomes."""
    prompt, word, words = found.entries.prompt, found.entries.word, found.entries.words
    of_arm = np.stack([np.bincount(word, found.images[:, arm][prompt], words) for arm in (0, 1)])
    total = found.images.sum(axis=0)
    leaning = np.abs(of_arm[0] / max(total[0], 1.0) - of_arm[1] / max(total[1], 1.0))
    images = of_arm.sum(axis=0)
    gain = np.bincount(word, found.unexplained[prompt], words) / (images + _USUAL_IMAGES)
    # The last digits are rounding errors, and must not part what is equal.
    bias = (leaning * np.abs(gain)).round(_DIGITS)
    most = float(bias.max())
    if most <= 0.0:
        return None
    texts = snapshot.word_texts()
    return min(np.flatnonzero(bias == most).tolist(), key=texts.__getitem__)

"""Words and subjects: how "beach" finds "beaches" but neither "bench" nor "peach".

No stemmer: it matched "woods" to a name, where plural folding with a short list of exceptions matched nothing
foreign. A subject is an AND of facets, each an OR of alternatives.
"""

import re
import unicodedata
from collections.abc import Iterable, Sequence
from functools import cache
from typing import Literal

from learning_core.errors import OverLimit, QuestionError
from learning_core.text.wording import name

Subject = tuple[tuple[str, ...], ...]
Stated = Literal["exact", "words"]
"""How what was stated is looked up: as a phrase within one tag, or by all its words anywhere in a prompt."""

Match = Literal[Stated, "semantic"]
"""`semantic` also looks for terms that mean nearly the same, and keeps them apart."""

MAXIMUM_FACETS = 8
MAXIMUM_ALTERNATIVES = 24
MAXIMUM_ALTERNATIVE_CHARACTERS = 100
MAXIMUM_SUBJECT_CHARACTERS = 1000
MAXIMUM_EXCLUDED = 24

_KEEP = frozenset({"woods", "glasses", "clothes", "pants", "goods"})
_SMALL_WORDS = frozenset(
    [
        "a",
        "an",
        "and",
        "at",
        "by",
        "for",
        "from",
        "in",
        "of",
        "on",
        "or",
        "the",
        "to",
        "with",
        "prompt",
        "prompts",
    ]
)
_WORD = re.compile(r"[^\W_]+(?:['’][^\W_]+)*")
_SUBJECT_PART = re.compile(r'"([^"]*)"|([^\s,"]+)|(,\s*)|(\s+)')


def fold(word: str) -> str:
    """Return a word with its plural ending folded; only words of four letters and more change."""
    if len(word) < 4 or word in _KEEP or not word.endswith("s") or word.endswith("ss"):
        return word
    if word.endswith("ies") and len(word) > 4:
        return word[:-3] + "y"
    if word.endswith(("xes", "sses", "shes", "ches")):
        return word[:-2]
    return word[:-1]


def words(text: str) -> list[str]:
    """Return the folded words of a text in order; scripts without spaces give one word a character."""
    plain = unicodedata.normalize("NFKC", text).casefold().replace("_", " ")
    if not plain.isascii():
        plain = _written_without_spaces().sub(r" \1 ", plain)
    return [fold(word.replace("’", "'")) for word in _WORD.findall(plain)]


@cache
def _written_without_spaces() -> re.Pattern[str]:
    """Return what finds a letter of such a script; a pattern that takes milliseconds to make, and few need it."""
    return re.compile("([\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\uac00-\ud7af])")


def topic_words(folded: Iterable[str]) -> list[str]:
    """Return words of a prompt as `words` gives them, each once and in their order, without such as "at"."""
    return list(filter(is_topic_word, dict.fromkeys(folded)))


def is_topic_word(folded: str) -> bool:
    """Tell whether a word as `words` gives it says what an image is of, unlike "at"."""
    return folded not in _SMALL_WORDS


def parse_subject(subject: str | Sequence[Sequence[str]]) -> Subject:
    """Return the facets of a subject; an empty subject has none and matches everything.

    In a string a space or a comma with a space means AND, a comma without one means OR, quotes hold a phrase
    together, small words such as "at" are dropped: `beach,seaside "golden hour"`. Lists are taken as they are.
    Raises OverLimit, and QuestionError for what says something, but no word: it must not be taken for "everything".
    """
    facets = _facets_of_text(subject) if isinstance(subject, str) else subject
    kept = tuple(
        alternatives for facet in facets if (alternatives := tuple(dict.fromkeys(a.strip() for a in facet if words(a))))
    )
    if len(kept) > MAXIMUM_FACETS:
        raise OverLimit(f"{len(kept)} facets; at most {MAXIMUM_FACETS} are answered", field="subject")
    for facet in kept:
        if len(facet) > MAXIMUM_ALTERNATIVES:
            raise OverLimit(
                f"{len(facet)} alternatives in one facet; at most {MAXIMUM_ALTERNATIVES} are answered",
                field="subject",
            )
        if any(len(alternative) > MAXIMUM_ALTERNATIVE_CHARACTERS for alternative in facet):
            raise OverLimit(
                f"an alternative is longer than {MAXIMUM_ALTERNATIVE_CHARACTERS} characters", field="subject"
            )
    _refuse_wordless(subject, kept)
    return kept


def parse_excluded(exclude: Sequence[str]) -> tuple[str, ...]:
    """Return what no prompt may hold, each once; raises OverLimit, and QuestionError for what has no word."""
    kept = tuple(dict.fromkeys(each.strip() for each in exclude))
    if len(kept) > MAXIMUM_EXCLUDED:
        raise OverLimit(f"{len(kept):,} exclusions; at most {MAXIMUM_EXCLUDED} are answered", field="exclude")
    if any(len(each) > MAXIMUM_ALTERNATIVE_CHARACTERS for each in kept):
        raise OverLimit(f"one is longer than {MAXIMUM_ALTERNATIVE_CHARACTERS} characters", field="exclude")
    if wordless := [each for each in kept if not words(each)]:
        raise QuestionError(f"There is no word to leave out in {name(wordless[0])!r}. Give words that prompts use.")
    return kept


def _refuse_wordless(subject: str | Sequence[Sequence[str]], kept: Subject) -> None:
    if isinstance(subject, str):
        wordless = [subject] if subject.strip() and not kept else []
    else:
        wordless = [" / ".join(facet) for facet in subject if "".join(facet).strip() and not any(map(words, facet))]
    if wordless:
        raise QuestionError(
            f"There is no word to look for in {name(wordless[0])!r}. Give words that prompts use (small ones such as "
            "'the' are passed over), or no subject at all for all images."
        )


def _facets_of_text(text: str) -> list[list[str]]:
    if len(text) > MAXIMUM_SUBJECT_CHARACTERS:
        raise OverLimit(f"{len(text)} characters; at most {MAXIMUM_SUBJECT_CHARACTERS} are answered", field="subject")
    facets: list[list[str]] = []
    alternative_next = False
    for match in _SUBJECT_PART.finditer(text):
        quoted, bare, comma, _space = match.groups()
        if comma is not None:
            alternative_next = comma == "," and bool(facets)
            continue
        if quoted is None and bare is None:
            continue
        part = f'"{quoted}"' if quoted is not None else bare
        if quoted is None and bare.casefold() in _SMALL_WORDS:
            continue
        if alternative_next:
            facets[-1].append(part)
        else:
            facets.append([part])
        alternative_next = False
    return facets


def is_phrase(alternative: str) -> bool:
    """Tell whether an alternative was put in quotes: only the phrase itself counts then."""
    return len(alternative) > 1 and alternative.startswith('"') and alternative.endswith('"')

"""Keeping prompts from models: all of them, or those with a word or tag that the person listed; counts stay right."""

import re
from collections.abc import Iterable
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

from msgspec import Struct

from learning_core.errors import OverLimit, Unreadable

if TYPE_CHECKING:
    from learning_core.index.columns import Column
    from learning_core.index.snapshot import Snapshot

HIDDEN = "(hidden by the owner of the library)"
MASK = "(hidden)"
LIST_BYTES = 64 * 1024
MOST_ENTRIES = 1_000
_TAG = "tag:"
_RECORD = "rec:"
_FILE_LINES = frozenset({"diff", "lines"})
"""Lines of a sidecar, which may hold a prompt."""

_PROMPTS = ("prompt", "positive_prompt", "negative_prompt", "note")
_OPEN_JUDGEMENTS = ("rating", "selection", "tags", "curation", "undo", "withdrawal")
_SAYS_NOTHING_OF_A_PROMPT = frozenset(
    {"ref", "refs", "evidence", "next_cursor", "event_id", "mode", "status", "plan_id", "step_id", "record"}
)
_WORDS_OF_PROMPTS = frozenset({"often_with", "related_not_counted"})
_FOUND_IN_PROMPTS = frozenset({"alias", "semantic"})
_QUOTED_WORD = re.compile(r"\b(prompts with|the word) (?:'[^']*'|\"[^\"]*\"|[^\s,;.]+)")


class HideList(Struct, frozen=True, dict=True):
    """What must not reach a model: `all_prompts`, or prompts with one of the words or of records with one of the tags.

    Settings, ratings, references and all counts stay: they are what the answers are for.
    """

    all_prompts: bool = False
    words: tuple[str, ...] = ()
    tags: tuple[str, ...] = ()

    @property
    def is_empty(self) -> bool:
        """Tell whether nothing is to be hidden."""
        return not (self.all_prompts or self.words or self.tags)

    @cached_property
    def _pattern(self) -> re.Pattern[str] | None:
        """A word of the list, also in the plural and between the signs of prompt syntax; plain alternatives only."""
        if not self.words:
            return None
        spelled = (r"[\s_-]+".join(map(re.escape, word.split())) for word in self.words)
        return re.compile(rf"(?<![^\W_])(?:{'|'.join(spelled)})(?:e?s)?(?![^\W_])", re.IGNORECASE)

    def has_word(self, text: str) -> bool:
        """Tell whether a text holds one of the words."""
        return self._pattern is not None and self._pattern.search(text) is not None

    def masked(self, text: str) -> str:
        """Return a text with the words of the list written over."""
        if self.all_prompts:
            text = _QUOTED_WORD.sub(rf"\1 {MASK}", text)
        return text if self._pattern is None else self._pattern.sub(MASK, text)

    def rows(self, snapshot: "Snapshot") -> "Column":
        """Return which jobs have a listed word in the positive prompt, in all its length, or a listed tag."""
        import numpy as np

        if self.all_prompts:
            return np.ones(snapshot.jobs, bool)
        wanted = {tag.casefold() for tag in self.tags}
        hidden = snapshot.jobs_with_tags(tag for tag in snapshot.tags() if tag.casefold() in wanted)
        for word in self.words:
            hidden[snapshot.rows_of_prompts(snapshot.prompts_with(word, phrase=True))] = True
        return hidden


class Hider:
    """Takes what is to be hidden out of answers to questions that were put to one snapshot."""

    def __init__(self, hide_list: HideList, snapshot: "Snapshot") -> None:
        self._list = hide_list
        self._snapshot = snapshot

    @cached_property
    def _rows(self) -> "Column":
        return self._snapshot.derived(("hidden rows", self._list), lambda: self._list.rows(self._snapshot))

    def __call__(self, content: Any, name: str = "") -> Any:
        """Return the content of an answer as it may be shown."""
        if isinstance(content, str):
            return content if name in _SAYS_NOTHING_OF_A_PROMPT else self._list.masked(content)
        if isinstance(content, list):
            hides_all = self._list.all_prompts and name in _FILE_LINES
            return [HIDDEN if hides_all else self(part, name) for part in content]
        if isinstance(content, dict):
            shown = self._without_prompts(content) if content.get("ref", "").startswith(_RECORD) else content
            if name in _WORDS_OF_PROMPTS or content.get("how") in _FOUND_IN_PROMPTS:
                shown = content | {"term": self._term(content["term"])}
            return {self._list.masked(key): self(part, key) for key, part in shown.items()}
        return content

    def _term(self, term: str) -> str:
        """Return a term that was taken from prompts, if one that may be shown has it."""
        having = self._snapshot.rows_of_prompts(self._snapshot.prompts_with(term, phrase=True))
        return MASK if self._rows[having].all() else term

    def _without_prompts(self, record: dict[str, Any]) -> dict[str, Any]:
        """Return a record without the texts that must not be shown."""
        if self._rows[self._snapshot.ordinal(record["ref"])]:
            return {name: _hidden(name, value) for name, value in record.items()}
        return {
            name: HIDDEN if name in _PROMPTS and value and self._list.has_word(value) else value
            for name, value in record.items()
        }


def _hidden(name: str, value: Any) -> Any:
    """Return what a hidden record shows in one of its fields; file names are often made from prompts."""
    if name in _PROMPTS:
        return HIDDEN if value else value
    if name == "images":
        return [HIDDEN for _ in value]
    if name == "judgements":
        return [said if said["kind"] in _OPEN_JUDGEMENTS else said | {"text": HIDDEN} for said in value]
    return value


def read_hide_list(path: Path, *, all_prompts: bool) -> HideList:
    """Return what a file lists, one word, phrase or `tag:NAME` a line, `#` for remarks. Raises Unreadable."""
    try:
        with path.open("rb") as file:
            data = file.read(LIST_BYTES + 1)
    except OSError as error:
        raise Unreadable(error.strerror or str(error), field=str(path)) from error
    if len(data) > LIST_BYTES:
        raise OverLimit(f"larger than {LIST_BYTES:,} bytes, which is no list of words", field=str(path))
    try:
        lines = [line.strip() for line in data.decode("utf-8-sig").splitlines()]
    except UnicodeDecodeError as error:
        raise Unreadable(f"no UTF-8 text (byte {error.start})", field=str(path)) from error
    entries = [line for line in lines if line and not line.startswith("#")]
    if len(entries) > MOST_ENTRIES:
        raise OverLimit(f"{len(entries):,} entries; at most {MOST_ENTRIES:,} are used", field=str(path))
    if not entries:
        raise Unreadable("lists no word and no tag, so nothing would be hidden", field=str(path))
    return _listed(entries, all_prompts=all_prompts)


def _listed(entries: Iterable[str], *, all_prompts: bool) -> HideList:
    tags = tuple(entry[len(_TAG) :].strip() for entry in entries if entry.casefold().startswith(_TAG))
    words = tuple(entry for entry in entries if not entry.casefold().startswith(_TAG))
    return HideList(all_prompts, words, tags)

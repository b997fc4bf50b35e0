"""The person's own list of tag aliases, as tag autocompletion keeps it: which tags are other spellings of one.

A line is `name,category,count,"alias,alias"`, underscores for spaces (danbooru's export). Only general tags (category
0) are taken; the relation is read both ways.
"""

import csv
import hashlib
from collections.abc import Iterator
from functools import lru_cache
from itertools import islice
from pathlib import Path

from msgspec import Struct

from learning_core.errors import Unreadable
from learning_core.limits import ALIAS_FILE_BYTES
from learning_core.text.keywords import fold, words

MOST = 12
"""Most aliases that one alternative brings."""

_GENERAL = "0"


class Aliases(Struct, frozen=True):
    """Groups of tags that are spellings of one, found by the folded words of any of them; the file's name and hash."""

    name: str
    sha256: str
    groups: tuple[tuple[str, ...], ...]
    by_words: dict[str, tuple[int, ...]]

    def of(self, alternative: str) -> list[str]:
        """Return other spellings of an alternative, in the order of the file, without those of the same words."""
        own = " ".join(words(alternative))
        others = (each for number in self.by_words.get(own, ()) for each in self.groups[number])
        return list(islice((each for each in dict.fromkeys(others) if _key(each) != own), MOST))


def aliases_in(path: Path) -> Aliases:
    """Return the aliases in a file, kept in memory while it does not change; raises Unreadable."""
    try:
        status = path.stat()
        if not path.is_file():
            raise Unreadable(f"{path.name} is no file")
        if status.st_size > ALIAS_FILE_BYTES:
            raise Unreadable(f"{path.name} is larger than {ALIAS_FILE_BYTES // 1024**2} MB")
        return _read(path, status.st_mtime_ns, status.st_size)
    except OSError as error:
        raise Unreadable(f"{path.name}: {error.strerror or error}") from error


@lru_cache(maxsize=1)
def _read(path: Path, _changed: int, _size: int) -> Aliases:
    content = path.read_bytes()
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise Unreadable(f"{path.name} is not UTF-8, from byte {error.start} on") from error
    groups = tuple(_groups(path, text))
    by_words: dict[str, list[int]] = {}
    for number, group in enumerate(groups):
        for key in dict.fromkeys(map(_key, group)):
            by_words.setdefault(key, []).append(number)
    by_words.pop("", None)
    digest = hashlib.sha256(content).hexdigest()
    return Aliases(path.name, digest, groups, {key: tuple(numbers) for key, numbers in by_words.items()})


def _groups(path: Path, text: str) -> Iterator[tuple[str, ...]]:
    """Yield a tag with its aliases, spaces for underscores; lines of another shape are passed over if a few."""
    strange = 0
    lines = csv.reader(text.splitlines())
    try:
        for row in lines:
            if len(row) < 2 or not row[1].strip().isdecimal():
                strange += bool(row)
            elif row[1].strip() == _GENERAL and len(row) > 3 and row[3]:
                yield tuple(each.replace("_", " ").strip() for each in (row[0], *row[3].split(",")) if each.strip("_ "))
    except csv.Error as error:
        raise Unreadable(f"{path.name} is no list of tags: line {lines.line_num}: {error}") from error
    if strange and strange >= lines.line_num - strange:
        raise Unreadable(f'{path.name} is no list of tags: its lines are not `name,category,count,"aliases"`')


def _key(tag: str) -> str:
    """Return the folded words of a tag; most tags are plain words, which need no more than folding."""
    if tag.isascii() and tag.replace(" ", "").isalnum():
        return " ".join(map(fold, tag.lower().split()))
    return " ".join(words(tag))

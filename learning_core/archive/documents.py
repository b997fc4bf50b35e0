"""The documents of a library besides log and audit chain, as an archive holds them: what travels and what never does.

Drafts, plans with their results and images, the review's sealed keys, learning modes, what a model told of words and
the person's tag aliases travel. What names places of one computer (`model_folders.json`), the tokens of servers, the
log of calls, locks and everything in the cache folder do not: nothing is archived but what a name below allows.
"""

import re
import stat
from collections.abc import Iterator
from pathlib import Path
from typing import Literal

from learning_core.library import ALIASES, MATCHING, Library
from learning_core.limits import ALIAS_FILE_BYTES

Part = Literal["images", "key"]
"""What a person may leave out: the images in the folders of plans, and the sealed keys of the review."""

FOLDERS = ("drafts", "matching", "plans", "review")

_NAME = r"[a-z0-9][a-z0-9_.-]{0,199}"
_KEY = r"review/key-[0-9a-f]{16}\.json"
_IMAGE = rf"plans/{_NAME}/(?:images|input)/{_NAME}\.(?:png|jpg|webp|avif|gif)"
_ALIASES = f"{MATCHING}/{ALIASES}"
_LAST = "/manifest.json"
_KNOWN = re.compile(
    "|".join([
        r"drafts/[0-9a-f]{64}\.json", _KEY, _IMAGE, rf"plans/{_NAME}/(?:plan|result-[0-9a-f]{{16}})\.json",
        re.escape(_ALIASES), rf"matching/(?:static-table|model-vectors)/{_NAME}", r"learning\.json",
    ])
)  # fmt: skip
_LEFT_OUT: dict[Part, re.Pattern[str]] = {"images": re.compile(_IMAGE), "key": re.compile(_KEY)}


def is_document(name: str) -> bool:
    """Tell whether a member is a document of a library by its name, which then is a relative path without `..`."""
    return _KNOWN.fullmatch(name) is not None and not name.endswith((".", ".lock"))


def documents(library: Library, without: frozenset[Part] = frozenset()) -> list[tuple[str, Path]]:
    """Return name and path of each document that lies in a library as a plain file, in the order of their names.

    A set of term vectors is whole with its manifest, which comes last, as it is written last.
    """
    found = {path.relative_to(library.root).as_posix(): path for path in _files(library.root)}
    aliases = library.matching.aliases
    if aliases is not None and _is_plain(aliases) and aliases.stat().st_size <= ALIAS_FILE_BYTES:
        found[_ALIASES] = aliases
    kept = [
        (name, path)
        for name, path in found.items()
        if is_document(name) and not any(_LEFT_OUT[part].fullmatch(name) for part in without)
    ]
    return sorted(kept, key=lambda pair: (pair[0].startswith(MATCHING) and pair[0].endswith(_LAST), pair[0]))


def _files(root: Path) -> Iterator[Path]:
    """Yield the plain files that may be documents; links are not followed below the library's own folders."""
    yield from (path for path in root.glob("*.json") if _is_plain(path))
    for folder in FOLDERS:
        yield from (path for path in (root / folder).rglob("*") if _is_plain(path))


def _is_plain(path: Path) -> bool:
    try:
        return stat.S_ISREG(path.lstat().st_mode)
    except OSError:
        return False

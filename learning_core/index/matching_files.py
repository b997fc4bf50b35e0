"""Where a library keeps what its subjects are matched with besides the prompts themselves."""

from pathlib import Path

from msgspec import Struct


class MatchingFiles(Struct, frozen=True):
    """`inputs` holds what came from a model and cannot be made again without it, `cache` what can.

    `aliases` is the person's own list of tag aliases (CSV), None where no setting names one.
    """

    inputs: Path
    cache: Path
    aliases: Path | None = None

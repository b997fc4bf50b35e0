"""A prompt pack: a text file with one prompt a line."""

from pathlib import Path

from learning_core.errors import PlanRefused
from learning_core.limits import PROMPT_CHARACTERS

LARGEST_PACK = 4 * 1024 * 1024


def read_prompts(path: Path) -> tuple[str, ...]:
    """Return the prompts of a pack, each once; blank lines and lines that begin with # are none.

    UTF-8, with or without byte order mark. Raises PlanRefused, which names file and line.
    """
    try:
        if path.stat().st_size > LARGEST_PACK:
            raise PlanRefused(f"{path} is larger than {LARGEST_PACK // 1024 // 1024} MB")
        text = path.read_bytes().decode("utf-8-sig")
    except OSError as error:
        raise PlanRefused(f"{path} cannot be read: {error.strerror or error}") from error
    except UnicodeDecodeError as error:
        raise PlanRefused(f"{path} is not UTF-8 (byte {error.start})") from error
    found: dict[str, None] = {}
    for number, line in enumerate(text.splitlines(), 1):
        prompt = line.strip()
        if len(prompt) > PROMPT_CHARACTERS:
            raise PlanRefused(f"{path}, line {number}: longer than {PROMPT_CHARACTERS} characters")
        if prompt and not prompt.startswith("#"):
            found[prompt] = None
    if not found:
        raise PlanRefused(f"{path} holds no prompt")
    return tuple(found)

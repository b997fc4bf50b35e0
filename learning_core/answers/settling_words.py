"""What would settle a question where more images like those that are judged would not."""

from collections.abc import Sequence

from learning_core.text.wording import listed


def judge_others_too(names: Sequence[str]) -> str:
    """Return what to do where only good images of the named values, one at least, are judged."""
    return (
        f"Every judged image of {listed(names)} came out well, so more like these would settle nothing: "
        "judge images that you did not like, too."
    )

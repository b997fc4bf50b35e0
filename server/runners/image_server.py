"""What the runner needs of a server that makes images, whichever it is."""

from pathlib import Path
from typing import Protocol

from msgspec import Struct

from learning_core.plans.learning_plan import LearningPlan, LearningRunStep


class Made(Struct, frozen=True):
    """One finished image as the server sent it; times are epoch seconds, None where it does not tell."""

    content: bytes
    started: float | None = None
    ended: float | None = None
    texts: tuple[tuple[str, str], ...] = ()
    """Text chunks that belong into the image and are missing there: keyword and text."""


class ImageServer(Protocol):
    """A server under the address that a person named; all methods raise ImageServerError."""

    @property
    def name(self) -> str:
        """How sentences call it: program and address."""

    def prepare(self, plan: LearningPlan, steps: list[LearningRunStep], input_image: Path | None = None) -> None:
        """Look whether it is there and has all that the steps need, before the first image is made.

        `input_image` is the file that the plan starts from, None for one that starts from noise. Also raises
        NotExpressible.
        """

    def make(self, step: LearningRunStep) -> Made:
        """Make the image of one step and return it; also raises NotExpressible."""

    def cancel(self, step: LearningRunStep) -> None:
        """Take back a step that was handed in, if it is still this step that the server works on."""

"""A draft: one proposed change of one sidecar, immutable, known by the hash of its content."""

import hashlib
import re
from typing import Any, Literal

import orjson
from pydantic import BaseModel, ConfigDict, Field, SerializerFunctionWrapHandler, model_serializer

from learning_core.answers.answer import By, Strength, Tier
from learning_core.errors import UnknownDraft

REF_DIGITS = 16
TYPED_CHARACTERS = 6
"""So many last characters of a draft's seal a person types: what was read is what is approved."""

_REF = re.compile(r"draft:([0-9a-f]{16})")

Json = Any
"""What JSON can hold."""


class Part(BaseModel):
    """Base of all parts of a draft: frozen, no surprises."""

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)


class Operation(Part):
    """One operation of JSON Patch (RFC 6902); `path` is a JSON Pointer (RFC 6901)."""

    op: Literal["test", "add", "replace"]
    path: str
    value: Json


class Change(Part):
    """One changed field: `field` is its path as people read it, `pointer` (RFC 6901) where it stands afterwards.

    A missing value is null.
    """

    field: str
    pointer: str
    before: Json = None
    after: Json = None


class Figures(Part):
    """The evidence on one value as it was: judged images, those that came out well, and the share to expect."""

    value: str
    n: int
    good: int
    estimate: float
    low: float | None = Field(description="Lower end of the 95 % credible interval; null where none is shown.")
    high: float | None


class Ground(Part):
    """What the library's answer said on one parameter: the proposed value beside the one that stood there."""

    by: By
    strength: Strength
    tier: Tier
    sentence: str
    proposed: Figures | None
    present: Figures | None


class Question(Part):
    """What was asked of the library: the checkpoint, the subject of the prompts, a filter."""

    checkpoint: str
    subject: str = ""
    where: str = ""


class Evidence(Part):
    """The numbers as they were when the draft was made, and references of records behind them."""

    question: Question
    strength: Strength = Field(description="How sure the surest lead is that the draft rests on.")
    grounds: list[Ground] = []
    runs_observed: int = Field(description="Records with the checkpoint or LoRA.")
    mean_rating: float | None = Field(description="Mean of their stars, 1 to 5.")
    refs: list[str] = []


class Request(Part):
    """What was asked for, so that the same can be asked again of a sidecar that changed meanwhile."""

    preset: str = Field(default="", description="Id of the preset, `new` for one more, empty for the suggested one.")
    changes: dict[str, Json] = Field(default={}, description="What was asked to change; empty: what the answer says.")
    plan: str = Field(default="", description="Id of the plan whose conclusion is asked for; empty for none.")

    @model_serializer(mode="wrap")
    def _written(self, write: SerializerFunctionWrapHandler) -> dict[str, Json]:
        """Without a plan nothing is said of one: drafts are named by their bytes."""
        content: dict[str, Json] = write(self)
        return content if self.plan else {name: value for name, value in content.items() if name != "plan"}


class Content(Part):
    """What a draft proposes; its hash is the draft's name. `base` is null where there is no sidecar yet."""

    version: Literal[1] = 1
    target: str = Field(description="model:NAME or lora:NAME.")
    sidecar: str = Field(description="File name of the sidecar, without folder.")
    base: str | None = Field(description="SHA-256 of the sidecar that the draft was made from.")
    result: str = Field(description="SHA-256 of the sidecar that the operations make of it.")
    operations: list[Operation]
    changes: list[Change]
    unified: str
    reason: str
    evidence: Evidence


class Author(Part):
    """Who made a draft: `tool` is the command or tool, `client` the program that called it."""

    tool: str
    client: str


class Draft(Part):
    """A draft as it is kept; `request` is how it was asked for, `made_at` epoch seconds (UTC)."""

    content: Content
    request: Request
    author: Author
    made_at: float

    @property
    def id(self) -> str:
        """SHA-256 of the content: the same proposal is the same draft, whoever makes it."""
        return digest(canonical(self.content))

    @property
    def ref(self) -> str:
        """The name of the draft in answers and commands."""
        return reference(self.id)

    @property
    def data(self) -> bytes:
        """The bytes that are kept."""
        return canonical(self)

    @property
    def seal(self) -> str:
        """SHA-256 of the bytes that are kept, author and time included: what a decision is bound to."""
        return digest(self.data)


def canonical(part: Part) -> bytes:
    """Return the one way to write a part of a draft: UTF-8, no spaces; the order of keys in values is theirs."""
    return orjson.dumps(part.model_dump(mode="json"))


def digest(data: bytes) -> str:
    """Return the SHA-256 of bytes in hex."""
    return hashlib.sha256(data).hexdigest()


def reference(draft_id: str) -> str:
    """Return the name of a draft in answers and commands."""
    return f"draft:{draft_id[:REF_DIGITS]}"


def ref_digits(ref: str) -> str:
    """Return the digits of a reference `draft:0123456789abcdef`; raises UnknownDraft."""
    found = _REF.fullmatch(ref.strip())
    if found is None:
        raise UnknownDraft(ref)
    return found.group(1)

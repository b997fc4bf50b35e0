"""The shapes of what is told about profiles: which there are, one in full, what is wrong, and why a setting is so."""

from typing import Any

from pydantic import BaseModel, ConfigDict, Field

from learning_core.profiles.precedence import Layer
from learning_core.profiles.profile import Kind


class Told(BaseModel):
    """Base of the shapes: frozen, no surprises."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class Finding(Told):
    """What is wrong, or to be known, about one field of a sidecar."""

    field: str = Field(description="Path of the field; empty for the whole file.")
    reason: str
    is_fatal: bool = Field(description="Whether the file cannot be used because of it.")


class CheckedFile(Told):
    """One sidecar and all that was found in it."""

    file: str
    kind: Kind
    findings: list[Finding]


class Checked(Told):
    """Every sidecar that was looked at."""

    ok: bool = Field(description="Whether every sidecar can be used.")
    files: list[CheckedFile]
    notes: list[str] = Field(description="Folders and files that were not looked at, and why.")


class ListedProfile(Told):
    """One usable sidecar in a line."""

    kind: Kind
    name: str
    base_type: str
    entries: int = Field(description="Presets of a checkpoint; weights and pairings of a LoRA.")
    best: str = Field(description="The preset or weight that is suggested, empty for none.")
    rating: str
    style: str | None
    runs_observed: int | None
    mean_rating: float | None
    remarks: int = Field(description="Things that `whatworks profiles validate` tells about it.")
    file: str
    hides: list[str] = Field(description="Sidecars of the same name in folders that were named later.")


class ListedFolder(Told):
    """A folder that a person named, and what lies there."""

    folder: str
    layout: str = Field(description="The program it belongs to, or `folder`.")
    sidecars: int
    model_files: int
    notes: list[str]


class Profiles(Told):
    """All profiles of the configured folders."""

    profiles: list[ListedProfile]
    unusable: list[str]
    folders: list[ListedFolder]


class ShownProfile(Told):
    """One sidecar in full."""

    file: str
    sha256: str
    kind: Kind
    name: str
    content: dict[str, Any] = Field(description="What the file says, in its order, unknown keys too.")
    unknown_keys: list[str]
    style: str | None
    suggested: str = Field(description="Id of the suggested preset; empty for none, and for a LoRA.")
    findings: list[Finding]


class PassedOver(Told):
    """What somebody else says of a setting, and does not decide."""

    value: Any
    layer: Layer
    reason: str


class ExplainedSetting(Told):
    """One setting: its value, who decides it, and why."""

    setting: str
    value: Any
    layer: Layer
    reason: str
    instead_of: list[PassedOver]


class ExplainedConfig(Told):
    """The settings that a checkpoint and its LoRAs start with, each with its reason. Priors, never evidence."""

    checkpoint: str
    profile: str | None = Field(description="The sidecar of the checkpoint; null where it has none.")
    settings: list[ExplainedSetting]
    config: dict[str, Any] = Field(description="The same as a pipeline takes it.")
    left_out: list[str]
    notes: list[str]

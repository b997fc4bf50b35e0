"""Parts of a generation: LoRA uses, second pass, refiner, where the raw metadata lies."""

from typing import Literal

from pydantic import BaseModel, ConfigDict


class Part(BaseModel):
    """Base of the parts: immutable, unknown fields kept."""

    model_config = ConfigDict(extra="allow", frozen=True)


class LoraUse(Part):
    """One LoRA as applied; weights are multipliers, usually 0 to 2, negative allowed."""

    name: str
    weight: float | None = None
    text_encoder_weight: float | None = None
    kind: Literal["lora", "lycoris"] = "lora"
    hash: str | None = None


class HiresFix(Part):
    """The second pass of a text-to-image job; `scale` is a factor, `denoising_strength` 0 to 1."""

    upscaler: str | None = None
    scale: float | None = None
    steps: int | None = None
    denoising_strength: float | None = None
    cfg_scale: float | None = None
    sampler: str | None = None
    scheduler: str | None = None
    checkpoint: str | None = None
    width: int | None = None
    height: int | None = None


class Refiner(Part):
    """A second checkpoint that finishes the picture; `switch_at` is a share of the steps, 0 to 1."""

    checkpoint: str | None = None
    switch_at: float | None = None
    steps: int | None = None


class Experiment(Part):
    """The controlled or half-controlled study that a job belongs to, as its producer stated it.

    `focus_parameter` is a canonical field name such as `cfg_scale`; `focus_value` its tested value.
    `evidence` is `controlled` only when the producer proved what was held fixed, `unproven` when it
    claimed an experiment without proof, `preference` for comparisons of whole settings.
    """

    experiment_id: str
    focus_parameter: str
    focus_value: str | float | None = None
    display_name: str | None = None
    evidence: Literal["controlled", "unproven", "preference"] = "unproven"


class RawReference(Part):
    """Where the untouched metadata lies, so that a better reader can be run again.

    `carrier` names the chunk or field (`png:parameters`, `exif:UserComment`, `line:17`); `sha256` is of the
    carrier's bytes. `path` is text as the importer saw it and is never opened on anybody's word.
    """

    path: str | None = None
    carrier: str | None = None
    sha256: str | None = None
    reader: str | None = None

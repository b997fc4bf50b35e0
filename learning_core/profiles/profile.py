"""The sidecars of checkpoints and LoRAs as typed objects; what they hold beyond that is kept, not understood."""

from typing import Annotated, Any, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, StrictStr

Kind = Literal["model_profile", "lora_profile"]
VERSION = 1

TIERS = ("bad", "neutral", "good", "better", "best")
"""The words of a rating, the lowest first."""

SOURCES = ("internet_prior", "local_learning")
UNKNOWN_BASE = "unknown"


def rank(rating: str) -> int:
    """Return how high a rating stands, 5 for `best` to 1 for `bad`; 0 for a word that is none of ours."""
    return TIERS.index(rating) + 1 if rating in TIERS else 0


def _no_truth_value(value: Any) -> Any:
    if isinstance(value, bool):
        raise ValueError("true or false where a number belongs")  # noqa: TRY004 - pydantic's own protocol
    return value


def _empty_for_null(value: Any) -> Any:
    return [] if value is None else value


Name = Annotated[StrictStr, Field(min_length=1)]
Whole = Annotated[int, BeforeValidator(_no_truth_value)]
Real = Annotated[float, BeforeValidator(_no_truth_value)]
Side = Annotated[Whole, Field(ge=1, le=65_536)]


class ProfilePart(BaseModel):
    """Base of all parts of a sidecar: immutable, unknown keys kept, infinities refused."""

    model_config = ConfigDict(extra="allow", frozen=True, allow_inf_nan=False)


class LoraOverlay(ProfilePart):
    """A LoRA that belongs to a preset; `weight` is a multiplier, usually 0 to 2, negative allowed."""

    name: Name
    weight: Real


class ModelPreset(ProfilePart):
    """Settings that somebody rated for a checkpoint; `resolution` is width and height in pixels.

    Old files glue the schedule to the sampler's name (`DPM++ 2M Karras`) and leave `scheduler` null. A `rating`
    that is none of TIERS ranks below all of them.
    """

    id: Name
    label: StrictStr = ""
    rating: StrictStr = ""
    source: StrictStr = ""
    sampler: Name
    scheduler: StrictStr | None = None
    steps: Annotated[Whole, Field(ge=1, le=10_000)]
    cfg: Annotated[Real, Field(ge=0, le=1_000)]
    resolution: tuple[Side, Side]
    lora_overlays: Annotated[list[LoraOverlay], BeforeValidator(_empty_for_null)] = []


class LearningSummary(ProfilePart):
    """What the library had seen of the model when the file was last brought up to date.

    `mean_rating` is of stars from 1 to 5, `updated_at` a time as text, UTC.
    """

    runs_observed: Annotated[Whole, Field(ge=0)] | None = None
    mean_rating: Annotated[Real, Field(ge=1, le=5)] | None = None
    updated_at: StrictStr | None = None


def _empty_summary(value: Any) -> Any:
    return {} if value is None else value


Summary = Annotated[LearningSummary, BeforeValidator(_empty_summary)]
Texts = Annotated[list[StrictStr], BeforeValidator(_empty_for_null)]


class ModelProfile(ProfilePart):
    """What is recommended for one checkpoint, in the order of the file.

    The fields from `default_refiner_id` on seed the second pass; null leaves them to the style.
    `default_hires_denoise` is a denoising strength, 0 to 1.
    """

    kind: Literal["model_profile"]
    version: Literal[1]
    model_name: Name
    base_type: StrictStr = UNKNOWN_BASE
    tags: Texts = []
    recommended_presets: Annotated[list[ModelPreset], BeforeValidator(_empty_for_null)] = []
    learning_summary: Summary = LearningSummary()
    default_refiner_id: StrictStr | None = None
    default_hires_upscaler_id: StrictStr | None = None
    default_hires_denoise: Annotated[Real, Field(ge=0, le=1)] | None = None
    style_profile_id: StrictStr | None = None


class LoraRecommendedWeight(ProfilePart):
    """A weight that somebody rated for a LoRA."""

    label: StrictStr = ""
    weight: Real
    rating: StrictStr = ""


class LoraRecommendedPairing(ProfilePart):
    """A checkpoint that a LoRA was rated with.

    Its weight is that of the LoRA's overlay in the checkpoint's preset `preset_id`, null for the preset that is
    suggested. `weight`, where a file has it, says it directly.
    """

    model: Name
    preset_id: StrictStr | None = None
    rating: StrictStr = ""
    weight: Real | None = None


class LoraProfile(ProfilePart):
    """What is recommended for one LoRA, in the order of the file."""

    kind: Literal["lora_profile"]
    version: Literal[1]
    lora_name: Name
    target_base_type: StrictStr = UNKNOWN_BASE
    intended_use: Texts = []
    trigger_phrases: Texts = []
    recommended_weights: Annotated[list[LoraRecommendedWeight], BeforeValidator(_empty_for_null)] = []
    recommended_pairings: Annotated[list[LoraRecommendedPairing], BeforeValidator(_empty_for_null)] = []
    learning_summary: Summary = LearningSummary()


AnyProfile = ModelProfile | LoraProfile
PROFILES: dict[Kind, type[AnyProfile]] = {"model_profile": ModelProfile, "lora_profile": LoraProfile}
ENDINGS: dict[Kind, str] = {"model_profile": ".modelprofile.json", "lora_profile": ".loraprofile.json"}


def name_of(profile: AnyProfile) -> str:
    """Return the name that a profile gives its checkpoint or LoRA."""
    return profile.model_name if isinstance(profile, ModelProfile) else profile.lora_name

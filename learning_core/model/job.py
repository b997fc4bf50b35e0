"""One completed image-generation job: LearningRecordV2, field by field, and what it lacks."""

from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field, StrictBool, StrictInt, StrictStr

from learning_core.limits import JOB_ID_CHARACTERS, PROMPT_CHARACTERS
from learning_core.model.generation import Experiment, HiresFix, LoraUse, RawReference, Refiner
from learning_core.model.quantities import Runtime, Time, Whole

LearningMode = Literal["off", "passive", "active"]
Prompt = Field(default=None, max_length=PROMPT_CHARACTERS)


class JobRecord(BaseModel):
    """One line of the log per completed job.

    The first block is the LearningRecordV2 contract; only `job_id` is needed, everything else is unknown when
    absent. The second block extends it. Unknown keys are kept. Times are epoch seconds (UTC), runtimes seconds,
    sizes pixels, `seed` an exact integer of any size, `clip_skip` counts as A1111 does (1 = none). `refinement_policy`
    and `refinement_scale` say which adaptive refinement acted and how much, `motion_status` what became of a motion
    module (`applied` or why not).
    `user_rating` and `notes` are what was known at completion; later judgements are events of their own.
    """

    model_config = ConfigDict(extra="allow", frozen=True, allow_inf_nan=False)

    kind: Literal["job"] = "job"
    schema_version: Literal[1] = 1

    job_id: StrictStr = Field(min_length=1, max_length=JOB_ID_CHARACTERS)
    timestamp_start: Time | None = None
    timestamp_end: Time | None = None
    prompt_positive: StrictStr | None = Prompt
    prompt_negative: StrictStr | None = Prompt
    model: StrictStr | None = None
    vae: StrictStr | None = None
    sampler: StrictStr | None = None
    scheduler: StrictStr | None = None
    cfg_scale: float | None = None
    steps: Whole | None = None
    seed: StrictInt | None = None
    variant_index: Whole | None = None
    variant_total: Whole | None = None
    batch_index: Whole | None = None
    batch_total: Whole | None = None
    refiner_enabled: StrictBool | None = None
    refiner_strength: float | None = None
    hires_enabled: StrictBool | None = None
    hires_denoise: float | None = None
    hires_scale: float | None = None
    upscale_enabled: StrictBool | None = None
    upscale_denoise: float | None = None
    upscale_scale: float | None = None
    adetailer_enabled: StrictBool | None = None
    output_dir: StrictStr | None = None
    output_paths: list[StrictStr] | None = None
    total_runtime_sec: Runtime | None = None
    stage_runtimes: dict[str, float] | None = None
    user_rating: StrictInt | None = Field(default=None, ge=1, le=5)
    notes: StrictStr | None = None

    checkpoint_hash: StrictStr | None = None
    merged_checkpoints: list[StrictStr] | None = None
    loras: list[LoraUse] | None = None
    width: Whole | None = None
    height: Whole | None = None
    clip_skip: Whole | None = None
    distilled_cfg_scale: float | None = None
    denoising_strength: float | None = None
    hires: HiresFix | None = None
    refiner: Refiner | None = None
    stage: StrictStr | None = None
    refinement_policy: StrictStr | None = None
    refinement_scale: float | StrictStr | None = None
    motion_status: StrictStr | None = None
    stage_sequence: list[StrictStr] | None = None
    prompt_template: StrictStr | None = Prompt
    negative_template: StrictStr | None = Prompt
    prompt_pack: StrictStr | None = None
    prompt_id: StrictStr | None = None
    run_id: StrictStr | None = None
    session_id: StrictStr | None = None
    plan_id: StrictStr | None = None
    step_id: StrictStr | None = None
    learning_mode: LearningMode | None = None
    experiment: Experiment | None = None
    source_tool: StrictStr | None = None
    source_version: StrictStr | None = None
    image_hash: StrictStr | None = None
    raw: RawReference | None = None
    origin: StrictStr | None = None

    def content(self) -> dict[str, Any]:
        """Return what is known as a JSON object: absent fields left out, unknown ones kept."""
        return self.model_dump(mode="json", exclude_none=True, exclude_defaults=False)

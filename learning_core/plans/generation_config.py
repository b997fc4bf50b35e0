"""What one image is made with: the settings of the whole generation, and those of each of its stages."""

from typing import Any

from pydantic import BaseModel, ConfigDict, StrictInt, StrictStr

from learning_core.plans.parameters import Focus, Stage


class Settings(BaseModel):
    """Base of settings: frozen, absent ones are not set and stay as the program that runs the plan has them."""

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)


class LoraWeight(Settings):
    """One LoRA with its weight, a multiplier."""

    name: StrictStr
    weight: float = 1.0


class StageSettings(Settings):
    """The settings of one stage; `denoising_strength` and `confidence` are 0 to 1, `scale` is a factor."""

    sampler: StrictStr | None = None
    scheduler: StrictStr | None = None
    steps: StrictInt | None = None
    cfg_scale: float | None = None
    denoising_strength: float | None = None
    upscaler: StrictStr | None = None
    scale: float | None = None
    detector: StrictStr | None = None
    confidence: float | None = None


class GenerationConfig(Settings):
    """The settings of one generation; names are canonical, sizes pixels, `clip_skip` counts as A1111 does.

    `prompt` and `negative_prompt` are without LoRA tags: `loras` says which are applied. In a plan's `base_config`
    prompt and seed are absent, as the plan has several.
    """

    checkpoint: StrictStr | None = None
    vae: StrictStr | None = None
    loras: tuple[LoraWeight, ...] = ()
    clip_skip: StrictInt | None = None
    width: StrictInt | None = None
    height: StrictInt | None = None
    prompt: StrictStr | None = None
    negative_prompt: StrictStr | None = None
    seed: StrictInt | None = None
    input_image: StrictStr | None = None
    stages: dict[Stage, StageSettings] = {}

    def stage(self, stage: Stage) -> StageSettings:
        """Return the settings of a stage, nothing set where it has none of its own."""
        return self.stages.get(stage, StageSettings())

    def value(self, focus: Focus) -> Any:
        """Return what is set for a parameter, None for nothing; for `lora` the tuple of all."""
        name = focus.parameter.name
        if name == "size":
            return f"{self.width}x{self.height}" if self.width and self.height else None
        if name == "lora":
            return self.loras
        return getattr(self if focus.parameter.shared else self.stage(focus.stage), name)

    def varied(self, focus: Focus, value: Any) -> "GenerationConfig":
        """Return these settings with one parameter at a checked value (`parameters.checked_value`)."""
        name = focus.parameter.name
        if name == "size":
            width, height = (int(side) for side in value.split("x"))
            return self.model_copy(update={"width": width, "height": height})
        if name == "lora":
            return self.model_copy(update={"loras": self._with_lora(value["name"], value["weight"])})
        if focus.parameter.shared:
            return self.model_copy(update={name: value})
        changed = self.stage(focus.stage).model_copy(update={name: value})
        return self.model_copy(update={"stages": {**self.stages, focus.stage: changed}})

    def _with_lora(self, name: str, weight: float) -> tuple[LoraWeight, ...]:
        """Weight 0 leaves the LoRA out, as a program that applies it does in effect."""
        others = [each for each in self.loras if each.name.casefold() != name.casefold()]
        tested = [LoraWeight(name=name, weight=weight)] if weight else []
        return tuple(sorted([*others, *tested], key=lambda each: each.name.casefold()))

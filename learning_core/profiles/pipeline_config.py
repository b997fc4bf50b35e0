"""The settings that a pipeline starts with: its defaults, what profiles suggest, above all the person's own word."""

from collections.abc import Iterator, Mapping, Sequence
from types import MappingProxyType
from typing import Annotated, Any

from msgspec import Struct, field
from pydantic import BaseModel, ConfigDict, Field, PrivateAttr, StrictStr, ValidationError

from learning_core.errors import BadSetting
from learning_core.profiles.collection import Collection
from learning_core.profiles.lora_weights import LeftOut, lora_weights
from learning_core.profiles.precedence import LAYERS, Layer, Said, Settled, settle
from learning_core.profiles.profile import LoraProfile, ModelProfile, Real, Side, Whole
from learning_core.profiles.style import StyleProfile, style_in_name, style_of
from learning_core.profiles.suggest import SuggestedPreset, best_preset, parted, suggestion
from learning_core.text.names import file_stem, same_name
from learning_core.text.wording import name as shown

ENGINE_DEFAULTS: Mapping[str, Any] = MappingProxyType({
    "sampler": "Euler", "steps": 20, "cfg_scale": 7.0, "width": 512, "height": 512,
    "hires_upscaler": "Latent", "hires_denoise": 0.3,
})  # fmt: skip
"""What a pipeline does when nobody says anything: no refiner, the plain second pass."""

_NAMES = {
    "sampler_name": "sampler", "scheduler_name": "scheduler", "cfg": "cfg_scale", "resolution": "size",
    "refiner_model_name": "refiner", "default_refiner_id": "refiner", "hires_upscaler_name": "hires_upscaler",
    "default_hires_upscaler_id": "hires_upscaler", "default_hires_denoise": "hires_denoise", "loras": "lora_weights",
    "lora_overlays": "lora_weights",
}  # fmt: skip
_LORA = "lora "
_CHECKPOINT = frozenset({"checkpoint", "model", "sd_model", "base_model", "base_model_name"})
"""Names of what the question itself says; in a last run it is the checkpoint of that run."""


class Origin(Struct, frozen=True):
    """Where settings come from: of each field (a LoRA's is `lora NAME`) who decided, and what else was said.

    `left_out` are LoRAs that do not fit; `notes` are what else a person should know.
    """

    settled: Mapping[str, Settled] = field(default_factory=dict)
    left_out: tuple[LeftOut, ...] = ()
    notes: tuple[str, ...] = ()


class PipelineConfig(BaseModel):
    """Settings of one run; null where the engine decides. Further settings of the person are kept as given.

    `cfg_scale` and LoRA weights are multipliers, sizes pixels, `hires_denoise` 0 to 1. `origin` is no setting.
    """

    model_config = ConfigDict(extra="allow", frozen=True, allow_inf_nan=False)

    checkpoint: StrictStr
    sampler: StrictStr | None = None
    scheduler: StrictStr | None = None
    steps: Annotated[Whole, Field(ge=1, le=10_000)] | None = None
    cfg_scale: Annotated[Real, Field(ge=0, le=1_000)] | None = None
    width: Side | None = None
    height: Side | None = None
    lora_weights: dict[str, Real] = {}
    refiner: StrictStr | None = None
    hires_upscaler: StrictStr | None = None
    hires_denoise: Annotated[Real, Field(ge=0, le=1)] | None = None
    _origin: Origin = PrivateAttr(default=Origin())

    @property
    def origin(self) -> Origin:
        """Return who decided the settings."""
        return self._origin


def build_pipeline_config_with_profiles(
    base_model_name: str,
    lora_names: Sequence[str],
    user_overrides: Mapping[str, Any],
    *,
    profiles: Collection | None = None,
    last_run: Mapping[str, Any] | None = None,
    user_preset: Mapping[str, Any] | None = None,
    engine_defaults: Mapping[str, Any] = ENGINE_DEFAULTS,
) -> PipelineConfig:
    """Return the settings for a checkpoint and LoRAs, each from whom `precedence.LAYERS` puts first.

    Overrides always win; without profiles the engine's defaults stay as they are. Settings may be named as other
    programs do (`cfg`, `sampler_name`, `resolution` as `[width, height]`, `loras` by name or as a list of name and
    weight); a checkpoint among them is passed over, as `base_model_name` says it. Raises BadSetting, which names
    the field, for a value that no pipeline can use.
    """
    known = profiles or Collection()
    model = known.model(base_model_name)
    given: tuple[tuple[Layer, Mapping[str, Any]], ...] = (
        ("override", user_overrides),
        ("last_run", last_run or {}),
        ("user_preset", user_preset or {}),
        ("engine_default", engine_defaults),
    )
    said = [each for layer, settings in given for each in _named(layer, settings)]
    suggested, weights, notes, left_out = _suggested(known, model, lora_names)
    said += [*_of_preset(model, suggested), *weights, *_of_second_pass(base_model_name, model)]
    settled = settle(_spelled_alike(said))
    notes = (*notes, *_out_of_style(base_model_name, model, settled))
    return _config(base_model_name, Origin(settled, left_out, notes))


def _named(layer: Layer, settings: Mapping[str, Any]) -> Iterator[tuple[str, Said]]:
    """Yield the settings of a layer by our names, a size as two fields, each LoRA as one."""
    fields: dict[str, Any] = {}
    for written, value in settings.items():
        if written in _CHECKPOINT:
            continue
        name = _NAMES.get(written, written)
        if name in fields and fields[name] != value:
            raise BadSetting(name, "is given twice, under two names, with two values")
        fields[name] = value
    sampler, scheduler = fields.get("sampler"), fields.get("scheduler")
    if isinstance(sampler, str) and (scheduler is None or isinstance(scheduler, str)):
        sampler, scheduler = parted(sampler, scheduler)
        fields |= {"sampler": sampler} | ({"scheduler": scheduler} if scheduler else {})
    size = fields.pop("size", None)
    if size is not None:
        if not isinstance(size, list | tuple) or len(size) != 2:
            raise BadSetting("size", "must be width and height, as [832, 1216]")
        fields = {"width": size[0], "height": size[1]} | fields
    for name, weight in _weights(fields.pop("lora_weights", None)):
        fields[_lora_field(name)] = weight
    yield from ((name, Said(layer, value)) for name, value in fields.items())


def _weights(loras: Any) -> Iterator[tuple[str, Any]]:
    if isinstance(loras, Mapping):
        yield from loras.items()
    elif isinstance(loras, list | tuple):
        for each in loras:
            if not isinstance(each, Mapping) or not isinstance(each.get("name"), str):
                raise BadSetting("lora_weights", "must give each LoRA a name and a weight")
            yield each["name"], each.get("weight")
    elif loras is not None:
        raise BadSetting("lora_weights", "must be weights by name")


def _lora_field(name: str) -> str:
    return _LORA + (file_stem(name) or name)


def _spelled_alike(said: Sequence[tuple[str, Said]]) -> list[tuple[str, Said]]:
    """Return the same with each LoRA under one name: as who counts most writes it."""
    spelled: dict[str, str] = {}
    for setting, _ in sorted(said, key=lambda each: LAYERS.index(each[1].layer)):
        spelled.setdefault(same_name(setting), setting)
    return [(spelled[same_name(setting)] if setting.startswith(_LORA) else setting, each) for setting, each in said]


def _suggested(
    known: Collection, model: ModelProfile | None, lora_names: Sequence[str]
) -> tuple[SuggestedPreset | None, list[tuple[str, Said]], tuple[str, ...], tuple[LeftOut, ...]]:
    preset = best_preset(model)
    wanted = [file_stem(name) or name for name in lora_names]
    overlays = [overlay.name for overlay in preset.lora_overlays] if preset is not None else []
    loras: dict[str, LoraProfile | None] = {}
    for name in (*wanted, *overlays):
        if same_name(name) not in map(same_name, loras):
            loras[name] = known.lora(name)
    if model is not None and preset is not None:
        suggested = suggestion(model, preset, loras)
        found, left_out, notes = suggested.loras, suggested.left_out, suggested.notes
    else:
        suggested = None
        found, left_out, notes = lora_weights(model, None, {name: each for name, each in loras.items() if each})
    said = [
        (_lora_field(lora.name), Said("profile", each.weight, each.reason))
        for lora in found
        for each in (lora, *lora.passed_over)
    ]
    return suggested, said, notes, left_out


def _of_preset(model: ModelProfile | None, suggested: SuggestedPreset | None) -> Iterator[tuple[str, Said]]:
    if model is None or suggested is None:
        return
    rating = f"rated {shown(suggested.rating)}" if suggested.rating else "not rated"
    source = f", {shown(suggested.source)}" if suggested.source else ""
    reason = f"preset {shown(suggested.preset_id or '')} of {shown(model.model_name)}, {rating}{source}"
    values = {
        "sampler": suggested.sampler, "scheduler": suggested.scheduler, "steps": suggested.steps,
        "cfg_scale": suggested.cfg, "width": suggested.resolution[0], "height": suggested.resolution[1],
    }  # fmt: skip
    yield from ((field, Said("profile", value, reason)) for field, value in values.items())


def _style(checkpoint: str, model: ModelProfile | None) -> StyleProfile | None:
    return style_of(model) if model is not None else style_in_name(file_stem(checkpoint) or checkpoint)


def _of_second_pass(checkpoint: str, model: ModelProfile | None) -> Iterator[tuple[str, Said]]:
    if model is not None:
        reason = f"default of {shown(model.model_name)}'s profile"
        yield "refiner", Said("profile", model.default_refiner_id, reason)
        yield "hires_upscaler", Said("profile", model.default_hires_upscaler_id, reason)
        yield "hires_denoise", Said("profile", model.default_hires_denoise, reason)
    style = _style(checkpoint, model)
    if style is not None:
        known_by = "which the profile names" if model is not None else "whose words stand in the checkpoint's name"
        reason = f"{style.style_profile_id}, {known_by}"
        yield "refiner", Said("style", style.default_refiner_id, reason)
        yield "hires_upscaler", Said("style", style.default_hires_upscaler_id, reason)
        yield "hires_denoise", Said("style", style.default_hires_denoise, reason)


def _out_of_style(checkpoint: str, model: ModelProfile | None, settled: Mapping[str, Settled]) -> Iterator[str]:
    style, denoise = _style(checkpoint, model), settled.get("hires_denoise")
    if style is None or denoise is None or not isinstance(denoise.said.value, int | float):
        return
    if not style.suits(denoise.said.value):
        suited = f"{style.style_profile_id}: {style.hires_denoise_range}"
        yield f"hires_denoise {denoise.said.value:g} lies outside of what suits {suited}."


def _config(checkpoint: str, origin: Origin) -> PipelineConfig:
    fields: dict[str, Any] = {"checkpoint": checkpoint}
    weights: dict[str, Any] = {}
    for setting, each in origin.settled.items():
        if setting.startswith(_LORA):
            weights[setting.removeprefix(_LORA)] = each.said.value
        else:
            fields[setting] = each.said.value
    try:
        config = PipelineConfig.model_validate({**fields, "lora_weights": weights})
    except ValidationError as error:
        problem = error.errors(include_input=False, include_url=False)[0]
        raise BadSetting(" ".join(map(str, problem["loc"])), f"cannot be used: {problem['msg'].lower()}") from None
    config._origin = origin
    return config

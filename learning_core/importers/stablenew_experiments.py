"""The tested variable of a StableNew rating: which study, which field, which value, how well proved."""

from collections.abc import Mapping
from typing import Any, Literal

from learning_core.errors import Unreadable
from learning_core.importers.foreign_values import first_text, items, mapping, real, shown, text, whole
from learning_core.importers.stablenew_settings import overlay, same_value, settings
from learning_core.model.generation import Experiment, LoraUse
from learning_core.model.job_fields import JobFields
from learning_core.text.names import number_text, parameter

_WHOLE_FIELDS = {
    "steps": "steps",
    "clip_skip": "clip_skip",
    "seed": "seed",
    "width": "width",
    "height": "height",
}
_REAL_FIELDS = {
    "cfg_scale": "cfg_scale", "denoising_strength": "denoising_strength", "upscale_factor": "upscale_scale",
    "hires_scale": "hires_scale", "refiner_strength": "refiner_strength",
}  # fmt: skip
_TEXT_FIELDS = {"sampler": "sampler", "scheduler": "scheduler", "checkpoint": "model", "vae": "vae"}
_PREFERENCE_VARIABLE = "model_comparison"


def tested_variable(metadata: Mapping[str, Any]) -> str | None:
    """Return the name of the variable under test as written, or None."""
    return text(metadata.get("variable_under_test"))


def experiment_key(metadata: Mapping[str, Any]) -> str:
    """Return what tells experiments apart: the id, else the display name, else nothing."""
    context = mapping(metadata.get("learning_context"))
    names = (metadata.get("experiment_id"), context.get("experiment_id"), metadata.get("experiment_name"))
    return first_text(*names) or ""


def add_experiment(
    fields: JobFields, record: Mapping[str, Any], *, variable: str, run_id: str, preference: bool
) -> None:
    """Put the executed settings, the tested value and the study into the fields, in this order of trust.

    Raises Unreadable when the tested value is missing or of a wrong type.
    """
    metadata = mapping(record.get("metadata"))
    frozen = mapping(metadata.get("frozen_experiment"))
    overlay(fields, _executed(mapping(frozen.get("executed_config")), fields), "the executed config")
    name = parameter(variable)
    if preference and name == _PREFERENCE_VARIABLE:
        name = "checkpoint"
    value, tested = _value(name, _stated(record, metadata, variable), variable)
    agrees = _agrees(fields, tested)
    overlay(fields, tested, "the tested value")
    display = text(metadata.get("experiment_name"))
    key = experiment_key(metadata) or run_id
    fields.values["experiment"] = Experiment(
        experiment_id=key,
        focus_parameter=name,
        focus_value=value,
        display_name=None if display == key else display,
        evidence="preference" if preference else _evidence(frozen, name, agrees=agrees),
    )


def _executed(config: Mapping[str, Any], fields: JobFields) -> dict[str, Any]:
    section = mapping(config.get("txt2img"))
    found = {**settings(config, fields.remarks), **settings(section, fields.remarks)}
    override = config.get("lora_override")
    if (use := _lora(override)) is not None:
        found["loras"] = [use]
    return found


def _stated(record: Mapping[str, Any], metadata: Mapping[str, Any], variable: str) -> object:
    if (value := metadata.get("variant_value")) is not None:
        return value
    key = variable.casefold()
    first = mapping(next(iter(items(record.get("variant_configs"))), None))
    return first.get(key, mapping(record.get("base_config")).get(key))


def _value(name: str, value: object, variable: str) -> tuple[str | float, dict[str, Any]]:
    """Return the value for comparing, and the job field that it fills."""
    unusable = Unreadable(f"the tested value {shown(value)} of {shown(variable)} is not usable")
    if isinstance(value, dict):
        use = _lora(value)
        if use is None or name != "lora":
            raise unusable
        return f"{use.name}:{number_text(use.weight or 0.0)}", {"loras": [use]}
    if name in _TEXT_FIELDS:
        if (written := text(value)) is None:
            raise unusable
        return written, {_TEXT_FIELDS[name]: written}
    if isinstance(value, bool):
        value = str(value).lower()
    found = real(value)
    if name in _WHOLE_FIELDS and found is not None:
        if (exact := whole(value)) is None:
            raise unusable
        return found, {_WHOLE_FIELDS[name]: exact}
    if name in _REAL_FIELDS and found is not None:
        return found, {_REAL_FIELDS[name]: found}
    if name in _WHOLE_FIELDS or name in _REAL_FIELDS:
        raise unusable
    other = found if found is not None else text(value)
    if other is None:
        raise unusable
    return other, {}


def _lora(value: object) -> LoraUse | None:
    stated = mapping(value)
    name, weight = text(stated.get("name")), real(stated.get("weight"))
    return None if name is None or weight is None else LoraUse(name=name, weight=weight)


def _agrees(fields: JobFields, tested: Mapping[str, Any]) -> bool:
    return all(
        fields.values.get(name) is None or same_value(name, fields.values[name], value)
        for name, value in tested.items()
    )


def _evidence(frozen: Mapping[str, Any], name: str, *, agrees: bool) -> Literal["controlled", "unproven"]:
    reason = frozen.get("variable_validation_reason")
    # A LoRA's weight acts through the prompt, so the producer has to have read it back there.
    validated = reason == "valid" or (reason is None and name != "lora")
    proved = frozen.get("controlled_evidence_valid") is True and validated and agrees
    return "controlled" if proved else "unproven"

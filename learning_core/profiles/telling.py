"""Telling a person about profiles: which there are, one in full, and why a setting is so."""

from collections.abc import Mapping, Sequence
from typing import Any

from learning_core.errors import ProfileUnusable, UnknownField
from learning_core.profiles.check import Problem
from learning_core.profiles.collection import Collection
from learning_core.profiles.lora_weights import suggested_weight
from learning_core.profiles.pipeline_config import PipelineConfig, build_pipeline_config_with_profiles
from learning_core.profiles.precedence import Settled
from learning_core.profiles.profile import ModelProfile, name_of
from learning_core.profiles.report import (
    ExplainedConfig,
    ExplainedSetting,
    Finding,
    ListedFolder,
    ListedProfile,
    PassedOver,
    Profiles,
    ShownProfile,
)
from learning_core.profiles.sidecar import Sidecar
from learning_core.profiles.style import style_of
from learning_core.profiles.suggest import best_preset
from learning_core.text.names import number_text, same_name
from learning_core.text.wording import name as shortened


def profiles_in(collection: Collection) -> Profiles:
    """Return every profile in a line, checkpoints first, each kind by name; and the folders in their order."""
    order = sorted(collection.sidecars, key=lambda each: (each.profile.kind != "model_profile", _name(each)))
    used = [each for each in order if collection.find(each.profile.kind, each.stem) is each]
    hidden = [each for each in order if each not in used]
    return Profiles(
        profiles=[_listed(each, hidden) for each in used],
        unusable=[str(error) for error in collection.unusable],
        folders=[
            ListedFolder(
                folder=str(each.folder),
                layout=each.layout,
                sidecars=len(each.sidecars),
                model_files=len(each.model_files),
                notes=each.notes,
            )
            for each in collection.searched
        ],
    )


def profile_in_full(sidecar: Sidecar) -> ShownProfile:
    """Return one sidecar with all that it says."""
    profile = sidecar.profile
    style = style_of(profile) if isinstance(profile, ModelProfile) else None
    preset = best_preset(profile) if isinstance(profile, ModelProfile) else None
    return ShownProfile(
        file=str(sidecar.path),
        sha256=sidecar.sha256,
        kind=profile.kind,
        name=name_of(profile),
        content=sidecar.content,
        unknown_keys=list(profile.model_extra or {}),
        style=style.style_profile_id if style else None,
        suggested=preset.id if preset else "",
        findings=[finding(each) for each in sidecar.remarks],
    )


def explain_config(
    collection: Collection,
    checkpoint: str,
    loras: Sequence[str],
    overrides: Mapping[str, Any],
    *,
    only: Sequence[str] = (),
) -> ExplainedConfig:
    """Return the settings that profiles, styles and defaults give, with reasons; `only` some of them, by name.

    Raises BadSetting for an override that cannot be used, UnknownField for a setting that nobody gives.
    """
    config = build_pipeline_config_with_profiles(checkpoint, loras, overrides, profiles=collection)
    sidecar = collection.find("model_profile", checkpoint)
    settings = [_explained(name, config.origin.settled[name]) for name in sorted(config.origin.settled, key=_place)]
    notes = list(config.origin.notes)
    if sidecar is None:
        notes.insert(0, _why_none(collection, checkpoint))
    notes += [str(error) for each in loras if (error := _unusable_lora(collection, each)) is not None]
    return ExplainedConfig(
        checkpoint=checkpoint,
        profile=None if sidecar is None else str(sidecar.path),
        settings=_chosen(settings, only) if only else settings,
        config=config.model_dump(mode="json"),
        left_out=[f"{each.name}: {each.reason}" for each in config.origin.left_out],
        notes=notes,
    )


def _why_none(collection: Collection, checkpoint: str) -> str:
    error = collection.unusable_named("model_profile", checkpoint)
    if error is not None:
        return str(error)
    near = collection.near(checkpoint)
    hint = f"; nearest: {', '.join(near)}" if near else ""
    return f"There is no profile for {shortened(checkpoint)}{hint}."


def _unusable_lora(collection: Collection, lora: str) -> ProfileUnusable | None:
    return collection.unusable_named("lora_profile", lora) if collection.lora(lora) is None else None


def finding(problem: Problem) -> Finding:
    """Return a problem as it is told."""
    return Finding(field=problem.field, reason=problem.reason, is_fatal=problem.is_fatal)


def _name(sidecar: Sidecar) -> str:
    return same_name(name_of(sidecar.profile))


def _listed(sidecar: Sidecar, hidden: Sequence[Sidecar]) -> ListedProfile:
    profile = sidecar.profile
    alike = [
        each for each in hidden if each.profile.kind == profile.kind and same_name(each.stem) == same_name(sidecar.stem)
    ]
    if isinstance(profile, ModelProfile):
        preset, style = best_preset(profile), style_of(profile)
        base, entries = profile.base_type, len(profile.recommended_presets)
        best, rating = (preset.id, preset.rating) if preset else ("", "")
    else:
        style, base = None, profile.target_base_type
        entries = len(profile.recommended_weights) + len(profile.recommended_pairings)
        weight = suggested_weight(profile)
        best, rating = (number_text(weight.weight), weight.rating) if weight else ("", "")
    return ListedProfile(
        kind=profile.kind,
        name=name_of(profile),
        base_type=base,
        entries=entries,
        best=best,
        rating=rating,
        style=style.style_profile_id if style else None,
        runs_observed=profile.learning_summary.runs_observed,
        mean_rating=profile.learning_summary.mean_rating,
        remarks=len(sidecar.remarks),
        file=str(sidecar.path),
        hides=[str(each.path) for each in alike],
    )


def _place(setting: str) -> tuple[int, str]:
    fields = list(PipelineConfig.model_fields)
    field = "lora_weights" if setting.startswith("lora ") else setting
    return (fields.index(field) if field in fields else len(fields)), setting


def _explained(name: str, settled: Settled) -> ExplainedSetting:
    others = [PassedOver(value=each.value, layer=each.layer, reason=each.reason) for each in settled.passed_over]
    said = settled.said
    return ExplainedSetting(setting=name, value=said.value, layer=said.layer, reason=said.reason, instead_of=others)


def _chosen(settings: Sequence[ExplainedSetting], only: Sequence[str]) -> list[ExplainedSetting]:
    by_name = {same_name(each.setting): each for each in settings}
    by_name |= {same_name(each.setting.removeprefix("lora ")): each for each in settings}
    missing = [each for each in only if same_name(each) not in by_name]
    if missing:
        raise UnknownField(missing[0], [], [each.setting for each in settings])
    return [by_name[same_name(each)] for each in only]

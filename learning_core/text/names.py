"""Canonical names and numbers for counting: one checkpoint in its three spellings is one checkpoint."""

import math
import re

_MODEL_FILE = re.compile(r"\.(?:safetensors|ckpt|pt|pth|bin|gguf)$", re.IGNORECASE)
_TRAILING_HASH = re.compile(r" \[[0-9a-fA-F]{6,64}\]$")
_MISSING = frozenset({"", "unknown", "none"})

# The first of the other spellings is ComfyUI's.
_SAMPLERS = {
    "Euler": ("euler", "k_euler"),
    "Euler a": ("euler_ancestral", "euler_a", "k_euler_ancestral", "k_euler_a"),
    "Heun": ("heun", "k_heun"),
    "LMS": ("lms", "k_lms"),
    "DPM2": ("dpm_2", "dpm2", "k_dpm_2"),
    "DPM2 a": ("dpm_2_ancestral", "dpm2_a", "k_dpm_2_ancestral"),
    "DPM++ 2M": ("dpmpp_2m", "k_dpmpp_2m"),
    "DPM++ 2M SDE": ("dpmpp_2m_sde",),
    "DPM++ 2M SDE Heun": ("dpmpp_2m_sde_heun",),
    "DPM++ SDE": ("dpmpp_sde",),
    "DPM++ 2S a": ("dpmpp_2s_ancestral", "dpmpp_2s", "dpmpp_2s_a", "k_dpmpp_2s_a"),
    "DPM++ 3M SDE": ("dpmpp_3m_sde",),
    "DPM fast": ("dpm_fast",),
    "DPM adaptive": ("dpm_adaptive",),
    "UniPC": ("uni_pc", "unipc"),
    "DDIM": ("ddim",),
    "DDPM": ("ddpm",),
    "PLMS": ("plms",),
    "LCM": ("lcm",),
    "Restart": ("restart",),
}
_SAMPLER_OF = {spelling.casefold(): name for name, others in _SAMPLERS.items() for spelling in (name, *others)}

_SCHEDULERS = {
    "Automatic": ("automatic", "auto"),
    "Normal": ("normal",),
    "Karras": ("karras", "k"),
    "Exponential": ("exponential",),
    "Polyexponential": ("polyexponential",),
    "SGM Uniform": ("sgm_uniform",),
    "Uniform": ("uniform",),
    "Simple": ("simple",),
    "DDIM": ("ddim_uniform", "ddim"),
    "Beta": ("beta",),
    "KL Optimal": ("kl_optimal",),
    "Align Your Steps": ("align_your_steps", "ays"),
}
_SCHEDULER_OF = {spelling.casefold(): name for name, others in _SCHEDULERS.items() for spelling in (name, *others)}
_MODELS = frozenset({"checkpoint", "lora", "vae"})
_FUSED = ("Karras", "Exponential", "Polyexponential", "SGM Uniform")

_PARAMETERS = {
    "cfg": "cfg_scale", "guidance_scale": "cfg_scale", "model": "checkpoint", "sd_model": "checkpoint",
    "base_model": "checkpoint", "sampler_name": "sampler", "sampling_steps": "steps", "denoise": "denoising_strength",
    "denoise_strength": "denoising_strength", "hires_denoise": "denoising_strength", "loras": "lora",
    "lora_strength": "lora", "resolution": "size", "schedule_type": "scheduler",
}  # fmt: skip


def file_stem(name: str | None) -> str | None:
    """Return a model's name without folders (either slash), file extension and trailing ` [hash]`; None if unknown.

    `SDXL\\coast.safetensors [31e35c80fc]`, `coast.safetensors` and `coast` all give `coast`.
    """
    if name is None:
        return None
    bare = _TRAILING_HASH.sub("", name.strip())
    bare = _MODEL_FILE.sub("", re.split(r"[\\/]", bare)[-1]).strip()
    return None if bare.casefold() in _MISSING else bare


def same_name(name: str) -> str:
    """Return the key under which two spellings of a name count as one."""
    return " ".join(name.split()).casefold()


def one_spelling(field: str, name: str) -> str:
    """Return a name as the index spells it: `DPM++ 2M` for the sampler `dpmpp_2m`, `coast` for `SDXL/coast.ckpt`.

    What says two things at once, as the sampler `DPM++ 2M Karras`, and names of other fields come back as they are.
    """
    if field == "sampler":
        return name if _take_schedule_off(name)[1] else _canonical(_take_schedule_off(name)[0], _SAMPLER_OF) or name
    if field == "scheduler":
        return _canonical(name, _SCHEDULER_OF) or name
    return (file_stem(name) or name) if field in _MODELS else name


def sampler_and_scheduler(sampler: str | None, scheduler: str | None) -> tuple[str | None, str | None]:
    """Return the canonical pair, taking a schedule glued to the sampler's name apart.

    `DPM++ 2M Karras` gives (`DPM++ 2M`, `Karras`); `dpmpp_2m_sde_gpu` gives `DPM++ 2M SDE`. `Automatic` means that
    the sampler chose, so it is not a value of its own and comes back as None. Unknown names pass through.
    """
    name, glued = _take_schedule_off(sampler)
    given = _canonical(scheduler, _SCHEDULER_OF)
    if given == "Automatic":
        given = None
    return _canonical(name, _SAMPLER_OF), given or glued


def graph_sampler(name: str) -> str:
    """Return the name that ComfyUI has for a sampler: `dpmpp_2m` for `DPM++ 2M`; others are written as it writes."""
    return _graph_name(_canonical(_take_schedule_off(name)[0], _SAMPLER_OF) or name, _SAMPLERS)


def graph_scheduler(name: str) -> str:
    """Return the name that ComfyUI has for a noise schedule: `sgm_uniform` for `SGM Uniform`."""
    return _graph_name(_canonical(name, _SCHEDULER_OF) or name, _SCHEDULERS)


def _graph_name(name: str, table: dict[str, tuple[str, ...]]) -> str:
    spellings = table.get(name)
    return spellings[0] if spellings else "_".join(name.casefold().split())


def _take_schedule_off(sampler: str | None) -> tuple[str | None, str | None]:
    if sampler is None:
        return None, None
    name = sampler.strip()
    if name.casefold().endswith("_gpu"):
        name = name[:-4]
    for schedule in _FUSED:
        for glue in (" ", "_"):
            ending = glue + schedule.replace(" ", glue)
            if name.casefold().endswith(ending.casefold()) and len(name) > len(ending):
                return name[: -len(ending)], schedule
    if name.casefold().endswith("_k") and name[:-2].casefold() in _SAMPLER_OF:
        return name[:-2], "Karras"
    return name, None


def _canonical(name: str | None, table: dict[str, str]) -> str | None:
    if name is None:
        return None
    plain = " ".join(name.split())
    if plain.casefold() in _MISSING or plain.casefold() == "undefined":
        return None
    return table.get(plain.casefold()) or table.get(plain.casefold().replace(" ", "_")) or plain


def number(value: float) -> float:
    """Return the value rounded to 6 significant digits, so that 6.499999999999998 counts as 6.5."""
    if value == 0 or not math.isfinite(value):
        return 0.0 if value == 0 else value
    return float(f"{value:.6g}")


def number_text(value: float) -> str:
    """Return a number as people write it: 7 for 7.0, 6.5 for 6.499999999999998."""
    rounded = number(value)
    return str(int(rounded)) if rounded == int(rounded) and abs(rounded) < 1e15 else repr(rounded)


def parameter(name: str) -> str:
    """Return the canonical field name of a varied parameter: `CFG Scale`, `cfg scale` and `cfg` give `cfg_scale`."""
    key = "_".join(name.replace("-", " ").replace("_", " ").casefold().split())
    return _PARAMETERS.get(key, key)

"""How much of the variance of judgements goes with the prompt and with each setting."""

from typing import Literal

from msgspec import Struct
from pydantic import Field

from learning_core.answers.answer import Answer
from learning_core.answers.answer import Share as Fraction
from learning_core.answers.judged_images import JudgedImages, Levels
from learning_core.index.snapshot import Snapshot
from learning_core.stats.pair_tables import Images
from learning_core.stats.variance_shares import MOVED_TOGETHER, Share, Shares, blocks_of, variance_shares

PARAMETERS = {
    "checkpoint": "checkpoint", "lora": "lora_set", "sampler": "sampler", "scheduler": "scheduler", "steps": "steps",
    "cfg_scale": "cfg_scale", "size": "size", "denoising_strength": "denoising_strength", "vae": "vae",
    "hires_fix": "hires_fix",
}  # fmt: skip
"""The parameters by name, with the field of the index that holds their values."""

LEAST_MENTIONED = 0.5
"""Cramér's V from which on it is said that two parameters moved together."""

CROSSED = "checkpoint"

Kind = Literal["parameter", "prompt", "prompt_or_rest", "prompt_by_checkpoint", "settings_together", "rest"]
"""`prompt_or_rest`: too few prompts have a second image to tell the prompt from what changes at equal prompts."""


class DriverShare(Answer):
    """The share of the variance that goes with one parameter, with several that moved together, or with none."""

    kind: Kind
    parameters: list[str] = Field(description="Several only where they cannot be told apart; empty for other kinds.")
    values: int = Field(description="Different known values, of the first of the parameters; 0 for other kinds.")
    share: Fraction
    low: Fraction = Field(description="Lower end of the 95 % interval.")
    high: Fraction
    compared: Literal["inside prompts", "across prompts"] = Field(
        description="Across prompts the choice of easy prompts may add to it."
    )


class MovedTogether(Answer):
    """Two parameters of which the values of one largely tell those of the other."""

    first: str
    second: str
    association: Fraction = Field(description="Bias-corrected Cramér's V: 0 unrelated, 1 one tells the other.")
    told_apart: bool = Field(description="False where both share one line, as neither can have a share of its own.")


class NeverVaried(Answer):
    """A parameter of which only one value is known."""

    parameter: str
    value: str
    jobs: int
    unknown: int = Field(description="Judged jobs for which it is not known.")


class Driving(Struct, frozen=True):
    """What the shares say; without `shares` there were too few images or prompts, or all were judged alike.

    `with_prompt` are parameters of which every value belongs to one prompt; `partly_unknown` those varied that are
    unknown for some of the jobs, `silent` those that are known for none.
    """

    shares: list[DriverShare]
    variance: float
    moved_together: list[MovedTogether]
    never_varied: list[NeverVaried]
    with_prompt: list[str]
    partly_unknown: list[str]
    silent: list[str]


def driving(snapshot: Snapshot, judged: JudgedImages) -> Driving:
    """Return the shares, greatest first, the rest last."""
    levels = {name: judged.levels(field) for name, field in PARAMETERS.items()}
    # What is not a setting takes its own share, which would otherwise be that of the settings that went with it.
    levels |= judged.circumstances()
    names = [name for name, each in levels.items() if each.known > 1]
    images = Images(
        judged.at_equal_times() if len(judged.rows) else judged.value,
        judged.spread,
        judged.prompt,
        blocks_of(len(judged.prompts)),
        [levels[name].classes for name in names],
    )
    crossed = names.index(CROSSED) if CROSSED in names else None
    found = variance_shares(images, crossed)
    return Driving(
        shares=[] if found is None else _listed(found, names, levels),
        variance=0.0 if found is None else found.variance,
        moved_together=[] if found is None else _moved_together(found, names),
        never_varied=[_only(snapshot, name, levels[name]) for name in PARAMETERS if levels[name].known == 1],
        with_prompt=[] if found is None else [names[factor] for factor in found.with_prompt],
        partly_unknown=[name for name in names if name in PARAMETERS and not levels[name].codes.all()],
        silent=[name for name in PARAMETERS if not levels[name].known],
    )


def _listed(found: Shares, names: list[str], levels: dict[str, Levels]) -> list[DriverShare]:
    shares = []
    for each in found.factors:
        together = [names[factor] for factor in each.factors]
        shares.append(_share("parameter", each, together, levels[together[0]].known))
    if found.rest is not None:
        shares.append(_share("prompt", found.prompt))
    others: tuple[tuple[Kind, Share | None], ...] = (
        ("prompt_by_checkpoint", found.interaction),
        ("settings_together", found.combination),
    )
    shares += [_share(kind, each) for kind, each in others if each is not None]
    shares.sort(key=lambda each: (-each.share, each.kind, each.parameters))
    last = _share("prompt_or_rest", found.prompt) if found.rest is None else _share("rest", found.rest)
    return [*shares, last]


def _share(kind: Kind, share: Share, parameters: list[str] | None = None, values: int = 0) -> DriverShare:
    return DriverShare(
        kind=kind,
        parameters=parameters or [],
        values=values,
        share=round(share.value, 4),
        low=round(share.low, 4),
        high=round(share.high, 4),
        compared="inside prompts" if share.inside else "across prompts",
    )


def _moved_together(found: Shares, names: list[str]) -> list[MovedTogether]:
    group_of = {factor: share.factors for share in found.factors for factor in share.factors}
    pairs = [
        MovedTogether(
            first=names[each.first],
            second=names[each.second],
            association=round(each.v, 4),
            told_apart=each.v < MOVED_TOGETHER and each.second not in group_of.get(each.first, ()),
        )
        for each in found.associations
        if each.v >= LEAST_MENTIONED or each.second in group_of.get(each.first, ())
    ]
    return sorted(pairs, key=lambda each: (-each.association, each.first, each.second))


def _only(snapshot: Snapshot, name: str, levels: Levels) -> NeverVaried:
    known = levels.codes[levels.codes > 0]
    number = int(known.min())
    if name == "lora":
        sets = snapshot.lora_sets()
        members = sets.loras[sets.starts[number] : sets.starts[number + 1]].tolist()
        value = ", ".join(sorted(sets.names[member] for member in members))
    else:
        (value,) = snapshot.names(PARAMETERS[name], known[:1])
    return NeverVaried(parameter=name, value=value, jobs=len(known), unknown=len(levels.codes) - len(known))

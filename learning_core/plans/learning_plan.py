"""The documents of a plan: what is tried, each of its steps, and what came of it."""

import hashlib
from typing import Annotated, Any, Literal

import orjson
from pydantic import BaseModel, ConfigDict, Field, StrictInt, StrictStr, ValidationError, model_validator

from learning_core.errors import PlanRefused
from learning_core.model.quantities import Time
from learning_core.plans.generation_config import GenerationConfig
from learning_core.plans.parameters import Focus, Stage, checked_value, focus_of
from learning_core.plans.values import VariantValue, as_values

PREFIX = "plan-"
ID_PATTERN = r"^[a-z0-9][a-z0-9_.-]{0,63}$"
"""What a plan's id may be: it names a folder."""

LARGEST_SEED = 2**32 - 1
MOST_STEPS = 2_000
LIST = 500

Design = Literal["one_variable", "screen"]
Author = Literal["person", "model", "import"]
PlanId = Annotated[StrictStr, Field(pattern=ID_PATTERN)]


class Document(BaseModel):
    """Base of the documents: frozen, nothing unknown in them."""

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)

    def encoded(self) -> bytes:
        """Return the document as JSON in UTF-8: the same bytes for the same content."""
        return orjson.dumps(self.model_dump(mode="json"), option=orjson.OPT_INDENT_2 | orjson.OPT_APPEND_NEWLINE)


class PlanMetadata(Document):
    """Who made a plan, when (epoch seconds), why, on which evidence, and which plan it replaces."""

    created_by: Author = "person"
    created_at: Time = 0.0
    why: StrictStr = ""
    subject: StrictStr = ""
    evidence: tuple[StrictStr, ...] = ()
    replaces: PlanId | None = None


class LearningPlan(Document):
    """What is tried: values of one parameter, or a screen of several, each over the same prompts and seeds.

    `focus_parameter` is written `txt2img.steps`; in a screen it names all factors, joined by `+`, and each variant is
    a row of their values. `images_per_variant` are the images of each variant for each prompt, one a seed. All
    variants of a prompt share the seeds. The design decides `plan_id`; the metadata does not.
    """

    kind: Literal["learning_plan"] = "learning_plan"
    schema_version: Literal[1] = 1
    plan_id: PlanId
    design: Design = "one_variable"
    focus_parameter: StrictStr
    stage_sequence: tuple[Stage, ...] = Field(default=("txt2img",), min_length=1, max_length=8)
    base_config: GenerationConfig
    variant_values: tuple[VariantValue, ...] = Field(min_length=1, max_length=100)
    images_per_variant: StrictInt = Field(default=1, ge=1, le=100)
    prompts: tuple[StrictStr, ...] = Field(min_length=1, max_length=LIST)
    prompt_pack: StrictStr | None = None
    seeds: tuple[Annotated[StrictInt, Field(ge=0, le=LARGEST_SEED)], ...] = Field(min_length=1, max_length=100)
    metadata: PlanMetadata = PlanMetadata()

    @model_validator(mode="after")
    def _fits_together(self) -> "LearningPlan":
        _check(self)
        return self

    @property
    def foci(self) -> tuple[Focus, ...]:
        """The varied parameters: one, or all factors of a screen."""
        return tuple(focus_of(each) for each in self.focus_parameter.split("+"))

    @property
    def design_hash(self) -> str:
        """16 hex digits of SHA-256 over what is tried: all but id and metadata."""
        content = self.model_dump(mode="json", exclude={"plan_id", "metadata"})
        return hashlib.sha256(orjson.dumps(content, option=orjson.OPT_SORT_KEYS)).hexdigest()[:16]

    @property
    def size(self) -> int:
        """How many images the plan asks for."""
        return len(self.variant_values) * len(self.prompts) * len(self.seeds)


class LearningRunStep(Document):
    """One image to make: a variant with a prompt and a seed, and where it lies in the order of making and rating.

    `position` counts from 1. `outputs` are references of the records that were attributed to it.
    """

    step_id: StrictStr
    plan_id: PlanId
    position: StrictInt
    variant_index: StrictInt
    prompt_index: StrictInt
    seed: StrictInt
    config_for_step: GenerationConfig
    stage_sequence: tuple[Stage, ...]
    outputs: tuple[StrictStr, ...] = ()


def new_plan(**fields: Any) -> LearningPlan:
    """Return a plan whose id is derived from its design; values come in canonical form.

    Raises PlanRefused with what is wrong and where. `images_per_variant` follows from the seeds when absent.
    """
    fields = {"images_per_variant": len(fields.get("seeds") or (0,)), **fields}
    fields["variant_values"] = _canonical(fields)
    try:
        drafted = LearningPlan(plan_id=f"{PREFIX}0", **fields)
    except ValidationError as error:
        problem = error.errors(include_input=False, include_url=False)[0]
        where = ".".join(map(str, problem["loc"]))
        reason = problem["msg"].removeprefix("Value error, ")
        raise PlanRefused(f"{where}: {reason}" if where else reason) from error
    return drafted.model_copy(update={"plan_id": PREFIX + drafted.design_hash})


def seeds_for(text: str, count: int) -> tuple[int, ...]:
    """Return seeds made from a text: the same ones for the same text, and no chance in them."""
    digests = (hashlib.sha256(f"{text}\n{number}".encode()).digest() for number in range(count))
    return tuple(int.from_bytes(digest[:4], "big") for digest in digests)


def _canonical(fields: dict[str, Any]) -> tuple[Any, ...]:
    focus, values = fields.get("focus_parameter"), as_values(fields.get("variant_values", ()))
    if not isinstance(focus, str) or not focus:
        raise PlanRefused("say what is varied, e.g. txt2img.steps")
    if not values:
        raise PlanRefused(f"say which values of {focus} are tried")
    foci = [focus_of(each) for each in focus.split("+")]
    fields["focus_parameter"] = "+".join(map(str, foci))
    if fields.get("design") == "screen":
        return tuple(_row(foci, each) for each in values)
    return tuple(checked_value(foci[0], each) for each in values)


def _row(foci: list[Focus], row: Any) -> dict[str, Any]:
    names = [str(focus) for focus in foci]
    if not isinstance(row, dict) or sorted(row) != sorted(names):
        raise PlanRefused(f"each row of a screen names {', '.join(names)}")
    return {name: checked_value(focus, row[name]) for name, focus in zip(names, foci, strict=True)}


def _check(plan: LearningPlan) -> None:
    foci = plan.foci
    if (plan.design == "one_variable") != (len(foci) == 1):
        raise ValueError("a plan varies one parameter, a screen several")
    for focus in foci:
        if focus.stage not in plan.stage_sequence:
            raise ValueError(f"{focus} is varied, but {focus.stage} is not among the stages {plan.stage_sequence}")
    for name, items in (("variant_values", plan.variant_values), ("prompts", plan.prompts), ("seeds", plan.seeds)):
        if len({orjson.dumps(each, option=orjson.OPT_SORT_KEYS) for each in items}) < len(items):
            raise ValueError(f"{name}: the same one stands there twice")
    if plan.images_per_variant != len(plan.seeds):
        raise ValueError(f"images_per_variant is {plan.images_per_variant}, but there are {len(plan.seeds)} seeds")
    if plan.stage_sequence[0] != "txt2img" and plan.base_config.input_image is None:
        raise ValueError(f"base_config.input_image: {plan.stage_sequence[0]} starts from an image; name it")
    if plan.base_config.prompt is not None or plan.base_config.seed is not None:
        raise ValueError("base_config: prompt and seed stand in prompts and seeds")
    if plan.size > MOST_STEPS:
        raise ValueError(f"the plan has {plan.size} images, more than {MOST_STEPS}")

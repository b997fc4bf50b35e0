"""What a recommendation gives up first when it is too large."""

from collections.abc import Callable

from msgspec import Struct

from learning_core.answers.recommendation import Advice, LoraChoice, Recommendation
from server.mcp.stepping import by_steps, left_out, noted

_CANDIDATES_LEFT_OUT = (
    "Shortened to fit: `shown` and `total` tell how many candidates there are; what_works with `by` ranks those of one "
    "parameter."
)


class _Size(Struct, frozen=True):
    """What is kept: tied values, candidates of checkpoint and LoRA and of each setting, references, reasons, names."""

    values: int
    candidates: int
    of_settings: int
    references: int
    reasons: int
    loras: int
    unknown: int


_SIZES = (
    _Size(8, 3, 3, 1, 3, 3, 20), _Size(8, 3, 2, 1, 1, 3, 10), _Size(5, 3, 1, 1, 1, 2, 5), _Size(5, 2, 1, 1, 0, 2, 5),
    _Size(5, 2, 0, 1, 0, 1, 3), _Size(4, 1, 0, 1, 0, 1, 2), _Size(3, 1, 0, 0, 0, 0, 1), _Size(2, 0, 0, 0, 0, 0, 0),
)  # fmt: skip


def shorter_recommendation(whole: Recommendation) -> Callable[[Recommendation], Recommendation | None]:
    """Return the shortener of a recommendation: fewer candidates and reasons, what to take stays."""

    def cut(size: _Size) -> Recommendation:
        two = [_shorter(each, size.candidates, size) for each in (whole.checkpoint, whole.lora)]
        preset = [_shorter(each, size.of_settings, size) for each in whole.preset]
        is_shorter = any(each.shown < old.shown for each, old in zip([*two, *preset], _advice(whole), strict=True))
        notes = noted(
            whole.notes,
            _CANDIDATES_LEFT_OUT if is_shorter else "",
            left_out(size.values, max(len(each.values) for each in _advice(whole)), "tied values at most are named"),
            left_out(size.reasons, max(len(each.why) for each in _advice(whole)), "lines of `why` at most are given"),
            left_out(size.loras, len(whole.loras), "LoRAs are listed under `loras`"),
            left_out(size.unknown, len(whole.not_known), "names that the library does not hold are listed"),
        )
        return whole.model_copy(
            update={
                "checkpoint": two[0],
                "lora": two[1],
                "preset": preset,
                "loras": [_without_bands(each, size) for each in whole.loras[: size.loras]],
                "not_known": whole.not_known[: size.unknown],
                "notes": notes,
            }
        )

    return by_steps(_SIZES, cut)


def _advice(whole: Recommendation) -> list[Advice]:
    return [whole.checkpoint, whole.lora, *whole.preset]


def _shorter(advice: Advice, candidates: int, size: _Size) -> Advice:
    kept = [each.model_copy(update={"evidence": each.evidence[: size.references]}) for each in advice.candidates]
    kept = kept[:candidates]
    tries = advice.try_next[: candidates or (1 if size.loras else 0)]
    short = {"values": advice.values[: size.values], "why": advice.why[: size.reasons]}
    return advice.model_copy(update=short | {"candidates": kept, "shown": len(kept), "try_next": tries})


def _without_bands(choice: LoraChoice, size: _Size) -> LoraChoice:
    return choice.model_copy(update={"why": choice.why[: size.reasons], "bands": choice.bands[: size.reasons]})

"""LoRAs of an infotext: from the prompt's tags, Civitai's resources, weights and hashes beside them."""

from collections.abc import Iterable, Iterator
from typing import Any, Literal

from learning_core.errors import Unreadable
from learning_core.importers.foreign_values import items, mapping, real, text
from learning_core.model.generation import LoraUse
from learning_core.text.infotext import Infotext
from learning_core.text.json_text import load_json
from learning_core.text.names import file_stem, number, same_name
from learning_core.text.prompt import lora_uses

_LYCORIS = frozenset({"lycoris", "locon", "loha", "lokr", "dora"})
_NUMBERED_KEYS = range(1, 21)


def applied_loras(infotext: Infotext) -> list[LoraUse]:
    """Return the LoRAs that acted, with hashes where told.

    Tags in the prompt come first. Civitai's resources carry names of their own for the same networks, so they
    count only when the prompt has no tags.
    """
    uses = _adopt([], lora_uses(infotext.prompt))
    if not uses:
        uses = _adopt(uses, _civitai_loras(infotext))
    uses = _adopt(uses, _weighted(infotext))
    uses = _adopt(uses, _named(infotext))
    hashes = _hashes(infotext)
    return [use if use.hash else use.model_copy(update={"hash": hashes.get(_key(use.name))}) for use in uses]


def civitai_resources(infotext: Infotext) -> list[dict[str, Any]]:
    """Return the entries of `Civitai resources`, each with `type` in lower case, stated or from the urn."""
    found = [mapping(entry) for entry in items(_json(infotext.setting("Civitai resources")))]
    return [entry | {"type": _resource_type(entry)} for entry in found]


def _adopt(uses: list[LoraUse], more: Iterable[LoraUse]) -> list[LoraUse]:
    known = {_key(use.name) for use in uses}
    return uses + [use for use in more if _key(use.name) not in known]


def _key(name: str) -> str:
    return same_name(file_stem(name) or name)


def _resource_type(entry: dict[str, Any]) -> str:
    # urn:air:sdxl:lora:civitai:200001@200002
    urn = (text(entry.get("air")) or "").split(":")
    stated = text(entry.get("type")) or (urn[3] if len(urn) > 3 else "")
    return stated.lower()


def _civitai_loras(infotext: Infotext) -> Iterator[LoraUse]:
    for entry in civitai_resources(infotext):
        name = text(entry.get("modelName"))
        if name and (entry["type"] == "lora" or entry["type"] in _LYCORIS):
            kind: Literal["lora", "lycoris"] = "lora" if entry["type"] == "lora" else "lycoris"
            yield LoraUse(name=name, weight=_weight(entry.get("weight")), kind=kind)


def _weighted(infotext: Infotext) -> Iterator[LoraUse]:
    for name, weight in _name_list(infotext.setting("Lora weights")):
        yield LoraUse(name=name, weight=_weight(weight))
    for place in _NUMBERED_KEYS:
        for name, weight in _name_list(infotext.setting(f"LoRA {place}")):
            yield LoraUse(name=name, weight=_weight(weight))


def _named(infotext: Infotext) -> Iterator[LoraUse]:
    for name in (infotext.setting("LoRA networks") or "").split(","):
        if name.strip():
            yield LoraUse(name=name.strip())


def _hashes(infotext: Infotext) -> dict[str, str]:
    found = {}
    for name, value in mapping(_json(infotext.setting("Hashes"))).items():
        kind, _, network = name.partition(":")
        if kind.lower() in ("lora", "lyco") and text(value):
            found[_key(network)] = value.lower()
    for network, value in _name_list(infotext.setting("Lora hashes")):
        found[_key(network)] = value.lower()
    return found


def _name_list(written: str | None) -> Iterator[tuple[str, str]]:
    """Yield the pairs of `waves: 0.8, palms: 0.5`."""
    for part in (written or "").split(","):
        name, separator, value = part.rpartition(":")
        if separator and name.strip() and value.strip():
            yield name.strip(), value.strip()


def _weight(value: object) -> float | None:
    weight = real(value)
    return None if weight is None else number(weight)


def _json(written: str | None) -> Any:
    try:
        return load_json(written, what="setting") if written else None
    except Unreadable:
        return None

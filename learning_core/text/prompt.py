"""Prompt syntax: which LoRAs a prompt applies, and which plain tags it is made of."""

import math
import re

from learning_core.model.generation import LoraUse
from learning_core.text.names import number

# Every repetition below is delimited by a character that it cannot contain itself, and no two neighbouring
# repetitions can take the same character: a hostile prompt is walked once, never again from each position.
_LORA_TAG = re.compile(r"<(lora|lyco):([^<>]*)>", re.IGNORECASE)

_NUMBER = r"(?:\d+(?:\.\d*)?|\.\d+)"
_TOKEN = re.compile(
    rf"""
      (?P<network> <\w+:[^<>]*> )
    | (?P<wildcard> __(?:[^\W_]|[/*.\-]|_(?!_))+__ )
    | \\(?P<escaped> [()\[\]{{}}|:,<>\\] )
    | (?P<conjunction> (?<!\w)AND(?!\w) )
    | (?P<separator> (?<!\w)BREAK(?!\w) | [,，、\r\n] )
    | (?P<weight> ::?[ \t]*[-+]?{_NUMBER}[ \t]*(?=[)\]]) | (?<![\w.]){_NUMBER}:: | :: )
    | (?P<count> (?<![\w.])\d+(?:-\d+)?\$\$ )
    | (?P<bracket> [()\[\]{{}}] )
    | (?P<choice> [|:] )
    """,
    re.VERBOSE,
)
_CONJUNCTION_WEIGHT = re.compile(rf":[ \t]*[-+]?{_NUMBER}\s*\Z")
_CONJUNCTION_WEIGHT_CHARACTERS = 40
_OPENING = {")": "(", "]": "[", "}": "{"}


def lora_uses(prompt: str) -> list[LoraUse]:
    """Return the LoRAs and LyCORIS networks that the tags of a prompt apply, in the order of the text.

    `<lora:n>` has weight 1, `<lora:n:w>` has w, `<lora:n:te:unet>` and `<lora:n:te=a:unet=b>` state both
    parts: `weight` is the one for the picture (unet), `text_encoder_weight` the other one. A weight that is
    no number is unknown (None). Hypernetworks are no LoRAs.
    """
    uses = []
    for kind, content in _LORA_TAG.findall(prompt):
        name, *arguments = (part.strip() for part in content.split(":"))
        if name:
            text_encoder, unet = _weights(arguments)
            separate = text_encoder if text_encoder != unet else None
            uses.append(
                LoraUse(
                    name=name,
                    weight=unet,
                    text_encoder_weight=separate,
                    kind="lycoris" if kind.lower() == "lyco" else "lora",
                )
            )
    return uses


def _weights(arguments: list[str]) -> tuple[float | None, float | None]:
    positional = [argument for argument in arguments if "=" not in argument]
    named = dict(argument.split("=", 1) for argument in arguments if "=" in argument)
    text_encoder = _finite(positional[0]) if positional else 1.0
    if "te" in named:
        text_encoder = _finite(named["te"])
    # As A1111 reads it: what is not stated for the unet follows the text encoder. An extension puts the name
    # of a block list in the second place, which is no weight either.
    unet = _finite(positional[1]) if len(positional) > 1 else None
    if "unet" in named:
        unet = _finite(named["unet"])
    return text_encoder, text_encoder if unet is None else unet


def _finite(text: str) -> float | None:
    try:
        value = float(text)
    except ValueError:
        return None
    return number(value) if math.isfinite(value) else None


def topics(prompt: str) -> list[str]:
    """Return the plain tags of a prompt, each once, without the syntax that steers the picture.

    A tag is what stands between commas, line breaks, `BREAK` and `AND`; the options of `[a|b]`, `{a|b}` and
    the sides of `[a:b:0.4]` are tags of their own. Weights, brackets, LoRA tags and wildcards fall away; an
    escaped bracket stays as a bracket.
    """
    collected = _Tags()
    position = 0
    for token in _TOKEN.finditer(prompt):
        collected.text(prompt[position : token.start()])
        collected.token(token.lastgroup or "", token.group(token.lastgroup or 0))
        position = token.end()
    collected.text(prompt[position:])
    return collected.finish()


class _Tags:
    """Gathers pieces of text into tags while the tokens of a prompt go by."""

    def __init__(self) -> None:
        self._tags: dict[str, str] = {}
        self._pieces: list[str] = []
        self._open: list[str] = []
        self._conjunctions = False

    def text(self, piece: str) -> None:
        if piece:
            self._pieces.append(piece)

    def token(self, kind: str, text: str) -> None:
        if kind == "escaped":
            self._pieces.append(text)
        elif kind == "bracket":
            self._bracket(text)
        elif kind == "conjunction":
            self._conjunctions = True
            self._end_tag()
        elif kind == "separator" or (kind == "choice" and self._separates(text)):
            self._end_tag()
        elif kind == "choice":
            self._pieces.append(text)
        else:
            self._pieces.append(" ")

    def finish(self) -> list[str]:
        self._end_tag()
        return list(self._tags.values())

    def _separates(self, choice: str) -> bool:
        inside = self._open[-1] if self._open else ""
        return inside == "[" or (inside == "{" and choice == "|")

    def _bracket(self, text: str) -> None:
        if text not in _OPENING:
            self._open.append(text)
        elif self._open and self._open[-1] == _OPENING[text]:
            self._open.pop()

    def _end_tag(self) -> None:
        if not self._pieces:
            return
        tag = " ".join("".join(self._pieces).split())
        self._pieces.clear()
        if self._conjunctions:
            tag = _without_conjunction_weight(tag)
        if tag:
            self._tags.setdefault(tag.casefold(), tag)


def _without_conjunction_weight(tag: str) -> str:
    # Only the end of the tag can hold the weight, so only the end is looked at.
    end = tag[-_CONJUNCTION_WEIGHT_CHARACTERS:]
    weight = _CONJUNCTION_WEIGHT.search(end)
    return tag[: len(tag) - len(end) + weight.start()].strip() if weight else tag

"""Infotext: the text in which A1111, Forge, SD.Next, Civitai and others leave an image's settings."""

import re
from functools import cached_property

from msgspec import Struct, field

from learning_core.text.setting_values import Pair, PairReader, whole_characters

_NEGATIVE = re.compile(r"[ \t]*negative prompt:[ \t]*", re.IGNORECASE)
_TEMPLATE = re.compile(r"[ \t]*(negative )?template:[ \t]*", re.IGNORECASE)
_FLATTENED_SETTINGS = re.compile(r"(?<!\S)Steps: ?\d+[ \t]*,")
_FLATTENED_NEGATIVE = re.compile(r"(?<!\S)Negative prompt:")
_HEADINGS = re.compile(r"[ \t]*(?:negative prompt|(?:negative )?template):", re.IGNORECASE)

_LEAST_PAIRS = 3
_PROOF = {
    "steps": re.compile(r"\d+"),
    "seed": re.compile(r"-?\d+"),
    "size": re.compile(r"\d+ ?[x×] ?\d+"),
    "model hash": re.compile(r"[0-9a-fA-F]{6,64}"),
}
_USUAL = frozenset({
    "steps", "seed", "size", "model hash", "model", "sampler", "cfg scale", "schedule type", "scheduler",
    "clip skip", "version", "vae", "denoising strength", "distilled cfg scale", "hashes", "lora hashes",
    "app",
})  # fmt: skip


class Infotext(Struct, frozen=True, dict=True):
    """The parts of an infotext.

    `settings` holds the values as text in the order of the file, quoted ones decoded; of a repeated key the
    last value. Without settings everything is `prompt`. Templates are what the prompts were made from, None
    if not told. `is_grid` marks a picture put together from several generations. `remarks` say what was read
    with less certainty.
    """

    prompt: str
    negative_prompt: str = ""
    settings: dict[str, str] = field(default_factory=dict)
    template: str | None = None
    negative_template: str | None = None
    is_grid: bool = False
    remarks: tuple[str, ...] = ()

    def setting(self, *names: str) -> str | None:
        """Return the value of the first of these keys that is there; `clip-skip` is `Clip skip`."""
        by_name = self._by_plain_name
        return next((by_name[_plain(name)] for name in names if _plain(name) in by_name), None)

    @cached_property
    def _by_plain_name(self) -> dict[str, str]:
        return {_plain(key): value for key, value in self.settings.items()}


class _Block(Struct, frozen=True):
    start: int
    end: int
    pairs: list[Pair]


class _Sections(Struct):
    prompt: str = ""
    negative: str = ""
    template: str | None = None
    negative_template: str | None = None


def parse(text: str) -> Infotext:
    """Take an infotext apart; never raises, and needs time in proportion to the length of the text."""
    text = _plain_lines(text)
    block = _last_settings(text)
    if block:
        return _assemble(text[: block.start], block, text[block.end :])
    block = _flattened_settings(text)
    if block:
        head = _FLATTENED_NEGATIVE.sub("\nNegative prompt:", text[: block.start], count=1)
        return _assemble(head, block, text[block.end :], "settings begin inside a line, found by guess")
    return Infotext(prompt=text.strip())


def _assemble(head: str, block: _Block, tail: str, *remarks: str) -> Infotext:
    sections = _split_head(head)
    after = _split_templates(tail)
    settings, repeated = _as_settings(block.pairs)
    plain = Infotext(prompt=sections.prompt, settings=settings)
    return Infotext(
        prompt=sections.prompt,
        negative_prompt=sections.negative,
        settings=settings,
        template=_first(sections.template, after.template, plain.setting("Template")),
        negative_template=_first(
            sections.negative_template, after.negative_template, plain.setting("Negative Template")
        ),
        is_grid=_is_grid(plain),
        remarks=(*remarks, *repeated),
    )


def _plain_lines(text: str) -> str:
    text = whole_characters(text).removeprefix("\ufeff")
    return text.replace("\r\n", "\n").replace("\r", "\n").rstrip("\n\0 \t")


def _last_settings(text: str) -> _Block | None:
    # A prompt may quote somebody's settings; the image's own ones come last.
    reader = PairReader(text)
    last = None
    while reader.position < len(text):
        start = reader.position
        if reader.at_pair(start) and not _HEADINGS.match(text, start):
            pairs = reader.read_line()
            if _are_settings(pairs):
                _read_continuations(reader, text, pairs)
                last = _Block(start, reader.position, pairs)
        line_end = text.find("\n", reader.position)
        reader.position = len(text) if line_end < 0 else line_end + 1
    return last


def _read_continuations(reader: PairReader, text: str, pairs: list[Pair]) -> None:
    while reader.position < len(text) and _ends_with_comma(text, reader.position):
        next_line = reader.position + 1
        if not reader.at_pair(next_line) or _HEADINGS.match(text, next_line):
            return
        reader.position = next_line
        pairs += reader.read_line()


def _ends_with_comma(text: str, line_end: int) -> bool:
    return text[max(0, line_end - 8) : line_end].rstrip().endswith(",")


def _are_settings(pairs: list[Pair]) -> bool:
    if len(pairs) < _LEAST_PAIRS:
        return False
    keys = {_plain(pair.key) for pair in pairs}
    proved = any(_PROOF[key].fullmatch(pair.value) for pair in pairs if (key := _plain(pair.key)) in _PROOF)
    # "Subject: boat, Model: wooden, Style: oil" is a prompt; a model among other usual keys is not.
    return proved or ("model" in keys and len(keys & _USUAL) > 1)


def _split_head(head: str) -> _Sections:
    lines: dict[str, list[str]] = {"prompt": [], "negative": [], "template": [], "negative_template": []}
    current = "prompt"
    for line in head.split("\n"):
        negative = _NEGATIVE.match(line) if current == "prompt" else None
        template = _TEMPLATE.match(line)
        if negative:
            current = "negative"
        elif template:
            current = "negative_template" if template[1] else "template"
        start = negative or template
        lines[current].append(line[start.end() :] if start else line)
    return _sections(lines)


def _split_templates(tail: str) -> _Sections:
    lines: dict[str, list[str]] = {"template": [], "negative_template": []}
    current = None
    for line in tail.split("\n"):
        template = _TEMPLATE.match(line)
        if template:
            current = "negative_template" if template[1] else "template"
        if current:
            lines[current].append(line[template.end() :] if template else line)
    return _sections(lines)


def _sections(lines: dict[str, list[str]]) -> _Sections:
    texts = {name: "\n".join(part).strip() for name, part in lines.items() if part}
    return _Sections(**texts)


def _flattened_settings(text: str) -> _Block | None:
    # Line breaks were lost on the way: the first "Steps: 20," after the negative prompt starts the settings.
    negative = _FLATTENED_NEGATIVE.search(text)
    steps = _FLATTENED_SETTINGS.search(text, negative.end() if negative else 0)
    if steps is None:
        return None
    reader = PairReader(text)
    reader.position = steps.start()
    pairs = reader.read_line()
    return _Block(steps.start(), reader.position, pairs) if _are_settings(pairs) else None


def _as_settings(pairs: list[Pair]) -> tuple[dict[str, str], tuple[str, ...]]:
    settings: dict[str, str] = {}
    repeated: dict[str, None] = {}
    for pair in pairs:
        if settings.get(pair.key, pair.value) != pair.value:
            repeated[pair.key] = None
        settings[pair.key] = pair.value
    return settings, tuple(f"{key}: stated more than once, the last one counts" for key in repeated)


def _is_grid(infotext: Infotext) -> bool:
    script = infotext.setting("Script") or ""
    return script.startswith("X/Y") or None not in (infotext.setting("X Type"), infotext.setting("X Values"))


def _first(*texts: str | None) -> str | None:
    return next((text for text in texts if text), None)


def _plain(key: str) -> str:
    return key.replace("-", " ").casefold()

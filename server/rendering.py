"""Turning an answer into words with the templates in `prompts/`; stored text is only ever a value in them."""

import json
import re
from collections.abc import Mapping
from functools import cache
from importlib.resources import files
from typing import TYPE_CHECKING, Any

from server.untrusted import quoted, visible

if TYPE_CHECKING:
    from jinja2.sandbox import SandboxedEnvironment

UNKNOWN = "–"
_INCLUDED = re.compile(r'{% include "([^"]+)" %}')


def fill(template_name: str, values: Mapping[str, object]) -> str:
    """Return the text of `prompts/<template_name>` with the values in their places; each of them must be given.

    Of JSON content a template sees the fields by name. Whatever it prints passes `visible`, so no value can add a
    line.
    """
    return _without_gaps(_environment().get_template(template_name).render(values))


def plain(name: str) -> str:
    """Return the text of `prompts/<name>` as it stands."""
    return files("prompts").joinpath(name).read_text(encoding="utf-8").strip()


@cache
def _environment() -> "SandboxedEnvironment":
    from jinja2 import FunctionLoader, StrictUndefined
    from jinja2.sandbox import SandboxedEnvironment

    class ContentEnvironment(SandboxedEnvironment):
        """Reads fields of JSON content as they are; of all else only what the sandbox allows."""

        def getattr(self, obj: Any, attribute: str) -> Any:
            if type(obj) is dict:
                return obj[attribute] if attribute in obj else self.undefined(obj=obj, name=attribute)
            return super().getattr(obj, attribute)

    environment = ContentEnvironment(
        loader=FunctionLoader(_source),
        undefined=StrictUndefined,
        autoescape=False,
        finalize=_printed,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters["quoted"] = quoted
    environment.filters["cell"] = _cell
    environment.filters["json"] = _json
    return environment


def _source(name: str) -> str:
    """Return a template with those that it includes in their places: for each Jinja would make a context of its own."""
    text = files("prompts").joinpath(name).read_text(encoding="utf-8").removesuffix("\n")
    # The line that an include stands on ends with it, and so does that of a comment.
    return _INCLUDED.sub(lambda found: _source(found[1]) + "{# #}", text)


def _printed(value: Any) -> Any:
    """Return what an expression prints: numbers as JSON writes them, so that both halves agree."""
    if isinstance(value, str):
        return visible(value)
    if value is None:
        return UNKNOWN
    if isinstance(value, bool):
        return "true" if value else "false"
    return repr(value) if isinstance(value, float) else value


def _cell(text: str) -> str:
    """Return the text as a code span that fits into a table."""
    return quoted(text).replace("|", "\\|")


def _json(value: Any) -> str:
    """Return a value of any kind as JSON, a text as it is."""
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)


def _without_gaps(text: str) -> str:
    """Return the text with at most one empty line in a row."""
    lines: list[str] = []
    for line in text.strip().splitlines():
        if line.strip() or (lines and lines[-1]):
            lines.append(line.rstrip())
    return "\n".join(lines)

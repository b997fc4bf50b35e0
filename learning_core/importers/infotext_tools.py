"""Which program wrote an infotext, and in which version."""

import re

from learning_core.text.infotext import Infotext

_FORGE = re.compile(r"f\d|neo\b|classic\b", re.IGNORECASE)
_CIVITAI = ("Civitai resources", "Civitai metadata", "Created Date")
_VERSION_IN_NAME = re.compile(r"[vV]?\d[\w.+-]{0,60}")
_OTHERS = ("fooocus", "comfyui", "stablenew", "reforge")


def tool_of(infotext: Infotext, software: str = "") -> tuple[str, str | None]:
    """Return the program's short name (`a1111` when nothing tells) and its version as written, if any.

    `software` is what the image's own Software field says.
    """
    version = infotext.setting("Version")
    app = infotext.setting("App") or ""
    if app.replace(".", "").casefold() == "sdnext":
        return "sdnext", version
    named = f"{app} {version or ''}".casefold()
    for tool in _OTHERS:
        if tool in named:
            return tool, _version_in(version)
    if version and _FORGE.match(version):
        return "forge", version
    if version:
        return "a1111", version
    return _without_version(infotext, software)


def _without_version(infotext: Infotext, software: str) -> tuple[str, str | None]:
    if any(infotext.setting(key) is not None for key in _CIVITAI):
        return "civitai", None
    for tool in _OTHERS:
        if tool in software.casefold():
            return tool, _version_in(software)
    if infotext.setting("Stage") is not None:
        return "stablenew", None
    return "a1111", None


def _version_in(text: str | None) -> str | None:
    found = _VERSION_IN_NAME.search(text or "")
    return found[0] if found else None

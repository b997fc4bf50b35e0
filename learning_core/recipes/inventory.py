"""What a server has, in its own spelling: the names of a plan are found there, or missed with the nearest ones."""

import difflib
from dataclasses import dataclass
from typing import Literal

from learning_core.errors import ServerLacks
from learning_core.text.names import file_stem, same_name, sampler_and_scheduler

Kind = Literal["checkpoint", "VAE", "LoRA", "sampler", "scheduler", "upscaler"]
NEAR = 3


@dataclass(frozen=True)
class Inventory:
    """The names that `server` gives to what it has; a kind that it does not list is absent."""

    server: str
    names: dict[Kind, tuple[str, ...]]

    def find(self, kind: Kind, name: str) -> str:
        """Return the server's own spelling of a name; raises ServerLacks with the nearest it has.

        A kind that the server does not list passes unchanged, as nothing is known of it.
        """
        listed = self.names.get(kind)
        if listed is None or name in listed:
            return name
        wanted = _plain(kind, name)
        found = [each for each in listed if _plain(kind, each) == wanted]
        if len(found) == 1 or (found and kind in ("sampler", "scheduler")):
            # Of two spellings of a sampler the shorter is the plain one: `dpmpp_2m_sde`, then `dpmpp_2m_sde_gpu`.
            return min(found, key=len)
        if found:
            raise ServerLacks(self.server, kind, name, [*found, "more than one fits: rename one"])
        by_plain = {_plain(kind, each): each for each in listed}
        near = difflib.get_close_matches(wanted, by_plain, NEAR)
        raise ServerLacks(self.server, kind, name, [by_plain[each] for each in near])


def _plain(kind: Kind, name: str) -> str:
    if kind == "sampler":
        return same_name(sampler_and_scheduler(name, None)[0] or name)
    if kind == "scheduler":
        return same_name(sampler_and_scheduler(None, name)[1] or name)
    return same_name(file_stem(name) or name)

"""What a server has, in its own spelling: the names of a plan are found there, or missed with the nearest ones."""

import difflib
from typing import Literal, NamedTuple

from msgspec import Struct

from learning_core.errors import ServerLacks
from learning_core.text.names import file_stem, same_name, sampler_and_scheduler

Kind = Literal["checkpoint", "VAE", "LoRA", "sampler", "scheduler", "upscaler"]
NEAR = 3


class Resource(NamedTuple):
    """One checkpoint, LoRA and so on: `title` is how the server shows it, `name` how it is asked for."""

    title: str
    name: str


def resources(*names: str) -> tuple[Resource, ...]:
    """Return what a server shows as it is asked for."""
    return tuple(Resource(name, name) for name in names)


class Inventory(Struct, frozen=True):
    """What `server` has, by kind; a kind that it does not list is absent."""

    server: str
    has: dict[Kind, tuple[Resource, ...]]

    def find(self, kind: Kind, name: str) -> str:
        """Return the server's own name for what a plan names, also by its title; raises ServerLacks with what is near.

        A kind that the server does not list passes unchanged, as nothing is known of it. Of two equal titles the first
        is meant.
        """
        listed = self.has.get(kind)
        if listed is None:
            return name
        exact = next((each.name for each in listed if name in each), None)
        if exact is not None:
            return exact
        wanted = _plain(kind, name)
        by_title = {each.title: each for each in reversed(listed)}
        found = [each for each in by_title.values() if wanted in {_plain(kind, text) for text in each}]
        if len(found) == 1 or (found and kind in ("sampler", "scheduler")):
            # Of two spellings of a sampler the shorter is the plain one: `dpmpp_2m_sde`, then `dpmpp_2m_sde_gpu`.
            return min((each.name for each in found), key=len)
        if found:
            titles = sorted(each.title for each in found)
            raise ServerLacks(self.server, kind, name, [*titles, "more than one fits: rename one"])
        by_plain = {_plain(kind, text): each.title for each in listed for text in each}
        near = difflib.get_close_matches(wanted, by_plain, NEAR)
        raise ServerLacks(self.server, kind, name, list(dict.fromkeys(by_plain[each] for each in near)))


def _plain(kind: Kind, name: str) -> str:
    if kind == "sampler":
        return same_name(sampler_and_scheduler(name, None)[0] or name)
    if kind == "scheduler":
        return same_name(sampler_and_scheduler(None, name)[1] or name)
    return same_name(file_stem(name) or name)

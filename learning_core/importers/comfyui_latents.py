"""Where a ComfyUI sampler's latent comes from: its size, its batch, and what made it."""

import re
from collections.abc import Callable, Iterator

from msgspec import Struct

from learning_core.importers.comfyui_links import integer_at, links_for, named_links, number_at
from learning_core.importers.comfyui_nodes import Graph, Link, Node
from learning_core.importers.comfyui_roles import role_of
from learning_core.text.names import number

_WIDTHS = ("width", "empty_latent_width", "latent_width", "image_width", "target_width")
_HEIGHTS = ("height", "empty_latent_height", "latent_height", "image_height", "target_height")
_FACTORS = ("scale_by", "upscale_by", "rescale_factor", "upscale_factor", "scale_factor", "factor")
_BATCHES = ("batch_size", "repeat_amount")
_LENGTHS = ("length", "num_frames", "video_frames", "frames", "frame_count")
_SIZE_TEXTS = ("resolution", "dimensions", "aspect_ratio", "size")
_SIZE = re.compile(r"(\d{2,5}) ?[xX×] ?(\d{2,5})")
_MOST_STEPS = 256
_LARGEST_SIDE = 100_000

IsSampler = Callable[[Node], bool]


class Latent(Struct, frozen=True):
    """What a sampler started from; sizes in pixels, `frames` above 1 for videos."""

    size: tuple[int, int] | None = None
    batch_size: int | None = None
    frames: int | None = None
    from_picture: bool = False
    from_sampler: bool = False
    masked: bool = False


def latent_at(graph: Graph, sampler: Node, is_sampler: IsSampler) -> Latent:
    """Return what fills a sampler's latent input; samplers before it are not looked behind."""

    def step(node: Node) -> Iterator[Link]:
        if node is sampler or not is_sampler(node):
            yield from _latent_links(node)

    nodes = graph.upstream(sampler, step)[:-1]
    nearest_first = nodes[::-1]
    return Latent(
        size=size_at(graph, sampler),
        batch_size=_first_integer(graph, nearest_first, _BATCHES),
        frames=_first_integer(graph, nearest_first, _LENGTHS),
        from_picture=any(_takes_picture(node) for node in nodes),
        from_sampler=any(is_sampler(node) for node in nodes),
        masked=any(named_links(node, "mask") for node in nodes),
    )


def size_at(graph: Graph, start: Node) -> tuple[int, int] | None:
    """Return width and height of the latent or picture that goes into a node; None when the graph does
    not say.

    Earlier samplers are passed, scalings by a factor are followed; a scaling by an upscale model ends the
    search.
    """
    node, factor = start, 1.0
    for hop in range(_MOST_STEPS):
        if hop:
            size = _own_size(graph, node)
            if size is not None:
                return _scaled(size, factor)
        links = _latent_links(node)
        scale = number_at(graph, node, _FACTORS)
        # How much an upscale model enlarges stands in its file, not in the graph.
        if hop and scale is None and node.has("upscale_model", "megapixels"):
            return None
        factor *= scale if scale and hop else 1.0
        source = graph.source(links[0]) if links else None
        if source is None:
            return None
        node = source
    return None


def _own_size(graph: Graph, node: Node) -> tuple[int, int] | None:
    stated = _stated_size(node)
    if stated is not None:
        return stated
    width, height = integer_at(graph, node, _WIDTHS), integer_at(graph, node, _HEIGHTS)
    if width and height and 0 < width <= _LARGEST_SIDE and 0 < height <= _LARGEST_SIDE:
        return width, height
    return None


def _stated_size(node: Node) -> tuple[int, int] | None:
    """Return a size that a picker node spells out, such as `832x1216 (0.68)`."""
    for name in _SIZE_TEXTS:
        value = node.literals.get(name)
        match = _SIZE.search(value[:200]) if isinstance(value, str) else None
        if match:
            width, height = int(match.group(1)), int(match.group(2))
            return (height, width) if node.literals.get("swap_dimensions") == "On" else (width, height)
    return None


def _scaled(size: tuple[int, int], factor: float) -> tuple[int, int] | None:
    width, height = (number(side * factor) for side in size)
    if not (1 <= width <= _LARGEST_SIDE and 1 <= height <= _LARGEST_SIDE):
        return None
    return round(width), round(height)


def _latent_links(node: Node) -> list[Link]:
    return named_links(node, "latent") or named_links(node, "image") or links_for(node, "latent")


def _takes_picture(node: Node) -> bool:
    return bool(named_links(node, "image")) or any(
        role_of(name) == "image" and isinstance(value, str) for name, value in node.literals.items()
    )


def _first_integer(graph: Graph, nodes: list[Node], names: tuple[str, ...]) -> int | None:
    for node in nodes:
        value = integer_at(graph, node, names)
        if value is not None and value > 0:
            return value
    return None

"""The settings behind one picture of a ComfyUI graph, found by walking up from the node that saved it."""

from msgspec import Struct, field

from learning_core.errors import OverLimit
from learning_core.importers.comfyui_latents import size_at
from learning_core.importers.comfyui_links import named_links
from learning_core.importers.comfyui_models import Models, clip_skip_of, models_at, vae_at
from learning_core.importers.comfyui_nodes import Graph, Node, id_order
from learning_core.importers.comfyui_roles import role_of
from learning_core.importers.comfyui_samplers import Sampling, is_sampler, sampling_of
from learning_core.importers.comfyui_stages import Stage, stages_of
from learning_core.importers.comfyui_texts import Prompt, distilled_guidance, prompts_at

_MOST_OUTPUTS = 64
_MOST_STAGES = 16
_RESIZES = (
    "upscale_model",
    "upscale_by",
    "scale_by",
    "megapixels",
    "width",
    "height",
    "crop",
    "factor",
    "resolution",
)


class GraphSettings(Struct, frozen=True):
    """What one picture of a graph was made with; `stages` is empty when nothing sampled it.

    `resized` says that the picture was scaled or cropped after its last sampler, so that its own size is
    not the size that was sampled.
    """

    stages: tuple[Stage, ...] = ()
    positive: Prompt = field(default_factory=Prompt)
    negative: Prompt = field(default_factory=Prompt)
    models: Models = field(default_factory=Models)
    vae: str | None = None
    clip_skip: int | None = None
    distilled_guidance: float | None = None
    resized: bool = False
    remarks: tuple[str, ...] = ()

    @property
    def main(self) -> Sampling | None:
        """Return the sampling that started the picture."""
        return next((stage.sampling for stage in self.stages if stage.kind == "main"), None)


class _Output(Struct, frozen=True):
    node: Node
    rank: int
    chain: list[Node]

    @property
    def samplers(self) -> list[Node]:
        return [node for node in self.chain if is_sampler(node)]


def read_graph(graph: Graph, picture_size: tuple[int, int] | None = None) -> GraphSettings:
    """Return the settings of the picture that the graph saved.

    Of several saving nodes, one whose picture would have `picture_size` comes first, then Save before
    Preview, then the one behind the most samplers, then the lowest node id. Never raises for a strange
    graph.
    """
    outputs = _outputs(graph)
    if not outputs:
        return GraphSettings(remarks=("no sampler in the graph",))
    output = min(outputs, key=lambda each: _preference(graph, each, picture_size))
    remarks = [] if len(_rivals(outputs, output)) == 0 else ["several pictures saved by this graph, one chosen"]
    samplers = output.samplers
    if len(samplers) > _MOST_STAGES:
        remarks.append(f"more than {_MOST_STAGES} samplers, the others left out")
    stages = stages_of(graph, [sampling_of(graph, node) for node in samplers[:_MOST_STAGES]])
    return _settings(graph, output, stages, remarks)


def _settings(graph: Graph, output: _Output, stages: list[Stage], remarks: list[str]) -> GraphSettings:
    main = next(stage.sampling for stage in stages if stage.kind == "main")
    positive, negative = _prompts(graph, main, remarks)
    after = _after_last_sampler(output)
    return GraphSettings(
        stages=tuple(stages),
        positive=positive,
        negative=negative,
        models=models_at(graph, main.guide),
        vae=vae_at(graph, [*reversed(after), main.node]),
        clip_skip=clip_skip_of(graph, positive),
        distilled_guidance=distilled_guidance(graph, positive),
        resized=any(node.has(*_RESIZES) for node in after),
        remarks=tuple(remarks),
    )


def _prompts(graph: Graph, main: Sampling, remarks: list[str]) -> tuple[Prompt, Prompt]:
    try:
        return prompts_at(graph, main.guide)
    except OverLimit as error:
        remarks.append(str(error))
        return Prompt(), Prompt()


def _outputs(graph: Graph) -> list[_Output]:
    """Return the nodes that may have saved the picture and have a sampler behind them."""
    used = {link.node for node in graph.nodes.values() for link in node.links.values()}
    ranked = [(rank, node) for node in graph.nodes.values() if (rank := _rank(node, used)) is not None]
    ranked.sort(key=lambda item: (item[0], id_order(item[1].id)))
    found = [_Output(node, rank, _chain(graph, node)) for rank, node in ranked[:_MOST_OUTPUTS]]
    return [output for output in found if any(is_sampler(node) for node in output.chain)]


def _rank(node: Node, used: set[str]) -> int | None:
    handles_pictures = any(role_of(name) in ("image", "latent", "model", None) for name in node.links)
    name = node.class_type
    if not handles_pictures:
        return None
    if name.startswith("Save") or node.has("filename_prefix"):
        return 0 if not named_links(node, "model") or is_sampler(node) else 3
    if name.startswith("Preview"):
        return 1
    return 2 if node.id not in used else None


def _chain(graph: Graph, output: Node) -> list[Node]:
    return graph.upstream(output, lambda node: node.links.values())


def _preference(
    graph: Graph, output: _Output, picture_size: tuple[int, int] | None
) -> tuple[bool, int, int, tuple[tuple[int, int, str], ...]]:
    fits = picture_size is not None and size_at(graph, output.node) == picture_size
    return not fits, output.rank, -len(output.samplers), id_order(output.node.id)


def _rivals(outputs: list[_Output], chosen: _Output) -> list[_Output]:
    ids = [node.id for node in chosen.samplers]
    return [each for each in outputs if each.rank == chosen.rank and [node.id for node in each.samplers] != ids]


def _after_last_sampler(output: _Output) -> list[Node]:
    """Return the nodes that only a finished picture passes, in its order."""
    last = max(index for index, node in enumerate(output.chain) if is_sampler(node))
    return output.chain[last + 1 :]

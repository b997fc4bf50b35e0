"""`whatworks recommend`: what to take for a prompt, or what to try next."""

from typing import TYPE_CHECKING

import click

from server.cli.options import examples, json_option, where_option, with_library
from server.terminal.output import hint_when_empty, print_json, print_text
from server.terminal.progress import index_bar

if TYPE_CHECKING:
    from learning_core.library import Library


@click.command(
    "recommend",
    short_help="Recommend settings for a prompt.",
    epilog=examples(
        'whatworks recommend "a beach at golden hour, detailed"',
        'whatworks recommend "portrait of a sailor" --checkpoint realvisxlV50 --checkpoint dreamshaperXL',
        "whatworks recommend beach --where stage:txt2img --json",
    ),
)
@click.argument("prompt")
@click.option("--checkpoint", "checkpoints", multiple=True, metavar="NAME", help="Only this one; may be repeated.")
@click.option("--lora", "loras", multiple=True, metavar="NAME", help="Only this LoRA, or none; may be repeated.")
@where_option
@click.option(
    "--limit", type=click.IntRange(1, 50), default=3, show_default=True, help="Values shown for each parameter."
)
@click.option("--cheapest", is_flag=True, help="Of steps that are tied, take the fewest.")
@json_option
@with_library
def command(
    library: "Library",
    prompt: str,
    checkpoints: tuple[str, ...],
    loras: tuple[str, ...],
    where: str,
    limit: int,
    *,
    cheapest: bool,
    as_json: bool,
) -> int:
    """Recommend a checkpoint, LoRAs and settings for PROMPT.

    Says openly whether the evidence is enough to exploit, or what to explore next. Settings are those that did best
    with the recommended checkpoint. Without --checkpoint and --lora all that the library knows are compared.
    """
    from learning_core.answers.recommend import recommend_settings
    from server.terminal.recommendation import recommendation

    with index_bar() as progress:
        answer = library.ask(
            lambda snapshot: recommend_settings(
                snapshot,
                prompt,
                checkpoints=checkpoints or None,
                loras=loras or None,
                where=where,
                limit=limit,
                cheapest=cheapest,
            ),
            progress,
        )
    if as_json:
        print_json(answer.model_dump(mode="json"))
    elif library.exists():
        print_text(recommendation(answer))
    else:
        print_text(answer.summary)
    hint_when_empty(library)
    return 0

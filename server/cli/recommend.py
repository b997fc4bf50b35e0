"""`whatworks recommend`: what to take for a prompt, or what to try next."""

from pathlib import Path
from typing import TYPE_CHECKING

import click

from server.cli.options import context_option, examples, json_option, profile_folders_option, where_option, with_library
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
        "whatworks recommend portrait --context people:yes",
    ),
)
@click.argument("prompt")
@click.option("--checkpoint", "checkpoints", multiple=True, metavar="NAME", help="Only this one; may be repeated.")
@click.option("--lora", "loras", multiple=True, metavar="NAME", help="Only this LoRA, or none; may be repeated.")
@where_option
@context_option
@click.option(
    "--limit", type=click.IntRange(1, 50), default=3, show_default=True, help="Values shown for each parameter."
)
@click.option("--cheapest", is_flag=True, help="Of steps that are tied, take the fewest.")
@profile_folders_option
@json_option
@with_library
def command(
    library: "Library",
    prompt: str,
    checkpoints: tuple[str, ...],
    loras: tuple[str, ...],
    where: str,
    context: str,
    limit: int,
    folders: tuple[Path, ...],
    *,
    cheapest: bool,
    as_json: bool,
) -> int:
    """Recommend a checkpoint, LoRAs and settings for PROMPT.

    Says openly whether the evidence is enough to exploit, or what to explore next. Settings are those that did best
    with the recommended checkpoint. Without --checkpoint and --lora all that the library knows are compared. Where no
    image was judged yet, profiles beside your models speak (`whatworks profiles -h`), and the answer calls it a prior.
    """
    from learning_core.answers.recommend import recommend_settings
    from learning_core.profiles.priors import priors_of
    from server.profiles import profiles_of
    from server.terminal.recommendation import recommendation

    priors = priors_of(profiles_of(library, folders), loras)
    with index_bar() as progress:
        answer = library.ask(
            lambda snapshot: recommend_settings(
                snapshot,
                prompt,
                checkpoints=checkpoints or None,
                loras=loras or None,
                where=where,
                context=context,
                limit=limit,
                cheapest=cheapest,
                priors=priors,
            ),
            progress,
        )
    if as_json:
        print_json(answer.model_dump(mode="json"))
    elif library.exists() or priors:
        print_text(recommendation(answer))
    else:
        print_text(answer.summary)
    hint_when_empty(library)
    return 0

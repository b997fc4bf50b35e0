"""`whatworks draft`: propose a preset update from what the library knows; a person decides about it later."""

from typing import TYPE_CHECKING, Any

import click

from server.changes import changes_of
from server.cli.options import examples, json_option, where_option, with_library
from server.terminal.output import print_json, print_text
from server.terminal.progress import index_bar

if TYPE_CHECKING:
    from learning_core.drafts.draft import Author
    from learning_core.drafts.view import DraftView
    from learning_core.library import Library


@click.command(
    "draft",
    short_help="Propose a preset update from the evidence.",
    epilog=examples(
        "whatworks draft coastlineXL_v3 --subject beach",
        "whatworks draft --plan PLAN",
        "whatworks draft coastlineXL_v3 --preset new --reason 'one more for portraits' --json",
    ),
)
@click.argument("target", required=False, metavar="[MODEL]")
@click.option("--subject", default="", help="Count evidence for prompts with these words, e.g. beach.")
@where_option
@click.option("--preset", default="", metavar="ID", help="This preset, or new; default: the one that is suggested.")
@click.option(
    "--set", "changes", multiple=True, metavar="FIELD=VALUE",
    help="Propose this value, e.g. steps=30, resolution=832x1216, lora:film=0.6; may be repeated.",
)  # fmt: skip
@click.option("--reason", default="", help="A sentence for whoever reviews it.")
@click.option("--evidence", multiple=True, metavar="REF", help="A record behind it; may be repeated.")
@click.option("--plan", metavar="PLAN", help="Propose what this plan concludes, for the checkpoint that it held fixed.")
@click.option("--again", metavar="DRAFT", help="Ask for this draft again, of the sidecar as it is now.")
@json_option
@with_library
def command(
    library: "Library",
    target: str | None,
    subject: str,
    where: str,
    preset: str,
    changes: tuple[str, ...],
    reason: str,
    evidence: tuple[str, ...],
    plan: str | None,
    again: str | None,
    *,
    as_json: bool,
) -> int:
    """Propose a change of the sidecar of MODEL, a checkpoint (or lora:NAME) in your configured folders.

    Without --set, the values that surely lead in your judged images are proposed; with --plan, what a plan concluded,
    resting on its own controlled images alone. A draft that claims more than the
    evidence carries is refused with the figures. Nothing is written to the sidecar: `whatworks review` decides.
    """
    from learning_core.drafts.proposing import draft_again, draft_from_plan, draft_preset_update
    from server.clock import now

    if sum(each is not None for each in (target, plan, again)) != 1:
        raise click.UsageError("Give a MODEL, --plan PLAN or --again DRAFT, one of them.")
    if target is None and (changes or evidence or subject or where):
        raise click.UsageError("--set, --evidence, --subject and --where go with a MODEL.")
    with index_bar() as progress:
        if again is not None:
            made = draft_again(library, again, author=_author(), at=now(), progress=progress)
        elif plan is not None:
            why = reason or "What a plan concluded."
            made = draft_from_plan(
                library, plan, reason=why, author=_author(), at=now(), preset=preset, progress=progress
            )
        else:
            made = draft_preset_update(
                library,
                target or "",
                reason=reason or _usual_reason(subject, changes),
                author=_author(),
                at=now(),
                changes=_changes(changes),
                preset=preset,
                subject=subject,
                where=where,
                evidence=evidence,
                progress=progress,
            )
    if as_json:
        print_json(made.model_dump(mode="json"))
    else:
        print_text(_in_words(made))
    return 0


def _author() -> "Author":
    from learning_core.drafts.draft import Author
    from server.release import version

    return Author(tool="whatworks draft", client=f"whatworks {version()}")


def _usual_reason(subject: str, changes: tuple[str, ...]) -> str:
    about = f" for {subject}" if subject else ""
    return f"Asked for by a person{about}." if changes else f"What leads in the judged images{about}."


def _changes(written: tuple[str, ...]) -> dict[str, Any]:
    try:
        return changes_of(written)
    except ValueError as error:
        raise click.BadParameter(str(error), param_hint="--set") from None


def _in_words(made: "DraftView") -> str:
    from server.review.layout import file_lines, strength
    from server.terminal.layout import paragraph
    from server.untrusted import visible

    lines = [paragraph(f"{made.ref}  {made.status}, {strength(made.strength)}"), paragraph(visible(made.summary)), ""]
    return "\n".join([*lines, *file_lines(made.unified), "", made.review])

"""Groups of images that look like an experiment, as a person at a terminal likes to read them."""

from learning_core.plans.discovered import DiscoveredGroup, DiscoveredPage
from learning_core.text.wording import count
from server.terminal.layout import paragraph
from server.untrusted import visible

_PROMPT_CHARACTERS = 80


def groups(page: DiscoveredPage) -> str:
    """Return the groups, each with what varies and what to do with it."""
    lines = [paragraph(visible(page.summary))]
    for group in page.groups:
        lines += ["", *_group(group)]
    rest = page.total - page.shown
    return "\n".join([*lines, *(["", f"and {rest} more; --limit shows them"] if rest else [])])


def _group(group: DiscoveredGroup) -> list[str]:
    lines = [
        paragraph(f"{group.group_id}  {group.stage}, {count(group.images, 'image')}, {group.rated} rated"),
        paragraph(visible(group.prompt, _PROMPT_CHARACTERS), "  "),
    ]
    lines += [paragraph(f"{each.name}: {visible(', '.join(each.values))}", "  ") for each in group.varying]
    if len(group.varying) == 1 and "," not in "".join(group.varying[0].values) and group.varying[0].name != "lora_set":
        one = group.varying[0]
        lines.append(
            f"  whatworks plan new --vary {one.name} --values '{visible(','.join(one.values))}' --from {group.refs[0]}"
        )
    return lines

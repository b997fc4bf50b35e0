"""Which value leads for the words of a prompt: by the words, or by all prompts where the words make no difference."""

import numpy as np
from msgspec import Struct

from learning_core.answers.leading import Lead, Objection, Sizes, lead
from learning_core.index.columns import Column
from learning_core.stats.strength import WEAK_PROBABILITY
from learning_core.stats.topic_order import Order, Words, beside, for_prompt
from learning_core.stats.two_way import Fitted


class PromptLead(Struct, frozen=True, eq=False):
    """The values in their order for a prompt, and how surely the first one leads.

    `is_by_words` tells whether words of the prompt decide it, `is_moved` is false where words of the prompt are known,
    but make no detectable difference, so that the order is the one without them.
    """

    order: Order
    lead: Lead
    is_by_words: bool
    is_moved: bool = True


class Prompt(Struct, frozen=True, eq=False):
    """A prompt as a model knows it: the places of its words, UNSEEN for others, what they add, and its TRAITS."""

    keywords: Column
    added: Words
    traits: Column

    @property
    def is_known(self) -> bool:
        """Whether the model has any of the words."""
        return bool((self.keywords >= 0).any())

    @property
    def has_several(self) -> bool:
        """Whether several words count."""
        return len(self.keywords) > 1


def lead_for_prompt(
    usual: Order,
    prompt: Prompt,
    fitted: Fitted,
    sizes: Sizes,
    allowed: Column,
    objection: Objection,
    objection_of_words: Objection,
) -> PromptLead:
    """Return the lead for a prompt, given the order without its words.

    `objection` speaks against a lead over all prompts, `objection_of_words` against one that words which stand apart
    decide.
    """
    if not prompt.is_known:
        return PromptLead(usual, lead(usual, sizes, allowed, objection, several=False), is_by_words=False)
    several = prompt.has_several
    order = for_prompt(usual, prompt.added, fitted, prompt.traits)
    if prompt.added.some_depart:
        return PromptLead(order, lead(order, sizes, allowed, objection_of_words, several=several), is_by_words=True)
    unmoved = beside(usual, prompt.added, fitted, prompt.traits)
    found = lead(unmoved, sizes, allowed, objection, several=several)
    if found.is_sure and _is_still_likely(found, order):
        return PromptLead(unmoved, found, is_by_words=False, is_moved=False)
    return PromptLead(order, lead(order, sizes, allowed, objection, several=several), is_by_words=True)


def _is_still_likely(found: Lead, order: Order) -> bool:
    """Tell whether what leads over all prompts still does, at least weakly, in an order moved by the prompt's words."""
    leader, *others = found.ranking
    return bool(order.compared(leader, np.array(others)).probability.min() >= WEAK_PROBABILITY)

"""How a subject finds its prompts: what was stated, the person's own aliases, and terms that mean nearly the same."""

"""Reading text: prompts, infotext, names."""

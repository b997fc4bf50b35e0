"""How whatworks reaches people beside PyPI: a bundle for desktop clients."""

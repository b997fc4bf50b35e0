"""How good proposals are: a simulated person follows them, and other ways to choose, on the same images."""

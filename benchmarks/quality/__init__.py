"""How true the statistics are: on real ratings and in simulated worlds, beside the rules of earlier systems."""

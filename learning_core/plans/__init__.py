"""Learning plans: what is tried next, what came of it, and what may be concluded."""

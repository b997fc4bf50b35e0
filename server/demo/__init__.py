"""Sample inputs and the guided tour that imports them and asks a question."""

"""The steps of a plan in the words of the programs that make the images."""

"""Running the steps of a plan on a server that makes images: the only part of whatworks that opens connections."""

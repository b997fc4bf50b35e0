"""`whatworks profiles` and its subcommands: one module each."""

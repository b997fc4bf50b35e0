"""The programs that can start our server, and the files in which they are told to."""

"""The command line: a file per noun, loaded when it is used."""

"""The process: HTTP, tokens, the command line."""

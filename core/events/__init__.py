"""Life events: recorded once in core, heard by every plugin in the same transaction (design 6)."""

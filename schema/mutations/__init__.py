"""One verb a file; `base.py` is what they share."""

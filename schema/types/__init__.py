"""One core type a file; `registry.py` lists the nodes."""

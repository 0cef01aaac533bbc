"""Administrative divisions: 12-digit codes, validity, successors (domain 1.3)."""

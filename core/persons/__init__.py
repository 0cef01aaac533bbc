"""Persons: identity, residence, disability, and the versions of each (domain 1.1, 1.4, 1.5)."""

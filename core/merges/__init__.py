"""Persons registered twice: finding them, merging two into one, taking that back, and removing one (design 5)."""

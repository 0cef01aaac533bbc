"""Households and their members over time (domain 1.5)."""

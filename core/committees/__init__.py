"""Villagers' and residents' committees, their terms and members (domain 1.3, 1.5)."""

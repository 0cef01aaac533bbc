"""Dated law parameters: limits, ages, factors and the like, by division, with their source."""

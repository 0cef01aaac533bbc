"""Trying out: what a rule set would decide with other values of its parameters; nothing is written."""

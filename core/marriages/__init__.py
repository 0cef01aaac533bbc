"""Marriages and applications for divorce (domain 1.6; Civil Code 1047, 1077)."""

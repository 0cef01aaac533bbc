"""Organizations and their tax qualifications (domain 1.2, 1.5)."""

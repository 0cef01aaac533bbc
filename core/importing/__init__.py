"""Registers and division lists from CSV and XLSX files, row by row through the services (design 8)."""

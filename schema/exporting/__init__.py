"""Exports: the rows of one connection as CSV, XLSX or JSON Lines, page by page through the service."""

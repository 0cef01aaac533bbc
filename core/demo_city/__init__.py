"""The demo city: fictional divisions and residents in households, written through the services."""

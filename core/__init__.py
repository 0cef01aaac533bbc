"""The kernel: divisions, persons, households, access, plugins. No GraphQL, no HTTP."""

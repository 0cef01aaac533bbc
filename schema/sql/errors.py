from __future__ import annotations


class Unplannable(Exception):
    """The planner leaves this operation to graphql-core; the reason shows in `explain`."""

from __future__ import annotations

UNPLANNABLE = "left to graphql-core: "


class Unplannable(Exception):
    """The planner leaves this operation to graphql-core; the reason shows in `explain`."""

    def __str__(self) -> str:
        return UNPLANNABLE + super().__str__()

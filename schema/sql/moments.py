"""`asOf` and `knownAt`: the day asked about, and the moment of our knowledge of it (design 3, "Time").

Given on a field they hold for everything below it.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from core.dated import ALWAYS, Moment

AS_OF, KNOWN_AT = "asOf", "knownAt"


def asks(arguments: Mapping[str, Any]) -> bool:
    """Whether the arguments name a moment."""
    return arguments.get(AS_OF) is not None or arguments.get(KNOWN_AT) is not None


def moment_of(arguments: Mapping[str, Any], above: Moment | None, env: Any) -> Moment:
    """The moment of a field that names one; what it leaves out comes from above it, else from today."""
    as_of, known_at = arguments.get(AS_OF), arguments.get(KNOWN_AT)
    return Moment(
        as_of or (above.as_of if above else env.clock.today()),
        known_at or (above.known_at if above else ALWAYS),
    )

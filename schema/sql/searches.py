"""Exact searches by id number leave an audit row and are rate-limited, on both paths."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from schema.sql.env import Env


def note_searches(mapping: Any, arguments: Mapping[str, Any], env: Env) -> None:
    """Count and audit the exact searches among a connection's filters (domain 1.7).

    Raises:
        Refused: RATE_LIMITED.
    """
    tests = getattr(mapping, "filter", None)
    for where, _ in tests.used(arguments.get("filter")) if tests else ():
        if where.audited:
            env.limiter.hit(env.principal.subject)
            env.audit(where.audited, district=env.principal.district)

"""The subscription root: flat, verb last. A plugin's subscriptions carry its name (design 2)."""

from __future__ import annotations

import strawberry

from schema.sql.fields import both
from schema.types.change import TaskChange, task_changed


@strawberry.type(
    description=both("订阅入口，经 SSE 或 WebSocket。", "The subscription root, by SSE or WebSocket.")
)
class Subscription:
    task_changed: TaskChange | None = task_changed()

"""What listening is refused with."""

from __future__ import annotations

from core.errors import ErrorCode

SUBSCRIPTION_TRANSPORT = ErrorCode(
    "SUBSCRIPTION_TRANSPORT",
    "订阅须通过 SSE（Accept: text/event-stream）或 WebSocket（graphql-transport-ws）。",
    "A subscription goes by SSE (Accept: text/event-stream) or WebSocket (graphql-transport-ws).",
)
POSITION_GONE = ErrorCode(
    "POSITION_GONE",
    "位置 {position} 之后的变更已不再保留，请重新查询后再订阅。",
    "What came after position {position} is no longer kept: query anew, then subscribe without it.",
)
SUBSCRIPTIONS_MANY = ErrorCode(
    "SUBSCRIPTIONS_MANY",
    "同时进行的订阅已达上限 {maximum} 个。",
    "There are as many subscriptions at once as are allowed: {maximum}.",
)

OUTBOX_REFUSALS = (SUBSCRIPTION_TRANSPORT, POSITION_GONE, SUBSCRIPTIONS_MANY)

"""What questions about figures are refused with."""

from __future__ import annotations

from core.errors import ErrorCode

INDICATOR_UNKNOWN = ErrorCode(
    "INDICATOR_UNKNOWN",
    "没有指标 {id}，可用 indicators 查询。",
    "There is no indicator {id}; the query indicators lists them.",
)
INDICATOR_BY = ErrorCode(
    "INDICATOR_BY",
    "指标 {id} 在区划 {division} 不能按 {by} 分列。",
    "The indicator {id} of division {division} is not broken down by {by}.",
)
INDICATOR_POINTS = ErrorCode(
    "INDICATOR_POINTS",
    "一个序列最多 {maximum} 个点，请缩短期间。",
    "A series has at most {maximum} points; ask for a shorter period.",
)

MEASURE_REFUSALS = (INDICATOR_UNKNOWN, INDICATOR_BY, INDICATOR_POINTS)

"""What workflows and tasks refuse with."""

from __future__ import annotations

from core.errors import ErrorCode

STATE_INVALID = ErrorCode(
    "STATE_INVALID",
    "“{verb}”不能在状态“{state}”下进行，可在：{allowed}。",
    "{verb} is not possible in the state {state}; it is in: {allowed}.",
)
FOUR_EYES = ErrorCode(
    "FOUR_EYES",
    "“{verb}”须由另一人办理：前一环节由您本人经办。",
    "Somebody else has to {verb}: you made the step before.",
)
REASON_MISSING = ErrorCode("REASON_MISSING", "请填写理由。", "Give a reason.")
TOO_EARLY = ErrorCode(
    "TOO_EARLY",
    "期限尚未届满，{day} 起方可办理“{verb}”。",
    "It is too early: {verb} is possible from {day} on.",
)
TASK_TAKEN = ErrorCode(
    "TASK_TAKEN",
    "任务已由他人认领，请先请其释放。",
    "Somebody else has taken this task; ask them to release it.",
)
TASK_CLOSED = ErrorCode("TASK_CLOSED", "任务已办结。", "This task is done.")

WORKFLOW_REFUSALS = (STATE_INVALID, FOUR_EYES, REASON_MISSING, TOO_EARLY, TASK_TAKEN, TASK_CLOSED)

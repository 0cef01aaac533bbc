"""The codes that jobs refuse with."""

from __future__ import annotations

from core.errors import ErrorCode

JOB_UNKNOWN = ErrorCode(
    "JOB_UNKNOWN", "没有定时任务 {job}，现有：{known}。", "There is no job {job}; there are: {known}."
)

JOBS_REFUSALS = (JOB_UNKNOWN,)

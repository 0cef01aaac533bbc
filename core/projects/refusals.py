"""What projects refuse with."""

from __future__ import annotations

from core.errors import ErrorCode

PROJECT_KIND_UNKNOWN = ErrorCode(
    "PROJECT_KIND_UNKNOWN",
    "此处没有名为“{kind}”的项目类别，可用：{known}。",
    "There is no kind of project {kind} here; there are: {known}.",
)
PROJECT_LEVEL_MISSING = ErrorCode(
    "PROJECT_LEVEL_MISSING",
    "民生实事项目须写明是省、市还是县级。",
    "A livelihood project must say of which level: province, prefecture or county.",
)
PROJECT_VOIDED = ErrorCode(
    "PROJECT_VOIDED",
    "该项目登记有误，已作废。",
    "This project was entered by mistake and is voided.",
)
PROJECT_TWICE = ErrorCode(
    "PROJECT_TWICE", "一次调度会对同一项目只记一条进展。", "A meeting records a project's progress once."
)
PROJECT_AMOUNT = ErrorCode(
    "PROJECT_AMOUNT",
    "金额或面积须大于 0、最多两位小数，且不超过 {maximum}。",
    "An amount or area must be above 0, with at most two places, and not above {maximum}.",
)
BUDGET_EXCEEDED = ErrorCode(
    "BUDGET_EXCEEDED",
    "已付 {paid} 元将超过预算 {budget} 元；如有追加，请先调整预算。",
    "{paid} yuan paid would exceed the budget of {budget}; if it was raised, change the budget first.",
)
PERCENT_RANGE = ErrorCode("PERCENT_RANGE", "进度须在 0 到 100 之间。", "Progress is a percent from 0 to 100.")
PERCENT_FALLS = ErrorCode(
    "PERCENT_FALLS",
    "进度由 {before}% 降至 {percent}%，请写明原因。",
    "Progress falls from {before}% to {percent}%: say why.",
)
MILESTONE_REACHED = ErrorCode(
    "MILESTONE_REACHED",
    "该节点已于 {day} 达成；如有误，请作废后重新登记。",
    "This milestone was reached on {day}; if that is wrong, void it and enter it anew.",
)
FACT_VOIDED = ErrorCode("FACT_VOIDED", "该记录已作废。", "This record is voided.")

PROJECT_REFUSALS = (
    PROJECT_KIND_UNKNOWN,
    PROJECT_LEVEL_MISSING,
    PROJECT_VOIDED,
    PROJECT_TWICE,
    PROJECT_AMOUNT,
    BUDGET_EXCEEDED,
    PERCENT_RANGE,
    PERCENT_FALLS,
    MILESTONE_REACHED,
    FACT_VOIDED,
)

"""What entitlements and exclusions refuse with."""

from __future__ import annotations

from core.errors import ErrorCode

PROGRAMME_UNKNOWN = ErrorCode(
    "PROGRAMME_UNKNOWN",
    "没有名为“{name}”的待遇项目，现有：{known}。",
    "There is no programme {name}; there are: {known}.",
)
ENTITLEMENT_OVERLAP = ErrorCode(
    "ENTITLEMENT_OVERLAP",
    "该人员在此期间已享受（或领取）同一待遇，请先终止原待遇。",
    "Somebody here has or receives this benefit in these months already; end that first.",
)
ENTITLEMENT_ENDED = ErrorCode(
    "ENTITLEMENT_ENDED",
    "待遇已自 {end} 起终止。",
    "The entitlement ends with the month before {end}.",
)
DUPLICATE_BENEFIT = ErrorCode(
    "DUPLICATE_BENEFIT",
    "{month} 同一人不能同时领取“{first}”和“{second}”。",
    "Nobody is paid both {first} and {second} for {month}.",
)
EXCLUSION_EXISTS = ErrorCode(
    "EXCLUSION_EXISTS",
    "这两项待遇在该区划已登记为互斥。",
    "These two programmes exclude each other there already.",
)
EXCLUSION_PAIR = ErrorCode(
    "EXCLUSION_PAIR", "互斥须为两项不同的待遇。", "An exclusion is between two different programmes."
)
EXCLUSION_ENDED = ErrorCode("EXCLUSION_ENDED", "该互斥规则已终止。", "This exclusion has ended.")

ENTITLEMENT_REFUSALS = tuple(value for value in list(globals().values()) if isinstance(value, ErrorCode))

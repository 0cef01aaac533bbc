"""What callers may do with dogs, and what the mutations refuse with."""

from __future__ import annotations

from minzheng.plugin import ErrorCode, Permission, UserRole

PETS_READ = "pets:read"
PETS_WRITE = "pets:write"

_OFFICERS = frozenset({UserRole.TOWN_OFFICER, UserRole.CITY_OFFICER})

PERMISSIONS = (
    Permission(
        PETS_READ, _OFFICERS | {UserRole.VILLAGE_WORKER, UserRole.CITY_LEADER}, "查看犬只", "Read dogs"
    ),
    Permission(PETS_WRITE, _OFFICERS, "登记犬只", "Register dogs"),
)

PETS_LICENCE_TAKEN = ErrorCode(
    "PETS_LICENCE_TAKEN",
    "犬牌号 {licence} 已登记在另一只犬名下。",
    "The licence {licence} belongs to another dog.",
)

"""This plugin's rights and the roles that carry them."""

from __future__ import annotations

from minzheng.plugin import Permission, UserRole

READ = "assistance:read"
WRITE = "assistance:write"
STANDARDS = "assistance:standards"

_OFFICERS = frozenset({UserRole.TOWN_OFFICER, UserRole.CITY_OFFICER})
_LEADERS = frozenset({UserRole.TOWN_LEADER, UserRole.CITY_LEADER})

PERMISSIONS = (
    Permission(
        READ,
        _OFFICERS | _LEADERS | {UserRole.AUDITOR},
        "查看救助收入与层次",
        "Read incomes and bands of households",
    ),
    Permission(WRITE, _OFFICERS, "登记救助收入", "Write incomes of households"),
    Permission(
        STANDARDS, frozenset({UserRole.CITY_OFFICER}), "设定救助标准与系数", "Set standards and factors"
    ),
)

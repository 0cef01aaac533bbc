"""What each role may do. A plugin adds its own permissions, prefixed with its name (design 2)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from core.codes.sets import UserRole
from core.errors import StartupError

REGISTRY_WRITE = "registry:write"
DIVISIONS_WRITE = "divisions:write"
PII_READ = "pii:read"
NAMES_READ = "names:read"
USERS_WRITE = "users:write"
REGISTRY_READ = "registry:read"
AUDIT_READ = "audit:read"
ORGANIZATIONS_WRITE = "organizations:write"
COMMITTEES_WRITE = "committees:write"
DATA_EXPORT = "data:export"
JOBS_READ = "jobs:read"
JOBS_RUN = "jobs:run"
DOCUMENTS_READ = "documents:read"
DOCUMENTS_WRITE = "documents:write"
PARAMETERS_WRITE = "parameters:write"
PROJECTS_READ = "projects:read"
PROJECTS_WRITE = "projects:write"
PROJECTS_PROGRESS = "projects:progress"
PROJECTS_DISPATCH = "projects:dispatch"
REFERRALS_READ = "referrals:read"
REFERRALS_RECEIVE = "referrals:receive"
SIGNALS_READ = "signals:read"
BENEFITS_RULES = "benefits:rules"
PAYMENTS_READ = "payments:read"
PAYMENTS_ACCOUNTS = "payments:accounts"
PAYMENTS_REVERSE = "payments:reverse"


@dataclass(frozen=True)
class Permission:
    """A right by name, with the roles that carry it and its description in both languages.

    `pii:read` belongs to no role: it is always granted by name (domain 1.7).
    """

    name: str
    roles: frozenset[UserRole]
    zh: str
    en: str


_WORKERS = frozenset({UserRole.VILLAGE_WORKER, UserRole.TOWN_OFFICER, UserRole.TOWN_LEADER})
_CITY = frozenset({UserRole.CITY_OFFICER, UserRole.CITY_LEADER})
_OFFICERS = frozenset({UserRole.TOWN_OFFICER, UserRole.CITY_OFFICER})

CORE_PERMISSIONS = (
    Permission(
        REGISTRY_READ,
        _WORKERS | _CITY | {UserRole.AUDITOR},
        "查看人口、户籍、组织与村（居）委会",
        "Read persons, households, organizations and committees",
    ),
    Permission(NAMES_READ, _WORKERS | _CITY, "查看姓名全文", "Read names in full"),
    Permission(REGISTRY_WRITE, _OFFICERS, "登记与更正人口、户", "Write persons and households"),
    Permission(
        DIVISIONS_WRITE, frozenset({UserRole.CITY_OFFICER}), "设立与撤销区划", "Open and close divisions"
    ),
    Permission(
        ORGANIZATIONS_WRITE,
        frozenset({UserRole.CITY_OFFICER}),
        "登记与更正组织",
        "Register and correct organizations",
    ),
    Permission(COMMITTEES_WRITE, _OFFICERS, "登记村（居）委会及其成员", "Write committees and their members"),
    Permission(PII_READ, frozenset(), "查看敏感信息明文", "Read sensitive fields unmasked"),
    Permission(
        AUDIT_READ,
        frozenset({UserRole.AUDITOR, UserRole.CITY_LEADER}),
        "查看审计记录",
        "Read the audit",
    ),
    Permission(USERS_WRITE, frozenset(), "管理用户与授权", "Manage users and grants"),
    Permission(
        DOCUMENTS_READ,
        _WORKERS | _CITY,
        "查看人员、户、组织的材料",
        "Read documents of persons, households and organizations",
    ),
    Permission(
        DOCUMENTS_WRITE,
        _OFFICERS | {UserRole.VILLAGE_WORKER},
        "上传与移除人员、户、组织的材料",
        "File and remove documents of persons, households and organizations",
    ),
    Permission(
        PROJECTS_READ, _WORKERS | _CITY, "查看项目、资金与调度会", "Read projects, funding and meetings"
    ),
    Permission(
        PROJECTS_WRITE,
        frozenset({UserRole.CITY_OFFICER}),
        "调整项目计划，登记资金与支付",
        "Change plans of projects; record funding and payments",
    ),
    Permission(PROJECTS_PROGRESS, _OFFICERS, "登记项目进展与节点", "Record progress and milestones"),
    Permission(PROJECTS_DISPATCH, _CITY, "召开项目调度会", "Hold dispatch meetings"),
    Permission(REFERRALS_READ, _WORKERS | _CITY, "查看转出的转介", "Read referrals that were sent"),
    Permission(
        REFERRALS_RECEIVE,
        frozenset({UserRole.AGENCY_STAFF}),
        "以组织名义办理转给该组织的转介",
        "Handle the referrals sent to the organization one acts for",
    ),
    Permission(SIGNALS_READ, _WORKERS | _CITY, "查看预警", "Read early warnings"),
    Permission(
        BENEFITS_RULES,
        frozenset({UserRole.CITY_OFFICER}),
        "维护待遇互斥规则",
        "Write which benefits exclude each other",
    ),
    Permission(
        PAYMENTS_READ,
        _OFFICERS | {UserRole.TOWN_LEADER, UserRole.CITY_LEADER, UserRole.AUDITOR},
        "查看发放与追回（另需项目自己的查看权限）",
        "Read payments and recoveries, with the programme's own permission to read",
    ),
    Permission(
        PAYMENTS_ACCOUNTS,
        _OFFICERS,
        "登记与查看（掩码）银行账户",
        "Write bank accounts, and read them masked",
    ),
    Permission(
        PAYMENTS_REVERSE, frozenset({UserRole.CITY_LEADER}), "冲销已入账的发放", "Reverse what was paid"
    ),
    Permission(DATA_EXPORT, _CITY | {UserRole.TOWN_OFFICER}, "导出数据", "Export lists"),
    Permission(JOBS_READ, _CITY | {UserRole.AUDITOR}, "查看定时任务", "Read scheduled jobs"),
    Permission(
        JOBS_RUN, frozenset({UserRole.CITY_OFFICER}), "要求运行定时任务", "Ask for the run of a scheduled job"
    ),
    Permission(
        PARAMETERS_WRITE,
        frozenset({UserRole.CITY_OFFICER}),
        "设定政策参数",
        "Set parameters of the law",
    ),
)


class PermissionBook:
    """Every permission of the plugins at hand, and what a role amounts to."""

    def __init__(self) -> None:
        self._owners: dict[str, str] = {}
        self._permissions: dict[str, Permission] = {}

    def add(self, owner: str, permissions: Iterable[Permission]) -> None:
        """Register `owner`'s permissions; a plugin's must start with its name and a colon.

        Raises:
            StartupError: a foreign prefix, or a name that two owners claim.
        """
        for permission in permissions:
            if owner != "core" and not permission.name.startswith(f"{owner}:"):
                raise StartupError(
                    f"插件 {owner}：权限 {permission.name} 须以 {owner}: 开头 / "
                    f"plugin {owner}: permission {permission.name} must start with {owner}:"
                )
            if permission.name in self._owners:
                raise StartupError(
                    f"权限 {permission.name} 被 {self._owners[permission.name]} 和 {owner} 重复占用 / "
                    f"permission {permission.name} is claimed by both "
                    f"{self._owners[permission.name]} and {owner}"
                )
            self._owners[permission.name] = owner
            self._permissions[permission.name] = permission

    def of_role(self, role: UserRole, plugin: str | None = None) -> frozenset[str]:
        """The permissions of a role; a grant that names a plugin gives that plugin's alone."""
        return frozenset(
            name
            for name, permission in self._permissions.items()
            if (role in permission.roles or role is UserRole.SYSTEM) and plugin in (None, self._owners[name])
        )

    def roles_of(self, permission: str) -> frozenset[UserRole]:
        """The roles that carry a permission."""
        return self._permissions[permission].roles

    def owner_of(self, permission: str) -> str:
        """The plugin (or `core`) that declares a permission."""
        return self._owners[permission]

    @property
    def all(self) -> Mapping[str, Permission]:
        return self._permissions

"""Who asks, and over which divisions each permission reaches (domain 1.5, design 5)."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, Literal

from sqlalchemy import ColumnElement, and_, false, or_, true

from core.codes import division_code
from core.codes.division_code import Tier

Part = Literal["code", "low", "high"]
Bind = Callable[[int, Part], Any]

NATION = "000000000000"


def _minimal(codes: Iterable[str]) -> tuple[str, ...]:
    """Drop what another code of the set already covers."""
    unique = sorted(set(codes))
    return tuple(
        code
        for code in unique
        if not any(other != code and division_code.covers(other, code) for other in unique)
    )


@dataclass(frozen=True)
class Scope:
    """A set of divisions, as the fewest codes that cover it. Empty reaches nothing.

    Its `shape` (how many codes, at which tier) decides the SQL text; the codes are bound parameters.
    """

    codes: tuple[str, ...] = ()
    everywhere: bool = False

    @classmethod
    def of(cls, codes: Iterable[str]) -> Scope:
        codes = tuple(codes)
        return cls(everywhere=True) if NATION in codes else cls(_minimal(codes))

    @cached_property
    def shape(self) -> tuple[Tier, ...] | None:
        """None when the scope is the whole country."""
        return None if self.everywhere else tuple(division_code.tier(code) for code in self.codes)

    def covers(self, code: str) -> bool:
        """Whether `code` is one of the divisions or below one."""
        return self.everywhere or any(division_code.covers(above, code) for above in self.codes)

    def narrowed(self, district: str) -> Scope:
        """What is left of this scope inside one district."""
        if self.covers(district):
            return Scope((district,))
        return Scope(tuple(code for code in self.codes if division_code.covers(district, code)))

    def value(self, index: int, part: Part) -> str:
        """The bound value of one placeholder of `clause`."""
        code = self.codes[index]
        if part == "code":
            return code
        low, high = division_code.code_range(code)
        return low if part == "low" else high

    def clause(self, district: Any, town: Any, division: Any, bind: Bind) -> ColumnElement[bool]:
        """Rows whose level columns lie in this scope; an equality on one column for each code."""
        if self.everywhere:
            return true()
        columns = {Tier.COUNTY: district, Tier.TOWN: town, Tier.VILLAGE: division}
        tests = [
            columns[tier] == bind(i, "code")
            if tier in columns
            else and_(division >= bind(i, "low"), division < bind(i, "high"))
            for i, tier in enumerate(self.shape or ())
        ]
        return or_(*tests) if tests else false()


@dataclass(frozen=True)
class Grant:
    """One dated right as it stands today: permissions over a division and all below it."""

    division: str
    permissions: frozenset[str]


@dataclass(frozen=True)
class Principal:
    """The authenticated caller with the rights of the day.

    Attributes:
        user_id: row of the user, None for the service itself.
        subject: the token's `sub`, for the audit.
        grants: what the user may do where.
        organization_id: the organization the token acts for, if any.
        purpose: why sensitive fields are read in this request; None keeps them masked.
    """

    user_id: uuid.UUID | None
    subject: str
    grants: tuple[Grant, ...] = ()
    purpose: str | None = None
    roles: frozenset[str] = frozenset()
    organization_id: uuid.UUID | None = None
    _scopes: dict[str, Scope] = field(default_factory=dict, compare=False, repr=False)

    def scope(self, permission: str) -> Scope:
        """Where `permission` holds."""
        if permission not in self._scopes:
            self._scopes[permission] = Scope.of(
                grant.division for grant in self.grants if permission in grant.permissions
            )
        return self._scopes[permission]

    @cached_property
    def reach(self) -> Scope:
        """Where the caller may do anything at all."""
        return Scope.of(grant.division for grant in self.grants)

    def can(self, permission: str) -> bool:
        """Whether `permission` holds anywhere at all."""
        scope = self.scope(permission)
        return scope.everywhere or bool(scope.codes)

    def within(self, *divisions: str) -> Principal:
        """The same caller with no right outside these divisions, such as the district of an endpoint."""
        return Principal(
            self.user_id,
            self.subject,
            tuple(
                Grant(code, grant.permissions)
                for grant in self.grants
                for division in divisions
                for code in Scope.of([grant.division]).narrowed(division).codes
            ),
            self.purpose,
            self.roles,
            self.organization_id,
        )

    @cached_property
    def district(self) -> str | None:
        """The one district that all grants lie in; None for a caller above districts or in several."""
        homes = {
            None if grant.division == NATION else division_code.district(grant.division)
            for grant in self.grants
        }
        return homes.pop() if len(homes) == 1 else None

    @cached_property
    def permissions(self) -> frozenset[str]:
        return frozenset().union(*(grant.permissions for grant in self.grants))


def unique_scopes(principal: Principal, permissions: Iterable[str]) -> Mapping[str, int]:
    """Number the distinct scopes, so that permissions that reach the same rows share one test."""
    seen: dict[Scope, int] = {}
    return {name: seen.setdefault(principal.scope(name), len(seen)) for name in sorted(permissions)}

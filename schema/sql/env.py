"""One request as the engine and the resolvers see it."""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from limits import RateLimitItemPerMinute
from limits.storage import MemoryStorage
from limits.strategies import MovingWindowRateLimiter

from core.access.audit import entry
from core.access.declared import READ, Declared, ReaderMap
from core.access.models import AuditEntry
from core.access.principal import Principal, unique_scopes
from core.clock import Clock
from core.db import Database
from core.documents.storage import Storage
from core.errors import Language, Refused
from core.host import Host
from core.outbox.feed import Published
from core.refusals import RATE_LIMITED
from core.settings import BureauNames
from core.vault import Vault


class SearchLimiter:
    """Exact searches by id number, counted for each subject (domain 1.7)."""

    def __init__(self, per_minute: int) -> None:
        self._limit = RateLimitItemPerMinute(per_minute)
        self._limiter = MovingWindowRateLimiter(MemoryStorage())

    def hit(self, subject: str) -> None:
        """Count one search.

        Raises:
            Refused: RATE_LIMITED.
        """
        if not self._limiter.hit(self._limit, subject):
            raise Refused(RATE_LIMITED, seconds=60)

    def check(self, subject: str) -> None:
        """Refuse who has no search left, without counting one.

        Raises:
            Refused: RATE_LIMITED.
        """
        if not self._limiter.test(self._limit, subject):
            raise Refused(RATE_LIMITED, seconds=60)


@dataclass
class Env:
    """The caller, the day, and what answering needs.

    Attributes:
        plugins: the plugin set of the schema that answers.
        district: of the endpoint asked, None for the whole service.
        bureau: what the bureau is called.
        simulation_seconds: how long one simulation may take.
        audits: rows that must be committed before the answer leaves.
        happened: the entry of the outbox that a subscription is answered for.
    """

    principal: Principal
    clock: Clock
    vault: Vault
    database: Database
    host: Host
    limiter: SearchLimiter
    plugins: frozenset[str] = frozenset()
    language: Language = "en"
    district: str | None = None
    bureau: BureauNames = field(default_factory=BureauNames)
    simulation_seconds: float = 30
    audits: list[AuditEntry] = field(default_factory=list)
    happened: Published | None = None
    storage: Storage | None = None

    def audit(
        self,
        action: str,
        subject: str | None = None,
        fields: Iterable[str] = (),
        *,
        district: str | None = None,
        details: Mapping[str, Any] | None = None,
    ) -> None:
        """Note an audit row that the answer waits for."""
        row = entry(
            self.clock, self.principal, action, subject, district=district, fields=fields, details=details
        )
        self.audits.append(row)

    async def settle(self) -> None:
        """Commit the noted audit rows; the answer may leave only then."""
        if self.audits:
            rows, self.audits = self.audits, []
            async with self.database.writing() as session:
                session.add_all(rows)

    @cached_property
    def scope_numbers(self) -> dict[str, int]:
        """Which permissions share a scope."""
        return dict(unique_scopes(self.principal, self.host.permissions.all))

    @cached_property
    def readers(self) -> ReaderMap:
        """The permissions that show declared rows here."""
        return self.host.readers_of(self.plugins)

    def permissions_for(self, rule: Declared) -> ReaderMap:
        """The permissions that a rule of declared rows may name."""
        return self.readers if rule.column == READ else self.host.actors_of(self.plugins)

    @cached_property
    def access_class(self) -> Hashable:
        """What about the caller decides the SQL text: scope shapes, which of them are equal, and unmasking."""
        shapes = {number: self.principal.scope(name).shape for name, number in self.scope_numbers.items()}
        numbers: Any = tuple(sorted(self.scope_numbers.items()))
        acting = self.principal.organization_id is not None
        return (numbers, tuple(sorted(shapes.items())), self.principal.purpose is not None, acting)

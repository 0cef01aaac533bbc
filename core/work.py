"""One unit of work: a write transaction with the caller, the clock and the plugins at hand.

Services take a `Work` and never commit; whoever opened it does, once, at the edge (design 6).
"""

from __future__ import annotations

import logging
import uuid
from collections.abc import AsyncIterator, Iterable, Iterator, Mapping, Sequence
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass, field
from datetime import date, datetime
from functools import cached_property
from typing import Any, Protocol, TypeVar

from sqlalchemy import inspect, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm.exc import StaleDataError

from core import bulk
from core.access.audit import entry
from core.access.declared import inside
from core.access.models import AuditEntry
from core.access.principal import Principal
from core.access.scope import ScopeRule
from core.clock import Clock
from core.db import new_id
from core.entitlements.refusals import ENTITLEMENT_OVERLAP
from core.errors import ErrorCode, Refusals, Refused
from core.events.failed import kept
from core.events.models import FailedHook
from core.funds.refusals import FUND_EXISTS
from core.hookspecs import UNASKED_HOOKS
from core.host import Host
from core.ids import typed
from core.payments.refusals import PAYMENT_EXISTS
from core.refusals import (
    COMMITTEE_EXISTS,
    CONFLICT,
    DATE_FUTURE,
    FORBIDDEN,
    FORBIDDEN_SCOPE,
    HOOK_FAILED,
    HOUSEHOLD_CODE_TAKEN,
    ID_DUPLICATE,
    MEMBER_DUPLICATE,
    NOT_FOUND,
    USCC_TAKEN,
)
from core.vault import Vault

log = logging.getLogger("minzheng.work")

T = TypeVar("T")

# What the database's own constraints refuse, when two writers race past the checks of the services.
_RACES: tuple[tuple[tuple[str, ...], ErrorCode], ...] = (
    (("uq_core_person_id_type_id_hash", "core_person.id_hash"), ID_DUPLICATE),
    (("uq_core_household_member_open", "core_household_member.person_id"), MEMBER_DUPLICATE),
    (("uq_core_household_member_head", "core_household_member.household_id"), CONFLICT),
    (("uq_core_household_district_code", "core_household.code"), HOUSEHOLD_CODE_TAKEN),
    (("uq_core_organization_credit_code", "core_organization.credit_code"), USCC_TAKEN),
    (("uq_core_committee_open", "core_committee.division"), COMMITTEE_EXISTS),
    # A second chair, a person's second post, a second open term; SQLite names the column.
    (("uq_core_committee_member", "core_committee_member.committee_id"), CONFLICT),
    # A second open signal of a kind, by a merge; SQLite names the columns.
    (("uq_core_signal_open", "core_signal.kind"), CONFLICT),
    (("uq_core_committee_term_open", "core_committee_term.committee_id"), CONFLICT),
    (("uq_core_task_open", "core_task.kind"), CONFLICT),
    (("uq_core_job_run_job_period", "core_job_run.job"), CONFLICT),
    (("uq_core_parameter_value", "core_parameter_value.name"), CONFLICT),
    (("uq_core_entitlement", "core_entitlement.programme"), ENTITLEMENT_OVERLAP),
    (("core_entitlement_person.programme",), ENTITLEMENT_OVERLAP),
    (("uq_core_payment_live", "core_payment.programme"), PAYMENT_EXISTS),
    (("uq_core_price_subsidy_programme_division_month", "core_price_subsidy.programme"), CONFLICT),
    (("uq_core_payment_batch_prepared", "core_payment_batch.programme"), CONFLICT),
    (("uq_core_payment_batch_code", "core_payment_batch.code"), CONFLICT),
    (("uq_core_payment_batch_id_number", "core_payment.batch_id"), CONFLICT),
    (("uq_core_payment_reversal", "core_payment.reverses_id"), CONFLICT),
    (("uq_core_recovery_month_live", "core_recovery_month.programme"), CONFLICT),
    (("uq_core_fund_kind_division_year", "core_fund.kind"), FUND_EXISTS),
)


class Recorder(Protocol):
    """Notes what the transaction writes (`core.journal`), but for what a savepoint takes back."""

    operation: uuid.UUID

    def mark(self) -> Any: ...
    def back(self, mark: Any) -> None: ...
    def added(self, rows: Iterable[Any]) -> None: ...


@dataclass
class Work:
    """What a service needs to write.

    Attributes:
        batch: the import that the rows belong to, if they come from one.
        kept: what was read once and is asked for again in this transaction, by the name of who reads it.
    """

    session: AsyncSession
    principal: Principal
    clock: Clock
    vault: Vault
    host: Host
    recorder: Recorder | None = None
    batch: uuid.UUID | None = None
    kept: dict[str, Any] = field(default_factory=dict, repr=False)

    @cached_property
    def now(self) -> datetime:
        """The one moment at which all of this transaction is recorded."""
        return self.clock.now()

    def require(self, permission: str) -> None:
        """Refuse a caller who has `permission` nowhere.

        Raises:
            Refused: FORBIDDEN.
        """
        if not self.principal.can(permission):
            raise Refused(FORBIDDEN, permission=permission)

    def require_within(self, permission: str, *divisions: str, field: Sequence[str] = ()) -> None:
        """Refuse unless `permission` reaches at least one of the divisions.

        Raises:
            Refused: FORBIDDEN or FORBIDDEN_SCOPE.
        """
        self.require(permission)
        scope = self.principal.scope(permission)
        if not any(scope.covers(code) for code in divisions):
            raise Refused(FORBIDDEN_SCOPE, field, division=divisions[0])

    def refuse_future(self, day: date, *field: str) -> None:
        """Refuse what has not happened yet.

        Raises:
            Refused: DATE_FUTURE.
        """
        if day > self.clock.today():
            raise Refused(DATE_FUTURE, field, day=day, today=self.clock.today())

    async def find(self, model: type[T], key: uuid.UUID, prefix: str, field: Sequence[str] = ()) -> T:
        """A row by key, if it is in the caller's reach.

        Raises:
            Refused: NOT_FOUND, the same for a missing row and one out of scope.
        """
        rule: ScopeRule = model.__scope__  # type: ignore[attr-defined]
        row = await self.session.get(model, key)
        if row is not None and await self._reached(model, key, rule):
            return row
        raise Refused(NOT_FOUND, field, id=typed(prefix, key))

    async def _reached(self, model: Any, key: uuid.UUID, rule: ScopeRule) -> bool:
        test = inside(rule, model, self.principal, self.host.readers, "reached")
        return (await self.session.scalars(select(model.id).where(model.id == key, test))).first() is not None

    def expect_version(self, row: Any, expected: int | None) -> None:
        """Refuse to overwrite what the caller has not seen.

        Raises:
            Refused: CONFLICT with the current version.
        """
        if expected is not None and row.version != expected:
            raise Refused(CONFLICT, ("expectedVersion",), version=row.version)

    def audit(
        self,
        action: str,
        subject: str | None = None,
        *,
        district: str | None = None,
        fields: Iterable[str] = (),
        details: Mapping[str, Any] | None = None,
    ) -> None:
        """Add an audit row to this transaction."""
        self.session.add(self.audit_row(action, subject, district=district, fields=fields, details=details))

    def audit_row(self, action: str, subject: str | None = None, **more: Any) -> AuditEntry:
        """The row that `audit` would add, for `insert`: what is done to many is audited in bulk, too."""
        return entry(self.clock, self.principal, action, subject, **more)

    async def insert(self, rows: Sequence[Any], *, keep: bool = True) -> None:
        """Send new rows to the database, many of them in bulk: parents before what refers to them.

        Args:
            keep: the session shall know them, because this transaction may yet change them.

        Raises:
            Refused: as `flush`.
        """
        await self.flush()
        with self.races():
            if await bulk.write(self.session, rows):
                bulk.keep(self.session, rows if keep else ())
                if self.recorder:
                    self.recorder.added(rows)
                return
        self.session.add_all(rows)
        await self.flush()

    async def flush(self) -> None:
        """Send what was added to the database.

        Raises:
            Refused: CONFLICT, or the code of a constraint that a concurrent writer made us break.
        """
        with self.races():
            await self.session.flush()

    @contextmanager
    def races(self) -> Iterator[None]:
        """Tell a lost race as a refusal, also where a query in the block flushes by itself.

        Raises:
            Refused: as `flush`.
        """
        try:
            yield
        except StaleDataError as error:
            raise Refused(CONFLICT, version="?") from error
        except IntegrityError as error:
            raise self._race(error) from error

    def _race(self, error: IntegrityError) -> Exception:
        text = str(error.orig)
        code = next((code for names, code in _RACES if any(name in text for name in names)), None)
        return Refused(code, code="?", version="?", year="?") if code else error

    async def tell(
        self, hook: str, subject: str, districts: Iterable[str], **arguments: Any
    ) -> list[dict[str, str]]:
        """Fire an event hook at the plugins of the subject's districts, in order; collect what each says it did.

        A `must` plugin that raises undoes everything; a `may` plugin's failure is set aside, to be retried.

        Raises:
            Refused: HOOK_FAILED, naming the plugin; a Refused of a plugin passes as it is.
        """
        await self.flush()
        hearing = self.host.districts.union(districts)
        listening = [name for name in self.host.implementing(hook) if name in hearing]
        answers = [(name, await self._tell_one(name, hook, subject, arguments)) for name in listening]
        return [{"plugin": name, "text": answer} for name, answer in answers if answer]

    async def ask(self, hook: str, subject: str, districts: Iterable[str], **arguments: Any) -> None:
        """Fire a hook whose answers are refusals.

        Raises:
            Refusals: what the plugins have against it. Refused: as `tell`.
        """
        answers: list[Any] = await self.tell(hook, subject, districts, **arguments)
        refusals = [refusal for answer in answers for refusal in answer["text"]]
        if refusals:
            raise Refusals(refusals)

    @asynccontextmanager
    async def savepoint(self) -> AsyncIterator[None]:
        """Let the block happen whole or not at all, in a transaction that goes on either way."""
        mark = self.recorder.mark() if self.recorder else None
        try:
            async with self.session.begin_nested():
                yield
        except BaseException:
            if self.recorder:
                self.recorder.back(mark)
            self.kept.clear()
            await self.read_again()
            raise

    async def _tell_one(
        self, plugin: str, hook: str, subject: str, arguments: Mapping[str, Any]
    ) -> str | None:
        must = self.host.plugins[plugin].manifest.life_events == "must"
        try:
            async with self.savepoint():
                answer: str | None = await self.host.fire(plugin, hook, work=self, **arguments)
                return answer
        except Exception as error:
            if isinstance(error, Refused) and hook not in UNASKED_HOOKS:
                raise
            log.warning("plugin %s failed in %s: %s", plugin, hook, type(error).__name__)
            if must:
                raise Refused(HOOK_FAILED, plugin=plugin, event=hook) from error
            self._set_aside(plugin, hook, subject, error, arguments)
            return None

    async def read_again(self) -> None:
        """Read anew what the savepoint took back: an expired row cannot load itself in the middle of async code."""
        for row in list(self.session.sync_session.identity_map.values()):
            if inspect(row).expired:
                await self.session.refresh(row)

    def _set_aside(
        self, plugin: str, hook: str, subject: str, error: Exception, arguments: Mapping[str, Any]
    ) -> None:
        # The class alone: an error's text may hold personal data.
        row = FailedHook(
            id=new_id(),
            plugin=plugin,
            hook=hook,
            subject=subject,
            error=type(error).__name__,
            failed_at=self.clock.now(),
            arguments=kept(hook, arguments),
        )
        self.session.add(row)

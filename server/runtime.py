"""Everything one server process holds open: plugins, database, keys, the GraphQL service."""

from __future__ import annotations

import logging
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace

from sqlalchemy import text
from sqlalchemy.exc import IntegrityError, SQLAlchemyError

from core.access import service as access
from core.access.keys import require_own_keys
from core.access.principal import Principal
from core.access.sealer import sealing
from core.clock import Clock
from core.codes.sets import UserRole
from core.db import Database
from core.documents.transfer import Transfers
from core.errors import Refused, StartupError
from core.host import Host
from core.jobs.working import working
from core.outbox.sequencer import sequencing
from core.settings import Settings
from core.vault import Keyring, Vault
from migrations.run import async_pending
from schema.service import GraphQLService
from server.auth import Claims, DevRights, TokenVerifier
from server.refusals import USER_UNKNOWN, unauthenticated

log = logging.getLogger("minzheng")


@dataclass
class Runtime:
    """An open runtime; `close` it in the event loop that opened it."""

    settings: Settings
    host: Host
    database: Database
    clock: Clock
    vault: Vault
    verifier: TokenVerifier
    graphql: GraphQLService
    _migrated: bool = False

    @classmethod
    async def open(cls, settings: Settings) -> Runtime:
        """Build all of it, or nothing.

        Raises:
            StartupError: says what to change; migrations that are pending are one reason.
        """
        verifier = TokenVerifier(settings)
        host = Host.load(settings)
        await _refuse_pending(settings, host)
        vault, clock = Vault(Keyring.ensure(settings.keys)), Clock(settings.today)
        database = Database(settings.database)
        graphql = GraphQLService(host=host, database=database, vault=vault, clock=clock, settings=settings)
        try:
            await require_own_keys(database, vault)
            await graphql.open()
        except BaseException:
            await database.close()
            raise
        return cls(settings, host, database, clock, vault, verifier, graphql)

    @asynccontextmanager
    async def background(self) -> AsyncIterator[None]:
        """What a serving process does beside answering: seal the audit, order the outbox, run what is due."""
        async with (
            sealing(self.database, self.vault, self.clock),
            sequencing(self.database),
            working(self.database, self.host, self.vault, self.clock),
        ):
            yield

    @property
    def transfers(self) -> Transfers:
        """The way of documents' files."""
        return Transfers(self.database, self.host, self.clock, self.vault, self.graphql.storage)

    async def close(self) -> None:
        """Finish what runs and let go of the database."""
        try:
            await self.graphql.close()
        finally:
            await self.database.close()

    async def principal(self, claims: Claims, purpose: str | None) -> Principal:
        """The caller with the rights of the day.

        Raises:
            Refused: USER_UNKNOWN for a good token of somebody who was never granted anything.
        """
        found = await self._known(claims)
        if found is None and claims.dev is not None:
            await self._provision(claims.subject, claims.dev)
            found = await self._known(claims)
        if found is None:
            raise Refused(USER_UNKNOWN, subject=claims.subject)
        return replace(found, purpose=purpose)

    async def _known(self, claims: Claims) -> Principal | None:
        permissions, today = self.host.permissions, self.clock.today()
        async with self.database.reading() as session:
            return await access.principal_of(session, claims.subject, permissions, today, claims.organization)

    async def _provision(self, subject: str, rights: DevRights) -> None:
        if rights.role not in UserRole.__members__:
            raise unauthenticated(f"没有角色 {rights.role}。", f"There is no role {rights.role}.")
        role = UserRole[rights.role]
        try:
            async with self.database.writing() as session:
                await access.provision(session, subject, role, rights.division, rights.grants, self.clock)
        except IntegrityError:
            log.info("a development user was provisioned by another request")

    async def ready(self) -> list[str]:
        """What keeps this process from serving; empty when nothing does."""
        try:
            async with self.database.reading() as session:
                await session.execute(text("SELECT 1"))
            return [] if self._migrated else await self._pending()
        except (SQLAlchemyError, OSError) as error:
            return [f"数据库无法连接 / the database does not answer ({type(error).__name__})"]
        except StartupError as error:
            return [str(error)]

    async def _pending(self) -> list[str]:
        behind = await async_pending(self.settings.database, list(self.host.plugins))
        self._migrated = not behind
        return [f"数据库待升级 / migrations are pending: {', '.join(behind)}"] if behind else []


async def _refuse_pending(settings: Settings, host: Host) -> None:
    try:
        behind = await async_pending(settings.database, list(host.plugins))
    except (SQLAlchemyError, OSError) as error:
        raise StartupError(
            f"数据库无法连接，请检查设置 database，或先运行 minzheng migrate / "
            f"the database does not answer ({type(error).__name__}): "
            f"check the setting database, or run minzheng migrate first"
        ) from None
    if behind:
        raise StartupError(
            f"数据库待升级（{'、'.join(behind)}），请运行 minzheng migrate / "
            f"migrations are pending ({', '.join(behind)}): run minzheng migrate"
        )

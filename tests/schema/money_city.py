"""The small city with two programmes that exclude each other, a kind of fund, and who may do what about money."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

from core.access.permissions import Permission
from core.access.principal import Grant, Principal
from core.access.service import system
from core.clock import Clock
from core.codes.sets import UserRole
from core.db import Database
from core.entitlements.declared import Exclusion, Programme
from core.entitlements.models import Entitlement
from core.entitlements.service import NewEntitlement, award
from core.funds.declared import FundKind
from core.host import Host
from core.persons.models import Person
from core.settings import Settings
from core.vault import Keyring, Vault
from core.work import Work
from schema.service import GraphQLService
from tests.schema import small_city
from tests.schema.conftest import Served
from tests.schema.small_city import CITY, officer

TODAY = small_city.TODAY
MONTH = date(2022, 11, 1)
DIBAO, DESTITUTE = "core.dibao", "core.destitute"
READ, MANAGE = "dibao:read", "dibao:manage"
_OFFICERS = frozenset(
    {UserRole.TOWN_OFFICER, UserRole.TOWN_LEADER, UserRole.CITY_OFFICER, UserRole.CITY_LEADER}
)
PERMISSIONS = (
    Permission(READ, _OFFICERS, "查看低保", "Read dibao"),
    Permission("reserve:allocate", frozenset({UserRole.CITY_OFFICER}), "拨付备用金", "Allocate reserves"),
    Permission("reserve:disburse", _OFFICERS, "支出备用金", "Disburse reserves"),
    Permission(MANAGE, frozenset({UserRole.CITY_OFFICER}), "管理低保", "Manage dibao"),
)
PROGRAMMES = (
    Programme(DIBAO, "低保", "Dibao", READ, MANAGE),
    Programme(DESTITUTE, "特困", "Destitute support", READ, MANAGE),
    Programme("core.once", "一次性补助", "One-off grant", READ, MANAGE, monthly=False),
)
RESERVE = "core.reserve"
KINDS = (FundKind(RESERVE, "临时救助备用金", "Reserve", READ, "reserve:allocate", "reserve:disburse"),)
RULES = (Exclusion("core.dibao_or_destitute", DIBAO, DESTITUTE, "民发〔2021〕43号"),)


def declared(host: Host | None = None) -> Host:
    """A host to which core itself declares the programmes of the tests."""
    host = host or Host([])
    host.permissions.add("core", PERMISSIONS)
    host.shows("core", READ)
    host.book(Programme).add("core", PROGRAMMES)
    host.book(FundKind).add("core", KINDS)
    host.book(Exclusion).add("core", RULES)
    return host


@dataclass
class MoneyCity(Served):
    """The service over it."""

    database: Database = None  # type: ignore[assignment]
    vault: Vault = None  # type: ignore[assignment]

    @property
    def host(self) -> Host:
        return self.service.host

    @asynccontextmanager
    async def work(self, by: str | Principal | None = None) -> AsyncIterator[Work]:
        """A transaction of a caller, the service's own by default."""
        who = system(self.host.permissions) if by is None else by
        who = self.callers[who] if isinstance(who, str) else who
        async with self.database.writing() as session:
            yield Work(session, who, self.service.clock, self.vault, self.host)

    def person(self, index: int) -> Person:
        return self.city.persons[index]

    async def award(
        self, payee: int, amount: str = "540.00", programme: str = DIBAO, first: date = MONTH, **more: Any
    ) -> Entitlement:
        covers = [self.person(i) for i in more.pop("covers", ())] or None
        async with self.work() as work:
            new = NewEntitlement(
                programme=programme,
                payee=self.person(payee),
                amount=Decimal(amount),
                first=first,
                covers=covers,
                **more,
            )
            return await award(work, new)


def callers(host: Host) -> dict[str, Principal]:
    """Those of the small city, and the officers that four eyes need."""
    more = {
        "rules of the nation": officer(host, UserRole.CITY_OFFICER, "000000000000"),
        "second": replace(officer(host, UserRole.CITY_OFFICER, CITY), subject="second"),
        "third": replace(officer(host, UserRole.CITY_OFFICER, CITY), subject="third"),
        "leader": officer(host, UserRole.CITY_LEADER, CITY),
        "nation officer": officer(host, UserRole.CITY_OFFICER, "000000000000"),
        "programme only": Principal(None, "programme", (Grant(CITY, frozenset({"registry:read", READ})),)),
        "payments only": Principal(
            None, "payments", (Grant(CITY, frozenset({"registry:read", "payments:read"})),)
        ),
    }
    return {**small_city.callers(host), **more}


@asynccontextmanager
async def money_city(
    database: Database, url: str, folder: Path, vault: Vault | None = None
) -> AsyncIterator[MoneyCity]:
    """The small city, served, with the programmes."""
    host, vault = declared(), vault or Vault(Keyring.fresh())
    city = await small_city.build(database, host, vault)
    settings = Settings(dev=True, database=url, var=folder, id_searches_per_minute=100000)
    service = GraphQLService(host=host, database=database, vault=vault, clock=Clock(TODAY), settings=settings)
    await service.open()
    yield MoneyCity(service, city, callers(host), database, vault)
    await service.close()

"""Every workflow that core, the bundled plugins and the example declare: transition by state by role.

Over HTTP, with a token for each role. A workflow without a recipe here fails. PostgreSQL tries a sample; all of it is
in the long run.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from datetime import date
from decimal import Decimal
from itertools import count
from pathlib import Path
from typing import Any

import pytest

from core.codes.organizations import OrganizationKind
from core.codes.sets import Gender, IdType
from core.db import new_id
from core.host import bundled
from core.organizations.service import NewOrganization
from core.organizations.service import register as found_organization
from core.payments.codes import PaymentKind, RecoveryCause
from core.payments.models import PaymentBatch, Recovery
from core.payments.recoveries import RECOVERIES
from core.payments.workflow import PAYMENTS
from core.placed import place
from core.projects.service import NewProject, plan
from core.projects.workflow import PROJECT
from core.referrals.codes import LegalBasis, ReferralReason
from core.referrals.service import NewReferral, Override, refer
from core.referrals.workflow import REFERRAL
from core.workflow.declared import Workflow
from core.workflow.service import start
from minzheng.testing import Matrix, NewPerson, register
from tests.host.conftest import DISTRICT, FIRST, TODAY, City
from tests.over_http import Http, over_http

_NUMBERS = count(1)


@pytest.fixture(scope="module")
def plugins(pets: tuple[str, ...]) -> tuple[str, ...]:
    return (*pets, *bundled())


async def project(_city: City, work: Any) -> Any:
    said = {
        "kind": "core.construction",
        "name": "馆",
        "owner": "科",
        "planned_completion": date(2022, 12, 31),
    }
    return await plan(work, NewProject(division=DISTRICT, on=date(2021, 1, 1), **said))


async def referral(city: City, work: Any) -> Any:
    person = NewPerson(
        name="张某",
        id_type=IdType.NONE,
        gender=Gender.MALE,
        birth_date=date(1980, 3, 4),
        registered_division=FIRST,
        residence_division=FIRST,
    )
    (somebody,) = await register(work, [person])
    grounds = Override(LegalBasis.STATUTORY_DUTY, "依法移送。")
    new = NewReferral(
        person=somebody,
        reason=ReferralReason.CARE,
        grounds=grounds,
        organization=city.body,  # type: ignore[attr-defined]
    )
    return await refer(work, new)


async def batch(_city: City, work: Any) -> Any:
    number = next(_NUMBERS)
    month = date(1900 + number // 12, number % 12 + 1, 1)
    row = PaymentBatch(
        id=new_id(),
        code=f"T{number}",
        programme="pets.allowance",
        kind=PaymentKind.REGULAR,
        month=month,
        pay_by=month,
        created_at=work.now,
        read="pets:read",
        **place(DISTRICT),
    )
    return await start(work, PAYMENTS, row)


async def recovery(city: City, work: Any) -> Any:
    row = Recovery(
        id=new_id(),
        programme="pets.allowance",
        person_id=city.persons[0].id,
        cause=RecoveryCause.OFFICE_ERROR,
        amount=Decimal("100.00"),
        created_at=work.now,
        read="pets:read",
        **place(DISTRICT),
    )
    return await start(work, RECOVERIES, row)


async def permit(city: City, work: Any) -> Any:
    from minzheng_pets.graphql.permits import permit_of
    from minzheng_pets.workflows import PERMIT

    return await start(work, PERMIT, permit_of(city.dog, TODAY))  # type: ignore[attr-defined]


def _matrices(city: City) -> dict[str, Matrix]:
    from minzheng_pets.workflows import PERMIT

    def recipe(workflow: Workflow, noun: str, make: Callable[[City, Any], Any], **more: Any) -> Matrix:
        return Matrix(workflow, noun, lambda work: make(city, work), **more)

    close = {"close": ("closeReferral", {"outcome": "HELPED"})}
    repay = {"repay": ("recordRepayment", {"amount": "10.00"})}
    found = [
        recipe(PROJECT, "Project", project),
        recipe(REFERRAL, "Referral", referral, mutations=close),
        recipe(
            PAYMENTS,
            "PaymentBatch",
            batch,
            named="batch",
            guarded={"send": "PAYMENTS_NOTHING", "resend": "PAYMENTS_NOTHING"},
            # The bank's answer given a second time is no fault: `reconcile` is tried in tests/schema/test_payments.py.
            within=frozenset({"prepare_again", "finish", "reconcile"}),
        ),
        recipe(RECOVERIES, "Recovery", recovery, mutations=repay, within=frozenset({"settle"})),
        recipe(PERMIT, "PetsPermit", permit),
    ]
    return {matrix.workflow.name: matrix for matrix in found}


@pytest.fixture
async def http(plugins: tuple[str, ...], database_url: str, tmp_path: Path) -> AsyncIterator[Http]:
    async with over_http(database_url, tmp_path, plugins, TODAY) as http:
        yield http


@pytest.fixture
async def city(http: Http) -> City:
    from minzheng_pets.service import register_dog

    made = City(http.running)
    await made.fill()
    async with http.running.work() as work:
        made.dog = await register_dog(work, made.homes[0], made.persons[0], "阿黄", "P-1")  # type: ignore[attr-defined]
        body = NewOrganization(
            name="互助会",
            kind=OrganizationKind.ASSOCIATION,
            division=DISTRICT,
            credit_code="51410189501234569G",
        )
        (made.body,) = await found_organization(work, [body])  # type: ignore[attr-defined]
    return made


async def test_every_declared_workflow_is_tried(http: Http, city: City) -> None:
    assert set(http.runtime.host.book(Workflow).all) == set(_matrices(city))


NAMES = ("core.project", "core.referral", "core.payments", "core.recoveries", "pets.permit")


@pytest.mark.parametrize("name", NAMES)
async def test_each_transition_from_each_state_by_each_role(http: Http, city: City, name: str) -> None:
    matrix = _matrices(city)[name]
    sampled = 5 if http.runtime.database.dialect_name == "postgresql" else 1
    for case in matrix.cases()[::sampled]:
        await matrix.check(http.running, case, http.ask)


@pytest.mark.slow
@pytest.mark.parametrize("name", NAMES)
async def test_all_of_it_on_both_databases(http: Http, city: City, name: str) -> None:
    matrix = _matrices(city)[name]
    for case in matrix.cases():
        await matrix.check(http.running, case, http.ask)

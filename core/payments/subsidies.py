"""Price subsidies (价格补贴, domain 2): announced for a month, and paid to each person who is covered in it."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

from sqlalchemy import select

from core.access.permissions import BENEFITS_RULES
from core.codes import division_code
from core.codes.months import check_month
from core.db import new_id
from core.divisions.service import by_code, check_in_force
from core.entitlements.service import MOST, programme_of
from core.errors import Refused
from core.ids import typed
from core.money import check_amount
from core.payments.models import PriceSubsidy
from core.payments.refusals import PAYMENT_DIVISION, SUBSIDY_EXISTS, SUBSIDY_MISSING
from core.placed import place
from core.texts import check_text
from core.work import Work

SUBSIDY = "price_subsidy"  # the id prefix


async def announce(
    work: Work, programme: str, division: str, month: date, amount: Decimal, basis: str
) -> PriceSubsidy:
    """Enter a price subsidy: so much for each person of a programme, in a division and all below it.

    Raises:
        Refused: PROGRAMME_UNKNOWN, FORBIDDEN, FORBIDDEN_SCOPE, MONTH_INVALID, MONEY_AMOUNT, DIV_UNKNOWN, DIV_INACTIVE,
            PAYMENT_DIVISION, SUBSIDY_EXISTS, TEXT_LENGTH.
    """
    declared = programme_of(work, programme, "programme")
    work.require_within(BENEFITS_RULES, division, field=("division",))
    check_month(month, "month")
    check_in_force((await by_code(work.session, [division])).get(division), division, work.clock.today())
    if division_code.district(division) is None:
        raise Refused(PAYMENT_DIVISION, ("division",))
    model = PriceSubsidy
    same = (model.programme == programme, model.division == division, model.month == month)
    if (await work.session.scalars(select(model).where(*same))).first() is not None:
        raise Refused(SUBSIDY_EXISTS, ("month",))
    row = PriceSubsidy(
        id=new_id(),
        programme=programme,
        month=month,
        amount=check_amount(amount, "amount", most=MOST),
        basis=check_text(basis, 200, ("source",)),
        read=declared.read,
        created_at=work.now,
        **place(division),
    )
    work.session.add(row)
    details = {"programme": programme, "month": month.isoformat()[:7]}
    work.audit("price_subsidy.announced", typed(SUBSIDY, row.id), district=row.district, details=details)
    await work.flush()
    return row


async def subsidies_of(work: Work, programme: str, division: str, month: date) -> list[PriceSubsidy]:
    """The subsidies in force in a division and below it, the nearest to whoever is paid first.

    They are its own, or that of the nearest division above it, and those of the divisions below that have their own.

    Raises:
        Refused: SUBSIDY_MISSING, where none is in force for the division as a whole.
    """
    model = PriceSubsidy
    query = select(model).where(model.programme == programme, model.month == month)
    rows = sorted(await work.session.scalars(query), key=lambda row: division_code.tier(row.division))
    above = [row for row in rows if division_code.covers(row.division, division)]
    if not above:
        raise Refused(SUBSIDY_MISSING, ("month",))
    below = [row for row in rows if row not in above and division_code.covers(division, row.division)]
    return [*reversed(below), above[-1]]

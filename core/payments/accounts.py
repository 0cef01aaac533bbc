"""Bank accounts: encrypted as id numbers are, shown with their last four digits (domain 1.7)."""

from __future__ import annotations

import re

from sqlalchemy import select

from core.access.masks import mask_bank
from core.access.permissions import PAYMENTS_ACCOUNTS
from core.codes.names import check_name
from core.codes.text import fold
from core.db import new_id
from core.errors import Refused
from core.ids import typed
from core.payments.models import BankAccount
from core.payments.refusals import ACCOUNT_FORMAT
from core.persons.models import Person
from core.texts import check_text
from core.work import Work

ACCOUNT = "bank_account"  # the id prefix
ACCOUNT_CONTEXT = "core_bank_account.number"
_NUMBER = re.compile(r"[0-9]{8,30}")


def check_number(text: str, *field: str) -> str:
    """An account number in plain digits; spaces and hyphens are dropped.

    Raises:
        Refused: ACCOUNT_FORMAT.
    """
    number = re.sub(r"[\s-]", "", fold(text))
    if not _NUMBER.fullmatch(number):
        raise Refused(ACCOUNT_FORMAT, field)
    return number


async def set_account(
    work: Work, person: Person, number: str, bank: str, holder: str | None = None
) -> BankAccount:
    """Say where somebody is paid from now on.

    Args:
        holder: whose account it is; the person's own name by default.

    Raises:
        Refused: FORBIDDEN, FORBIDDEN_SCOPE, ACCOUNT_FORMAT, NAME_FORMAT, TEXT_LENGTH.
    """
    work.require_within(PAYMENTS_ACCOUNTS, person.division, person.registered_division)
    plain = check_number(number, "number")
    name = _holder(holder or person.name)
    row = BankAccount(
        id=new_id(),
        person_id=person.id,
        district=person.district,
        holder=name,
        bank=check_text(bank, 100, ("bank",)),
        number_cipher=work.vault.encrypt(plain, ACCOUNT_CONTEXT),
        number_masked=mask_bank(plain),
        opened_on=work.clock.today(),
        recorded_at=work.now,
    )
    await _close(work, person)
    work.session.add(row)
    work.audit(
        "bank_account.set", typed("person", person.id), district=person.district, fields=("bankAccount",)
    )
    await work.flush()
    return row


def _holder(name: str) -> str:
    try:
        return check_name(name)
    except Refused as refusal:
        raise refusal.at("holder") from None


async def _close(work: Work, person: Person) -> None:
    query = select(BankAccount).where(BankAccount.person_id == person.id, BankAccount.closed_on.is_(None))
    for known in await work.session.scalars(query):
        known.closed_on = work.clock.today()

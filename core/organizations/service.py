"""Registering, correcting and closing organizations; their tax qualifications (domain 1.2, 1.5, 7)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import Any

from sqlalchemy import select

from core import history
from core.access.permissions import ORGANIZATIONS_WRITE
from core.codes import credit_code, names
from core.codes.division_code import Tier
from core.codes.organizations import OrganizationKind, OrganizationStatus, QualificationKind
from core.codes.refusals import USCC_KIND
from core.dated import cut, open_now
from core.db import new_id
from core.divisions.models import Division
from core.divisions.service import by_code, check_in_force
from core.errors import Refusals, Refused
from core.ids import typed
from core.organizations.models import Organization, OrganizationQualification, OrganizationVersion
from core.persons.models import Person
from core.persons.service import Problems
from core.placed import place
from core.refusals import (
    DATE_FUTURE,
    DATE_ORDER,
    DIV_ABOVE_COUNTY,
    INPUT_EMPTY,
    LEGAL_REP,
    ORGANIZATION_CLOSED,
    PERSON_DECEASED,
    QUALIFICATION_KIND,
    QUALIFICATION_OVER,
    QUALIFICATION_OVERLAP,
    USCC_TAKEN,
)
from core.texts import check_text
from core.work import Work

NAME_LENGTH = 100
_FOR_PROFIT = (
    OrganizationKind.COMPANY,
    OrganizationKind.SOLE_TRADER,
    OrganizationKind.COOPERATIVE,
    OrganizationKind.COLLECTIVE,
)
_VERSIONED = (
    "credit_code",
    "kind",
    "name",
    "legal_rep_id",
    "legal_rep_name",
    "status",
    "registered_on",
    "closed_on",
    "division",
)


@dataclass(frozen=True, kw_only=True)
class NewOrganization:
    """An organization to register.

    Attributes:
        division: the seat: a county-level division, town or village in force.
        legal_rep: the legal representative if registered here, else `legal_rep_name`.
        registered_on: None means today.
    """

    name: str
    kind: OrganizationKind
    division: str
    credit_code: str
    legal_rep: Person | None = None
    legal_rep_name: str | None = None
    registered_on: date | None = None


def checked(
    new: NewOrganization, today: date, divisions: Mapping[str, Division], day: date
) -> tuple[NewOrganization, list[Refused]]:
    """The input normalised, and everything that is wrong with it; its seat must be in force on `day`."""
    problems = Problems()
    name = problems.attempt("name", check_text, new.name, NAME_LENGTH)
    code = problems.attempt("creditCode", _code, new.credit_code, new.kind)
    representative = new.legal_rep_name
    if representative is not None:
        representative = problems.attempt("legalRepName", names.check_name, representative)
    if new.legal_rep and new.legal_rep_name is not None:
        problems.add(Refused(LEGAL_REP, ("legalRepName",)))
    problems.attempt("division", _seat, divisions.get(new.division), new.division, day)
    if new.registered_on and new.registered_on > today:
        problems.add(Refused(DATE_FUTURE, ("registeredOn",), day=new.registered_on, today=today))
    tidy = replace(
        new, name=name or new.name, credit_code=code or new.credit_code, legal_rep_name=representative
    )
    return tidy, problems.found


def _dead(new: NewOrganization) -> list[Refused]:
    """Nobody dead becomes legal representative; whose death is recorded later stays until another follows."""
    dead = new.legal_rep is not None and new.legal_rep.death_date is not None
    return [Refused(PERSON_DECEASED, ("legalRep",))] if dead else []


def _code(text: str, kind: OrganizationKind) -> str:
    found = credit_code.parse(text)
    if found.kind not in (None, kind):
        told = found.kind
        raise Refused(USCC_KIND, prefix=found.prefix, expected=f"{told.zh} ({told.en})")
    return found.code


def _seat(division: Division | None, code: str, day: date) -> None:
    if check_in_force(division, code, day).tier < Tier.COUNTY:
        raise Refused(DIV_ABOVE_COUNTY, code=code)


async def register(work: Work, news: Sequence[NewOrganization]) -> list[Organization]:
    """Register organizations.

    Raises:
        Refusals: everything wrong with the input: USCC_LENGTH, USCC_ALPHABET, USCC_CHECKSUM, USCC_KIND,
            TEXT_LENGTH, NAME_FORMAT, LEGAL_REP, PERSON_DECEASED, DATE_FUTURE, unusable divisions.
        Refused: USCC_TAKEN, FORBIDDEN, FORBIDDEN_SCOPE.
    """
    for new in news:
        work.require_within(ORGANIZATIONS_WRITE, new.division, field=("division",))
    today = work.clock.today()
    divisions = await by_code(work.session, [new.division for new in news])
    results = [checked(new, today, divisions, new.registered_on or today) for new in news]
    found = [refusal for new, refusals in results for refusal in (*refusals, *_dead(new))]
    if found:
        raise Refusals(found)
    await _refuse_taken(work, [new.credit_code for new, _ in results])
    rows = [_organization(work, new) for new, _ in results]
    work.session.add_all(rows)
    await work.flush()  # parents before what refers to them
    for row in rows:
        work.session.add(_version(work, row, row.registered_on))
        work.audit("organization.registered", typed("organization", row.id), district=row.district)
    await work.flush()
    return rows


async def _refuse_taken(work: Work, codes: Sequence[str]) -> None:
    taken = len(set(codes)) < len(codes)
    for start in range(0, len(codes), 500):
        some = Organization.credit_code.in_(codes[start : start + 500])
        taken = taken or (await work.session.scalars(select(Organization.id).where(some))).first() is not None
    if taken:
        raise Refused(USCC_TAKEN, ("creditCode",))


def _organization(work: Work, new: NewOrganization) -> Organization:
    return Organization(
        id=new_id(),
        status=OrganizationStatus.ACTIVE,
        created_at=work.now,
        updated_at=work.now,
        **_values(new, new.registered_on or work.clock.today()),
    )


def _values(new: NewOrganization, registered_on: date) -> dict[str, Any]:
    return {
        "credit_code": new.credit_code,
        "credit_code_doubtful": bool(credit_code.parse(new.credit_code).warnings),
        "kind": new.kind,
        "name": new.name,
        "legal_rep_id": new.legal_rep.id if new.legal_rep else None,
        "legal_rep_name": new.legal_rep.name if new.legal_rep else new.legal_rep_name,
        "registered_on": registered_on,
        **place(new.division),
    }


def _version(work: Work, row: Organization, effective: date) -> OrganizationVersion:
    return OrganizationVersion(
        id=new_id(),
        organization_id=row.id,
        valid_from=effective,
        recorded_at=work.now,
        **{column: getattr(row, column) for column in _VERSIONED},
    )


async def _current(work: Work, row: Organization) -> OrganizationVersion:
    query = select(OrganizationVersion).where(
        OrganizationVersion.organization_id == row.id, open_now(OrganizationVersion)
    )
    return (await work.session.scalars(query)).one()


def _ready(work: Work, row: Organization, expected_version: int | None) -> None:
    work.require_within(ORGANIZATIONS_WRITE, row.division)
    work.expect_version(row, expected_version)


def _refuse_day(work: Work, day: date, earliest: date) -> None:
    work.refuse_future(day, "on")
    if day < earliest:
        raise Refused(DATE_ORDER, ("on",), day=day, earliest=earliest)


async def correct(
    work: Work,
    row: Organization,
    changes: Mapping[str, Any],
    on: date | None = None,
    expected_version: int | None = None,
) -> Organization:
    """Correct what was recorded wrongly, or record what changes from a day on: name, seat, representative.

    Args:
        changes: fields of `NewOrganization` that change.
        on: the first day of the change. None corrects what is recorded, for as long as that holds.

    Raises:
        Refusals, Refused: as `register`; INPUT_EMPTY, CONFLICT, ORGANIZATION_CLOSED (a change of a closed
            organization; corrections stay possible), DATE_FUTURE, DATE_ORDER.
    """
    _ready(work, row, expected_version)
    if not changes:
        raise Refused(INPUT_EMPTY)
    current = await _current(work, row)
    if on is not None:
        _refuse_changed(work, row, on, current)
    new = await _corrected(work, row, changes, on or current.valid_from)
    values = _values(new, new.registered_on or row.registered_on)
    said = {column: value for column, value in values.items() if column in _VERSIONED}
    if on is not None:
        await history.amend(work, {row: said}, on)
    elif not await _begins_anew(work, row, said):
        await history.correct(work, row, said)
    for column, value in values.items():
        setattr(row, column, value)
    row.updated_at = work.now
    action = "organization.corrected" if on is None else "organization.changed"
    work.audit(action, typed("organization", row.id), district=row.district, fields=changes)
    await work.flush()
    return row


def _refuse_changed(work: Work, row: Organization, on: date, current: OrganizationVersion) -> None:
    if row.status is OrganizationStatus.CLOSED:
        raise Refused(ORGANIZATION_CLOSED, ("organization",))
    _refuse_day(work, on, current.valid_from)


async def _begins_anew(work: Work, row: Organization, said: Mapping[str, Any]) -> bool:
    """Let the only version begin on a corrected day of registration; the start of several stays."""
    known = (await history.known_versions(work, [row]))[row.id]
    registered_on = said["registered_on"]
    if len(known) > 1 or registered_on == row.registered_on:
        return False
    if row.closed_on and registered_on > row.closed_on:
        raise Refused(DATE_ORDER, ("registeredOn",), day=row.closed_on, earliest=registered_on)
    work.session.add(known[0].replaced(work.now, id=new_id(), valid_from=registered_on, **said))
    return True


async def _corrected(work: Work, row: Organization, changes: Mapping[str, Any], day: date) -> NewOrganization:
    base = replace(await _as_new(work, row, changes), **changes)
    work.require_within(ORGANIZATIONS_WRITE, base.division, field=("division",))
    divisions = await by_code(work.session, [base.division])
    new, found = checked(base, work.clock.today(), divisions, day)
    if "legal_rep" in changes:
        found += _dead(new)
    if found:
        raise Refusals(found)
    if new.credit_code != row.credit_code:
        await _refuse_taken(work, [new.credit_code])
    return new


async def _as_new(work: Work, row: Organization, changes: Mapping[str, Any]) -> NewOrganization:
    """The organization as it would be registered; a representative that the changes replace is left out."""
    replaced = changes.keys() & {"legal_rep", "legal_rep_name"}
    person = None if replaced or not row.legal_rep_id else await work.session.get(Person, row.legal_rep_id)
    return NewOrganization(
        name=row.name,
        kind=row.kind,
        division=row.division,
        credit_code=row.credit_code,
        legal_rep=person,
        legal_rep_name=None if replaced or person else row.legal_rep_name,
        registered_on=row.registered_on,
    )


async def close(work: Work, row: Organization, on: date, expected_version: int | None = None) -> Organization:
    """Close an organization; its qualifications end. `on` is the first day without it.

    Raises:
        Refused: ORGANIZATION_CLOSED, CONFLICT, DATE_FUTURE, DATE_ORDER, FORBIDDEN_SCOPE.
    """
    _ready(work, row, expected_version)
    if row.status is OrganizationStatus.CLOSED:
        raise Refused(ORGANIZATION_CLOSED, ("organization",))
    current = await _current(work, row)
    _refuse_day(work, on, current.valid_from)
    await history.amend(work, {row: {"status": OrganizationStatus.CLOSED, "closed_on": on}}, on)
    row.updated_at = work.now
    for qualification in await _qualifications(work, row):
        if qualification.valid_to is None or qualification.valid_to > on:
            cut(work.session, qualification, on, work.now)
    work.audit("organization.closed", typed("organization", row.id), district=row.district)
    await work.flush()
    return row


async def _qualifications(
    work: Work, row: Organization, kind: QualificationKind | None = None
) -> list[OrganizationQualification]:
    query = select(OrganizationQualification).where(
        OrganizationQualification.organization_id == row.id, OrganizationQualification.voided_at.is_(None)
    )
    if kind is not None:
        query = query.where(OrganizationQualification.kind == kind)
    return list(await work.session.scalars(query.order_by(OrganizationQualification.valid_from)))


@dataclass(frozen=True, kw_only=True)
class NewQualification:
    """A qualification in [valid_from, valid_to); the end may lie in the future."""

    kind: QualificationKind
    valid_from: date
    valid_to: date
    document_number: str | None = None


async def grant_qualification(
    work: Work, row: Organization, new: NewQualification, expected_version: int | None = None
) -> Organization:
    """Give an organization a tax qualification for a term.

    Raises:
        Refused: ORGANIZATION_CLOSED, QUALIFICATION_KIND, QUALIFICATION_OVERLAP, DATE_ORDER, TEXT_LENGTH,
            CONFLICT, FORBIDDEN_SCOPE.
    """
    _ready(work, row, expected_version)
    if row.status is OrganizationStatus.CLOSED:
        raise Refused(ORGANIZATION_CLOSED, ("organization",))
    if row.kind in _FOR_PROFIT:
        raise Refused(QUALIFICATION_KIND, ("kind",))
    await _check_term(work, row, new)
    number = new.document_number and check_text(new.document_number, 100, ("documentNumber",))
    work.session.add(
        OrganizationQualification(
            id=new_id(),
            organization_id=row.id,
            kind=new.kind,
            document_number=number,
            valid_from=new.valid_from,
            valid_to=new.valid_to,
            recorded_at=work.now,
        )
    )
    return await _touch(work, row, "organization.qualified", new.kind)


async def _check_term(work: Work, row: Organization, new: NewQualification) -> None:
    if new.valid_from < row.registered_on:
        raise Refused(DATE_ORDER, ("validFrom",), day=new.valid_from, earliest=row.registered_on)
    if new.valid_to <= new.valid_from:
        raise Refused(DATE_ORDER, ("validTo",), day=new.valid_to, earliest=new.valid_from)
    for known in await _qualifications(work, row, new.kind):
        if known.valid_from < new.valid_to and (known.valid_to is None or known.valid_to > new.valid_from):
            day = max(known.valid_from, new.valid_from)
            raise Refused(QUALIFICATION_OVERLAP, ("validFrom",), day=day)


async def _touch(work: Work, row: Organization, action: str, kind: QualificationKind) -> Organization:
    row.updated_at = work.now
    work.audit(
        action, typed("organization", row.id), district=row.district, details={"qualification": kind.name}
    )
    await work.flush()
    return row


async def revoke_qualification(
    work: Work,
    row: Organization,
    qualification: OrganizationQualification,
    on: date,
    expected_version: int | None = None,
) -> Organization:
    """End a qualification: `on` is the first day without it, and may lie in the future.

    Raises:
        Refused: QUALIFICATION_OVER, CONFLICT, FORBIDDEN_SCOPE.
    """
    _ready(work, row, expected_version)
    over = qualification.valid_to is not None and on >= qualification.valid_to
    if qualification.voided_at is not None or over or on < qualification.valid_from:
        raise Refused(QUALIFICATION_OVER, ("on",), day=on)
    cut(work.session, qualification, on, work.now)
    return await _touch(work, row, "organization.disqualified", qualification.kind)

from __future__ import annotations

from datetime import date
from typing import Any

import strawberry

from core.codes.sets import IdType as IdTypeCode
from core.codes.sets import MaritalStatus
from core.events.birth import Birth, birth
from core.households.models import Household as HouseholdRow
from core.persons.service import NewPerson
from core.work import Work
from schema.mutations.base import Payload, WriteInput, found, mutation, payload, perform
from schema.mutations.event_input import recorded_event, recorded_subject
from schema.sql.fields import both
from schema.types.enums import Gender
from schema.types.event import LifeEvent
from schema.types.person import Person
from schema.types.scalars import CitizenId, DivisionCode


@strawberry.input(description=both("出生登记。", "A birth."))
class RecordBirthInput(WriteInput):
    name: str = strawberry.field(description=both("姓名。", "Name."))
    gender: Gender = strawberry.field(description=both("性别。", "Gender."))
    birth_date: date = strawberry.field(description=both("出生日期。", "Birth date."))
    id_number: CitizenId | None = strawberry.field(
        default=None, description=both("公民身份号码，如已编制。", "Resident id, if assigned already.")
    )
    ethnicity: str | None = strawberry.field(
        default=None, description=both("民族代码或名称。", "Ethnicity, by code or name.")
    )
    mother: strawberry.ID | None = strawberry.field(default=None, description=both("母亲。", "The mother."))
    father: strawberry.ID | None = strawberry.field(default=None, description=both("父亲。", "The father."))
    household: strawberry.ID | None = strawberry.field(
        default=None,
        description=both(
            "所入的户，默认母亲（其次父亲）的户。",
            "The household to enter; the mother's, else the father's, by default.",
        ),
    )
    relation: str | None = strawberry.field(
        default=None,
        description=both(
            "与户主关系，可由父母推定。", "Relation to the head; follows from the parent's by default."
        ),
    )
    registered_division: DivisionCode | None = strawberry.field(
        default=None, description=both("户籍地，默认随父母。", "Registration; the parent's by default.")
    )
    residence_division: DivisionCode | None = strawberry.field(
        default=None, description=both("常住地，默认随父母。", "Residence; the parent's by default.")
    )


@payload("写入结果。", "What was written.")
class RecordBirthPayload(Payload):
    life_event: LifeEvent | None = recorded_event()
    person: Person | None = recorded_subject("新生儿。", "The child.")


def _child(input: RecordBirthInput) -> NewPerson:
    return NewPerson(
        name=input.name,
        id_type=IdTypeCode.RESIDENT_ID if input.id_number else IdTypeCode.NONE,
        id_number=input.id_number,
        gender=input.gender,
        birth_date=input.birth_date,
        ethnicity=input.ethnicity,
        marital_status=MaritalStatus.UNMARRIED,
        registered_division=input.registered_division or "",
        residence_division=input.residence_division or "",
    )


@mutation("登记出生：新生儿随父母入户。", "Record a birth: the child enters the parents' household.")
async def record_birth(info: strawberry.Info, input: RecordBirthInput) -> RecordBirthPayload:
    async def act(work: Work) -> Any:
        asked = Birth(
            child=_child(input),
            mother=await found(work, input.mother, "mother"),
            father=await found(work, input.father, "father"),
            household=await found(work, input.household, "household", HouseholdRow, "household"),
            relation=input.relation,
        )
        return await birth(work, asked)

    return await perform(info, RecordBirthPayload, input, act)

from __future__ import annotations

from datetime import date
from typing import Any

import strawberry

from core.persons.service import correct
from core.work import Work
from schema.mutations.base import Payload, UpdateInput, found, mutation, payload, perform, written
from schema.mutations.register_person import DisabilityInput, disabilities_of
from schema.sql.fields import both
from schema.types.enums import Gender, IdType, MaritalStatus
from schema.types.person import Person
from schema.types.scalars import CitizenId, DivisionCode

_FIELDS = (
    "name",
    "id_type",
    "id_number",
    "gender",
    "birth_date",
    "ethnicity",
    "marital_status",
    "registered_division",
    "residence_division",
    "phone",
)


def _optional(zh: str, en: str) -> Any:
    return strawberry.field(default=strawberry.UNSET, description=both(zh, en))


@strawberry.input(
    description=both("更正人员；未给出的字段不变。", "A correction; fields left out stay as they are.")
)
class CorrectPersonInput(UpdateInput):
    person: strawberry.ID = strawberry.field(description=both("人员编号。", "Id of the person."))
    name: str | None = _optional("姓名。", "Name.")
    id_type: IdType | None = _optional("证件类型。", "Kind of id.")
    id_number: CitizenId | None = _optional("证件号码。", "Id number.")
    gender: Gender | None = _optional("性别。", "Gender.")
    birth_date: date | None = _optional("出生日期。", "Birth date.")
    ethnicity: str | None = _optional("民族代码或名称。", "Ethnicity, by code or name.")
    marital_status: MaritalStatus | None = _optional("婚姻状况。", "Marital status.")
    registered_division: DivisionCode | None = _optional("户籍地代码。", "Registration.")
    residence_division: DivisionCode | None = _optional("常住地代码。", "Residence.")
    phone: str | None = _optional("电话；null 清除。", "Phone; null clears it.")
    disabilities: list[DisabilityInput] | None = _optional("全部现有残疾。", "All disabilities that hold.")


@payload("写入结果。", "What was written.")
class CorrectPersonPayload(Payload):
    person: Person | None = written(lambda: Person, "人员。", "The person.")


# What may be emptied: null says so. Elsewhere null is the same as leaving the field out.
_CLEARABLE = ("phone", "ethnicity", "id_number")


def _changes(input: CorrectPersonInput) -> dict[str, Any]:
    values = {name: getattr(input, name) for name in _FIELDS}
    changes = {
        name: value
        for name, value in values.items()
        if value is not strawberry.UNSET and (value is not None or name in _CLEARABLE)
    }
    if input.disabilities not in (None, strawberry.UNSET):
        changes["disabilities"] = disabilities_of(input.disabilities or [])
    return changes


@mutation("更正人员的登记。", "Correct what is recorded of a person.")
async def correct_person(info: strawberry.Info, input: CorrectPersonInput) -> CorrectPersonPayload:
    async def act(work: Work) -> Any:
        person = await found(work, input.person, "person")
        return await correct(work, person, _changes(input), input.expected_version)

    return await perform(info, CorrectPersonPayload, input, act)

from __future__ import annotations

from datetime import date
from typing import Any

import strawberry

from core.codes.sets import IdType as IdTypeCode
from core.codes.sets import MaritalStatus as MaritalStatusCode
from core.persons.service import Disability, NewPerson, register
from core.work import Work
from schema.mutations.base import Payload, WriteInput, mutation, payload, perform, written
from schema.sql.fields import both
from schema.types.enums import DisabilityCategory, Gender, IdType, MaritalStatus
from schema.types.person import Person
from schema.types.scalars import CitizenId, DivisionCode


@strawberry.input(description=both("一项残疾。", "One disability."))
class DisabilityInput:
    category: DisabilityCategory = strawberry.field(description=both("类别。", "Category."))
    level: int = strawberry.field(description=both("等级，1 最重，4 最轻。", "Level, 1 (worst) to 4."))


@strawberry.input(description=both("登记人员。", "A person to register."))
class RegisterPersonInput(WriteInput):
    name: str = strawberry.field(description=both("姓名。", "Name."))
    id_type: IdType = strawberry.field(
        default=IdTypeCode.RESIDENT_ID, description=both("证件类型，默认居民身份证。", "Kind of id.")
    )
    id_number: CitizenId | None = strawberry.field(default=None, description=both("证件号码。", "Id number."))
    gender: Gender | None = strawberry.field(
        default=None, description=both("性别；可由身份证得出。", "Gender; a resident id tells it.")
    )
    birth_date: date | None = strawberry.field(
        default=None, description=both("出生日期；可由身份证得出。", "Birth date; a resident id tells it.")
    )
    ethnicity: str | None = strawberry.field(
        default=None, description=both("民族代码或名称。", "Ethnicity, by code or name.")
    )
    marital_status: MaritalStatus = strawberry.field(
        default=MaritalStatusCode.UNSPECIFIED, description=both("婚姻状况。", "Marital status.")
    )
    registered_division: DivisionCode = strawberry.field(description=both("户籍地代码。", "Registration."))
    residence_division: DivisionCode = strawberry.field(description=both("常住地代码。", "Residence."))
    phone: str | None = strawberry.field(default=None, description=both("电话。", "Phone."))
    disabilities: list[DisabilityInput] = strawberry.field(
        default_factory=list, description=both("残疾。", "Disabilities.")
    )
    since: date | None = strawberry.field(
        default=None, description=both("起始日期，默认今天。", "From which day this holds; today by default.")
    )


@payload("写入结果。", "What was written.")
class RegisterPersonPayload(Payload):
    person: Person | None = written(lambda: Person, "人员。", "The person.")


def disabilities_of(items: list[DisabilityInput]) -> tuple[Disability, ...]:
    """The service's form of the input's disabilities."""
    return tuple(Disability(item.category, item.level) for item in items)


def _new(input: RegisterPersonInput) -> NewPerson:
    return NewPerson(
        name=input.name,
        id_type=input.id_type,
        id_number=input.id_number,
        gender=input.gender,
        birth_date=input.birth_date,
        ethnicity=input.ethnicity,
        marital_status=input.marital_status,
        registered_division=input.registered_division,
        residence_division=input.residence_division,
        phone=input.phone,
        disabilities=disabilities_of(input.disabilities),
        since=input.since,
    )


@mutation("登记一名人员。", "Register a person.")
async def register_person(info: strawberry.Info, input: RegisterPersonInput) -> RegisterPersonPayload:
    async def act(work: Work) -> Any:
        return (await register(work, [_new(input)]))[0]

    return await perform(info, RegisterPersonPayload, input, act)

from __future__ import annotations

from datetime import date

import strawberry

from minzheng.graphql import (
    Compare,
    DivisionCode,
    Household,
    InDivision,
    Node,
    Person,
    Prefix,
    column,
    filter_input,
    node_id,
    order_enum,
    order_input,
    sql_type,
    to_one,
    where,
)
from minzheng.plugin import text
from minzheng_pets.models import PetsDog as DogRow
from minzheng_pets.rights import PETS_READ


@sql_type(DogRow, name="PetsDog", prefix="pets_dog", zh="登记的犬只。", en="A registered dog.")
class PetsDog(Node):
    id: strawberry.ID = node_id("pets_dog", DogRow)
    name: str = column(DogRow.name, zh="犬名。", en="Name.")
    licence: str = column(DogRow.licence, zh="犬牌号。", en="Licence.")
    registered_on: date = column(DogRow.registered_on, zh="登记日期。", en="Registered on.")
    owner: Person | None = to_one(
        lambda: Person, DogRow, lambda d, p: p.id == d.person_id, zh="犬主。", en="The owner."
    )
    household: Household | None = to_one(
        lambda: Household, DogRow, lambda d, h: h.id == d.household_id, zh="饲养户。", en="The household."
    )


@filter_input(name="PetsDogFilter", zh="犬只筛选。", en="Filter of dogs.")
class PetsDogFilter:
    name: str | None = where(Prefix("name"), zh="犬名前缀。", en="Start of the name.")
    licence: str | None = where(Compare("licence", text(20)), zh="犬牌号。", en="Licence.")
    division: DivisionCode | None = where(
        InDivision(PETS_READ), zh="所在区划及其下级。", en="This division and all below."
    )


PetsDogOrderField = order_enum(
    "PetsDogOrderField",
    "犬只排序字段。",
    "Orderings of dogs.",
    {"NAME": ("犬名", "Name"), "REGISTERED_ON": ("登记日期", "Registered on")},
)
PetsDogOrder = order_input("PetsDogOrder", PetsDogOrderField)
ORDERS = {"NAME": "name", "REGISTERED_ON": "registered_on"}

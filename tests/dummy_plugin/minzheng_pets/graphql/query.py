from __future__ import annotations

import strawberry

from minzheng.graphql import Connection, Key, both, connection
from minzheng_pets.graphql.permits import PetsPermit
from minzheng_pets.graphql.types import ORDERS, PetsDog, PetsDogFilter, PetsDogOrder


@strawberry.type(description=both("养犬登记的查询。", "Queries about dogs."))
class PetsQuery:
    dogs: Connection[PetsDog] | None = connection(
        "PetsQuery.dogs",
        lambda: PetsDog,
        zh="犬只列表。",
        en="Dogs.",
        filter=PetsDogFilter,
        order=PetsDogOrder,
        orders=ORDERS,
        default=(Key("name"),),
    )
    permits: Connection[PetsPermit] | None = connection(
        "PetsQuery.permits",
        lambda: PetsPermit,
        zh="准养证列表，先申请的在前。",
        en="Permits, first asked for first.",
        default=(Key("asked_on"),),
    )

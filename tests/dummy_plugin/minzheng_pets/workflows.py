"""How a permit comes about: the town inspects, the city decides."""

from __future__ import annotations

from minzheng.plugin import Deadline, Limit, State, Transition, Unit, UserRole, Workflow
from minzheng_pets.models import PetsPermit
from minzheng_pets.rights import PETS_READ
from minzheng_pets.shared import grant_allowance

TOWN, CITY = frozenset({UserRole.TOWN_OFFICER}), frozenset({UserRole.CITY_OFFICER})
LEADER = frozenset({UserRole.CITY_LEADER})
EYES = ("start", "inspect")  # whoever did one of these does not grant

PERMIT = Workflow(
    name="pets.permit",
    zh="准养证",
    en="Permit",
    model=PetsPermit,
    prefix="pets_permit",
    read=PETS_READ,
    initial="ASKED",
    starts=TOWN,
    states=(
        State("ASKED", "已申请", "Asked", Limit(3, Unit.WORKING_DAYS)),
        State("INSPECTED", "已查验", "Inspected"),
        State("GRANTED", "已发证", "Granted", final=True),
        State("REFUSED", "不予发证", "Refused", final=True),
        State("LAPSED", "已失效", "Lapsed", final=True),
    ),
    transitions=(
        Transition("inspect", "查验", "Inspect", ("ASKED",), "INSPECTED", TOWN),
        Transition(
            "grant",
            "发证",
            "Grant",
            ("INSPECTED",),
            "GRANTED",
            CITY,
            four_eyes=("start", "inspect"),
            effect=grant_allowance,
        ),
        Transition("refuse", "不予发证", "Refuse", ("ASKED", "INSPECTED"), "REFUSED", CITY, reason=True),
        Transition(
            "extend",
            "延期",
            "Extend",
            ("ASKED", "INSPECTED"),
            None,
            LEADER,
            reason=True,
            extends=("decision", Limit(20, Unit.WORKING_DAYS)),
        ),
        Transition("lapse", "失效", "Lapse", ("ASKED",), "LAPSED", auto=Limit(60)),
    ),
    deadlines=(
        Deadline(
            "decision",
            "办结",
            "Decision",
            "ASKED",
            ("GRANTED", "REFUSED", "LAPSED"),
            Limit(10, Unit.WORKING_DAYS),
        ),
    ),
)

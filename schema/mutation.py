"""The mutation root: flat, verb first. A plugin's mutations carry its name (design 2)."""

from __future__ import annotations

import strawberry

from schema.mutations import (
    change_household_head,
    change_household_role,
    close_division,
    close_household,
    correct_person,
    join_household,
    leave_household,
    move_person,
    open_division,
    open_household,
    register_person,
)
from schema.sql.fields import both


@strawberry.type(description=both("变更入口。", "The mutation root."))
class Mutation:
    register_person = register_person.register_person
    correct_person = correct_person.correct_person
    move_person = move_person.move_person
    open_household = open_household.open_household
    close_household = close_household.close_household
    join_household = join_household.join_household
    leave_household = leave_household.leave_household
    change_household_role = change_household_role.change_household_role
    change_household_head = change_household_head.change_household_head
    open_division = open_division.open_division
    close_division = close_division.close_division

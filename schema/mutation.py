"""The mutation root: flat, verb first. A plugin's mutations carry its name (design 2)."""

from __future__ import annotations

import strawberry

from schema.mutations import (
    appoint_committee_member,
    change_household_head,
    change_household_role,
    close_committee,
    close_division,
    close_household,
    close_organization,
    correct_organization,
    correct_person,
    dismiss_committee_member,
    elect_committee,
    form_sub_committee,
    grant_qualification,
    join_household,
    leave_household,
    move_person,
    open_committee,
    open_division,
    open_household,
    register_organization,
    register_person,
    revoke_qualification,
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
    register_organization = register_organization.register_organization
    correct_organization = correct_organization.correct_organization
    close_organization = close_organization.close_organization
    grant_qualification = grant_qualification.grant_qualification
    revoke_qualification = revoke_qualification.revoke_qualification
    open_committee = open_committee.open_committee
    close_committee = close_committee.close_committee
    elect_committee = elect_committee.elect_committee
    appoint_committee_member = appoint_committee_member.appoint_committee_member
    dismiss_committee_member = dismiss_committee_member.dismiss_committee_member
    form_sub_committee = form_sub_committee.form_sub_committee

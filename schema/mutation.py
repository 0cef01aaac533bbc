"""The mutation root: flat, verb first. A plugin's mutations carry its name (design 2)."""

from __future__ import annotations

from typing import Any

import strawberry

from core.projects.workflow import PROJECT
from schema.mutations import (
    accept_referral,
    add_milestone,
    allocate_fund,
    announce_price_subsidy,
    apply_for_divorce,
    appoint_committee_member,
    cancel_payment,
    change_household_head,
    change_household_role,
    claim_task,
    close_committee,
    close_division,
    close_household,
    close_organization,
    close_referral,
    confirm_signal,
    correct_funding,
    correct_organization,
    correct_person,
    correct_project,
    decline_referral,
    dismiss_committee_member,
    dismiss_signal,
    elect_committee,
    end_exclusion,
    end_parameter,
    form_sub_committee,
    grant_qualification,
    hold_dispatch_meeting,
    issue_payment_file,
    join_household,
    leave_household,
    merge_divisions,
    merge_persons,
    open_committee,
    open_division,
    open_household,
    plan_project,
    prepare_payment_batch,
    propose_recovery,
    reach_milestone,
    reclaim_fund,
    reconcile_payment_batch,
    record_birth,
    record_death,
    record_funding,
    record_marriage,
    record_move,
    record_progress,
    record_project_payment,
    record_repayment,
    refer_person,
    register_divorce,
    register_organization,
    register_person,
    release_task,
    remove_document,
    remove_person,
    replenish_fund,
    request_download,
    request_upload,
    reverse_life_event,
    reverse_payment,
    revoke_qualification,
    run_job,
    set_bank_account,
    set_exclusion,
    set_parameter,
    split_division,
    undo_merge,
    void_dispatch_meeting,
    void_funding,
    void_milestone,
    void_progress,
    void_project,
    void_project_payment,
    withdraw_divorce_application,
    withdraw_referral,
)
from schema.mutations.payment_input import PaymentBatchTransitions
from schema.mutations.propose_recovery import RecoveryTransitions
from schema.mutations.transitions import transition_mutations
from schema.sql.fields import both
from schema.types.project import Project

ProjectTransitions: Any = transition_mutations(PROJECT, Project, "Project")


@strawberry.type(description=both("变更入口。", "The mutation root."))
class Mutation(ProjectTransitions, PaymentBatchTransitions, RecoveryTransitions):  # type: ignore[misc]
    register_person = register_person.register_person
    correct_person = correct_person.correct_person
    record_birth = record_birth.record_birth
    record_death = record_death.record_death
    record_move = record_move.record_move
    record_marriage = record_marriage.record_marriage
    apply_for_divorce = apply_for_divorce.apply_for_divorce
    withdraw_divorce_application = withdraw_divorce_application.withdraw_divorce_application
    register_divorce = register_divorce.register_divorce
    reverse_life_event = reverse_life_event.reverse_life_event
    merge_persons = merge_persons.merge_persons
    undo_merge = undo_merge.undo_merge
    remove_person = remove_person.remove_person
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
    merge_divisions = merge_divisions.merge_divisions
    split_division = split_division.split_division
    claim_task = claim_task.claim_task
    run_job = run_job.run_job
    release_task = release_task.release_task
    request_upload = request_upload.request_upload
    request_download = request_download.request_download
    remove_document = remove_document.remove_document
    set_parameter = set_parameter.set_parameter
    end_parameter = end_parameter.end_parameter
    plan_project = plan_project.plan_project
    correct_project = correct_project.correct_project
    void_project = void_project.void_project
    add_milestone = add_milestone.add_milestone
    reach_milestone = reach_milestone.reach_milestone
    void_milestone = void_milestone.void_milestone
    record_funding = record_funding.record_funding
    correct_funding = correct_funding.correct_funding
    void_funding = void_funding.void_funding
    record_project_payment = record_project_payment.record_project_payment
    void_project_payment = void_project_payment.void_project_payment
    record_progress = record_progress.record_progress
    void_progress = void_progress.void_progress
    hold_dispatch_meeting = hold_dispatch_meeting.hold_dispatch_meeting
    void_dispatch_meeting = void_dispatch_meeting.void_dispatch_meeting
    refer_person = refer_person.refer_person
    confirm_signal = confirm_signal.confirm_signal
    dismiss_signal = dismiss_signal.dismiss_signal
    accept_referral = accept_referral.accept_referral
    decline_referral = decline_referral.decline_referral
    close_referral = close_referral.close_referral
    withdraw_referral = withdraw_referral.withdraw_referral
    set_exclusion = set_exclusion.set_exclusion
    end_exclusion = end_exclusion.end_exclusion
    allocate_fund = allocate_fund.allocate_fund
    replenish_fund = replenish_fund.replenish_fund
    reclaim_fund = reclaim_fund.reclaim_fund
    set_bank_account = set_bank_account.set_bank_account
    announce_price_subsidy = announce_price_subsidy.announce_price_subsidy
    prepare_payment_batch = prepare_payment_batch.prepare_payment_batch
    issue_payment_file = issue_payment_file.issue_payment_file
    reconcile_payment_batch = reconcile_payment_batch.reconcile_payment_batch
    cancel_payment = cancel_payment.cancel_payment
    reverse_payment = reverse_payment.reverse_payment
    propose_recovery = propose_recovery.propose_recovery
    record_repayment = record_repayment.record_repayment

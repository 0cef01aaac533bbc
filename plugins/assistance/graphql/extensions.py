"""The fields that this plugin adds to core types."""

from __future__ import annotations

from collections.abc import Mapping

import strawberry

from minzheng.graphql import Dating, Household, Mutation, Query, namespace
from minzheng.plugin import Household as HouseholdRow
from plugins.assistance.graphql.mutations import end_income, record_income, set_factor, set_standard
from plugins.assistance.graphql.query import AssistanceQuery
from plugins.assistance.graphql.types import AssistanceHousehold
from plugins.assistance.models import AssistanceAssessment
from plugins.assistance.permissions import READ


@strawberry.type
class HouseholdFields:
    assistance: AssistanceHousehold | None = namespace(
        lambda: AssistanceHousehold,
        plugin="assistance",
        permission=READ,
        parent=HouseholdRow,
        row=(AssistanceAssessment, lambda h, a: a.household_id == h.id),
        dated=Dating.OPEN,
        zh="社会救助；无权限时为空。",
        en="Social assistance; null without permission.",
    )


@strawberry.type
class QueryFields:
    assistance: AssistanceQuery | None = namespace(
        lambda: AssistanceQuery,
        permission=READ,
        zh="社会救助；无权限时为空。",
        en="Social assistance; null without permission.",
    )


@strawberry.type
class MutationFields:
    record_assistance_income = record_income.record_assistance_income
    end_assistance_income = end_income.end_assistance_income
    set_assistance_standard = set_standard.set_assistance_standard
    set_assistance_factor = set_factor.set_assistance_factor


EXTENSIONS: Mapping[type, type] = {Household: HouseholdFields, Query: QueryFields, Mutation: MutationFields}

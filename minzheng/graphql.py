"""Schema names for plugins. Re-exports only."""

from __future__ import annotations

from schema.mutation import Mutation
from schema.mutations.base import Payload, UpdateInput, WriteInput, mutation, payload, perform, written
from schema.mutations.transitions import transition_mutations
from schema.query import Query
from schema.sql.days import on_day
from schema.sql.fields import (
    argument,
    batched,
    both,
    changed,
    column,
    connection,
    expression,
    filter_input,
    masked,
    namespace,
    node_id,
    sensitive,
    sql_type,
    to_many,
    to_one,
    where,
)
from schema.sql.filters import Compare, InDivision, Prefix, Where
from schema.sql.mappings import Dating
from schema.sql.paging import Key
from schema.subscription import Subscription
from schema.types.change import Change, change_event, change_type, changed_thing
from schema.types.connection import Connection
from schema.types.division import Division
from schema.types.document import Document, documents_of
from schema.types.enums import described, order_enum, order_input
from schema.types.household import ORDERS as HOUSEHOLD_ORDERS
from schema.types.household import Household, HouseholdOrder
from schema.types.node import Node
from schema.types.person import ORDERS as PERSON_ORDERS
from schema.types.person import Person, PersonOrder
from schema.types.project import Project, projects
from schema.types.project_parts import Funding, Milestone
from schema.types.scalars import CitizenId, DivisionCode
from schema.types.workflow import WorkflowDeadline, WorkflowStep, actions, deadlines, history

__all__ = [
    "HOUSEHOLD_ORDERS",
    "PERSON_ORDERS",
    "Change",
    "CitizenId",
    "Compare",
    "Connection",
    "Dating",
    "Division",
    "DivisionCode",
    "Document",
    "Funding",
    "Household",
    "HouseholdOrder",
    "InDivision",
    "Key",
    "Milestone",
    "Mutation",
    "Node",
    "Payload",
    "Person",
    "PersonOrder",
    "Prefix",
    "Project",
    "Query",
    "Subscription",
    "UpdateInput",
    "Where",
    "WorkflowDeadline",
    "WorkflowStep",
    "WriteInput",
    "actions",
    "argument",
    "batched",
    "both",
    "change_event",
    "change_type",
    "changed",
    "changed_thing",
    "column",
    "connection",
    "deadlines",
    "described",
    "documents_of",
    "expression",
    "filter_input",
    "history",
    "masked",
    "mutation",
    "namespace",
    "node_id",
    "on_day",
    "order_enum",
    "order_input",
    "payload",
    "perform",
    "projects",
    "sensitive",
    "sql_type",
    "to_many",
    "to_one",
    "transition_mutations",
    "where",
    "written",
]

"""Schema names for plugins. Re-exports only."""

from __future__ import annotations

from schema.mutation import Mutation
from schema.mutations.base import Payload, UpdateInput, WriteInput, mutation, payload, perform, written
from schema.mutations.transitions import transition_mutations
from schema.query import Query
from schema.sql.fields import (
    argument,
    batched,
    both,
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
from schema.types.connection import Connection
from schema.types.division import Division
from schema.types.document import Document, documents_of
from schema.types.enums import described, order_enum, order_input
from schema.types.household import ORDERS as HOUSEHOLD_ORDERS
from schema.types.household import Household, HouseholdOrder
from schema.types.node import Node
from schema.types.person import ORDERS as PERSON_ORDERS
from schema.types.person import Person, PersonOrder
from schema.types.scalars import CitizenId, DivisionCode
from schema.types.workflow import WorkflowDeadline, WorkflowStep, actions, deadlines, history

__all__ = [
    "HOUSEHOLD_ORDERS",
    "PERSON_ORDERS",
    "CitizenId",
    "Compare",
    "Connection",
    "Dating",
    "Division",
    "DivisionCode",
    "Document",
    "Household",
    "HouseholdOrder",
    "InDivision",
    "Key",
    "Mutation",
    "Node",
    "Payload",
    "Person",
    "PersonOrder",
    "Prefix",
    "Query",
    "UpdateInput",
    "Where",
    "WorkflowDeadline",
    "WorkflowStep",
    "WriteInput",
    "actions",
    "argument",
    "batched",
    "both",
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
    "order_enum",
    "order_input",
    "payload",
    "perform",
    "sensitive",
    "sql_type",
    "to_many",
    "to_one",
    "transition_mutations",
    "where",
    "written",
]

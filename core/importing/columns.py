"""Columns that plugins add to the register of residents, such as the year's income."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from typing import Any, TypeAlias

from core.households.models import Household
from core.persons.models import Person
from core.work import Work

ImportedRow: TypeAlias = tuple[Household, Person, Any]


@dataclass(frozen=True)
class ColumnImporter:
    """One more column that `minzheng import residents` understands.

    Attributes:
        name: a stable English name, such as ``annual_income``; no two importers share one.
        headers: what the column may be called, in Chinese and English; the first stands in messages. Case,
            spaces, full-width forms and what is in brackets do not matter.
        parse: the value in a cell's text, which is never empty (an empty cell is not asked about). It may
            raise `Refused`: the cell is then reported with that code, and its row does not land.
        store: writes the values of a chunk, in the chunk's transaction, after its persons are registered and
            its households are open. It is told of a row once: when the person enters the household. Rows
            without a household cannot fill these columns.
    """

    name: str
    headers: tuple[str, ...]
    parse: Callable[[str], Any]
    store: Callable[[Work, Sequence[ImportedRow]], Awaitable[None]]

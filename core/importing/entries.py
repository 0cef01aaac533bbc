"""One row of a register as the person it speaks of, checked with the functions of the mutations."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from core.codes import division_code
from core.codes.dates import parse_date
from core.codes.relations import HEAD
from core.codes.sets import (
    RELATIONS,
    DisabilityCategory,
    Gender,
    IdType,
    MaritalStatus,
    parse_disability_level,
    parse_enum,
)
from core.divisions.models import Division
from core.errors import Refused
from core.importing.columns import ColumnImporter
from core.importing.headers import Column
from core.importing.refusals import HOUSEHOLD_CODE_FORMAT, HOUSEHOLD_NEEDED
from core.importing.tables import Row
from core.persons.models import Person
from core.persons.service import Disability, NewPerson, checked

COLUMNS = (
    Column(
        "household",
        ("户编号", "户号", "家庭编号", "household code", "household no", "household id"),
        exact=True,
        needs=("relation", "address"),
    ),
    Column(
        "relation",
        ("与户主关系", "户主关系", "与户主的关系", "关系", "relation to head", "relationship to head"),
    ),
    Column("name", ("姓名", "名字", "full name"), required=True),
    Column(
        "id",
        ("身份证号", "身份证号码", "公民身份号码", "公民身份证号码", "证件号码", "身份证", "id number", "resident id"),
        required=True,
        exact=True,
    ),
    Column("id_type", ("证件类型", "证件种类", "id type")),
    Column("gender", ("性别", "sex")),
    Column("ethnicity", ("民族", "ethnic group", "nationality")),
    Column("birth_date", ("出生日期", "出生年月日", "生日", "date of birth", "birthday")),
    Column(
        "registered",
        ("户籍地区划", "户籍地区划代码", "户籍区划", "户籍地代码", "户籍地", "registered division"),
        required=True,
        exact=True,
    ),
    Column(
        "residence",
        ("常住地区划", "常住地区划代码", "常住区划", "常住地代码", "常住地", "residence division"),
        exact=True,
    ),
    Column("address", ("地址", "住址", "家庭住址", "家庭地址", "详细地址")),
    Column(
        "phone", ("电话", "电话号码", "联系电话", "手机", "手机号", "手机号码", "telephone", "mobile"), exact=True
    ),
    Column("marital_status", ("婚姻状况", "婚姻状态")),
    Column("disability_category", ("残疾类别", "残疾类型", "disability")),
    Column("disability_level", ("残疾等级", "残疾级别")),
)  # fmt: skip

# Which column a refusal of `checked` is about.
_COLUMN_OF = {
    "name": "name",
    "idNumber": "id",
    "ethnicity": "ethnicity",
    "phone": "phone",
    "registeredDivision": "registered",
    "residenceDivision": "residence",
    "birthDate": "birth_date",
    "disabilities": "disability_level",
}
_LONGEST_CODE = 40


@dataclass
class Entry:
    """A row on its way into the register.

    Attributes:
        faults: what is wrong with it, by column; a row with faults does not land.
        new: the person, normalised. relation: to the head of the household. values: of plugins' columns.
        id_hash: of a well-formed id number.
        person: once registered; known: it was registered before.
        entered: whether this import made the person a member of the household.
    """

    row: Row
    new: NewPerson
    relation: str | None
    values: Mapping[str, Any]
    faults: dict[str, Refused] = field(default_factory=dict)
    id_hash: str | None = None
    person: Person | None = None
    known: bool = False
    entered: bool = False

    @property
    def good(self) -> bool:
        return not self.faults

    @property
    def household(self) -> str:
        return self.row["household"]

    @property
    def is_head(self) -> bool:
        return self.relation == HEAD

    def blame(self, column: str, refusal: Refused) -> None:
        """Note a fault; the first one of a cell is the one told."""
        self.faults.setdefault(column, refusal)


def columns_with(importers: Sequence[ColumnImporter]) -> tuple[Column, ...]:
    """The columns of a register: core's and the plugins'."""
    return (*COLUMNS, *(Column(importer.name, importer.headers) for importer in importers))


class _Reader:
    """Parses the cells of one row, collecting what is wrong."""

    def __init__(self, row: Row) -> None:
        self._row = row
        self.faults = dict(row.faults)

    def parse(self, column: str, check: Callable[..., Any], *before: Any, empty: bool = False) -> Any:
        """The value of a cell; None for a bad or an empty one, unless `empty` ones are to be checked too."""
        text = self._row[column]
        if not text and not empty:
            return None
        try:
            return check(*before, text)
        except Refused as refusal:
            self.faults.setdefault(column, refusal)
            return None

    def disabilities(self) -> tuple[Disability, ...]:
        # A category without a level says as little as a level without a category.
        either = bool(self._row["disability_category"] or self._row["disability_level"])
        category = self.parse("disability_category", parse_enum, DisabilityCategory, empty=either)
        level = self.parse("disability_level", parse_disability_level, empty=either)
        return (Disability(category, level),) if category and level else ()

    def values(self, importers: Sequence[ColumnImporter]) -> dict[str, Any]:
        filled = [importer for importer in importers if self._row[importer.name]]
        if not self._row["household"]:
            self.faults.update({importer.name: Refused(HOUSEHOLD_NEEDED) for importer in filled})
            return {}
        return {importer.name: self.parse(importer.name, importer.parse) for importer in filled}


def read_entry(row: Row, importers: Sequence[ColumnImporter]) -> Entry:
    """A row with its cells parsed; `finish` checks what needs the database's divisions."""
    reader, household = _Reader(row), row["household"]
    reader.parse("household", _household_code)
    relation = reader.parse("relation", RELATIONS.parse, empty=True) if household else None
    new = _person(row, reader)
    return Entry(row, new, relation, reader.values(importers), reader.faults)


def _person(row: Row, reader: _Reader) -> NewPerson:
    registered = reader.parse("registered", division_code.parse, empty=True) or ""
    residence = reader.parse("residence", division_code.parse)
    return NewPerson(
        name=row["name"],
        id_type=reader.parse("id_type", parse_enum, IdType) or IdType.RESIDENT_ID,
        id_number=row["id"] or None,
        gender=reader.parse("gender", parse_enum, Gender),
        birth_date=reader.parse("birth_date", parse_date),
        ethnicity=row["ethnicity"] or None,
        marital_status=reader.parse("marital_status", parse_enum, MaritalStatus) or MaritalStatus.UNSPECIFIED,
        registered_division=registered,
        # An empty cell means at home.
        residence_division=residence or registered,
        phone=row["phone"] or None,
        disabilities=reader.disabilities(),
    )


def _household_code(text: str) -> str:
    if len(text) > _LONGEST_CODE:
        raise Refused(HOUSEHOLD_CODE_FORMAT)
    return text


def finish(entry: Entry, today: date, divisions: Mapping[str, Division]) -> None:
    """Check the person as a whole, as the mutations do."""
    entry.new, refusals = checked(entry.new, today, divisions)
    for refusal in refusals:
        column = _COLUMN_OF[refusal.field[0]]
        # The residence was taken from the registration: one cell, one fault.
        if column != "residence" or entry.row["residence"]:
            entry.blame(column, refusal)

"""Registers to try the import with: invented people of the unassigned region 410189, and faults by number."""

from __future__ import annotations

import csv
import random
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import xlsxwriter
from faker import Faker

from core.codes import resident_id
from core.errors import StartupError

REGION = "410189"
HEADERS = (
    "户编号", "与户主关系", "姓名", "身份证号", "性别", "民族", "出生日期", "户籍地区划", "常住地区划",
    "地址", "电话", "婚姻状况", "残疾类别", "残疾等级", "年收入",
)  # fmt: skip

Cells = dict[str, str]


def write_register(
    path: Path,
    *,
    rows: int,
    seed: int,
    divisions: Sequence[str],
    today: date,
    faults: Mapping[str, int] | None = None,
) -> Mapping[str, int]:
    """Write a register with faults in it, the same for the same arguments.

    Args:
        path: `….xlsx` is a workbook, anything else CSV in UTF-8.
        rows: rows of persons; the header is one more.
        divisions: codes of the villages where they live; they must be in force when the register is imported.
        today: the business date of the import; nobody is born later.
        faults: how many of each of `FAULTS`; by default each once in 2000 rows, and at least once.

    Returns:
        The number of bad cells that an import will list, by error code.

    Raises:
        StartupError: there are not enough rows for so many faults.
    """
    wanted = dict.fromkeys(FAULTS, max(1, rows // 2000)) if faults is None else dict(faults)
    writer = _Register(seed, divisions, today)
    homes = writer.households(rows)
    _spoil(homes, wanted, today)
    write = _write_workbook if path.suffix.lower() == ".xlsx" else _write_csv
    write(path, [person for home in homes for person in home])
    return {code: count for code, count in wanted.items() if count}


@dataclass(frozen=True)
class _Role:
    """Who a member is: relation by gender, how much older than the head, marital status."""

    relations: tuple[str, str]
    older: tuple[int, int]
    marital: str


_SPOUSE = _Role(("夫", "妻"), (-4, 4), "已婚")
_CHILD = _Role(("子", "女"), (-35, -22), "未婚")
_PARENT = _Role(("父亲", "母亲"), (22, 32), "丧偶")
_OTHERS = (_SPOUSE, _CHILD, _CHILD, _PARENT)


class _Register:
    """Invents households."""

    def __init__(self, seed: int, divisions: Sequence[str], today: date) -> None:
        self._random, self._divisions, self._today = random.Random(seed), divisions, today
        self._names = Faker("zh_CN")
        self._names.seed_instance(seed)
        self._taken: set[str] = set()

    def households(self, rows: int) -> list[list[Cells]]:
        """Households with as many persons as there are to be rows."""
        homes: list[list[Cells]] = []
        left = rows
        while left:
            size = min(left, self._random.choices((1, 2, 3, 4, 5), (15, 25, 30, 20, 10))[0])
            homes.append(self._household(len(homes) + 1, size))
            left -= size
        return homes

    def _household(self, number: int, size: int) -> list[Cells]:
        age, male = self._random.randint(36, 62), self._random.random() < 0.7
        village = self._random.choice(self._divisions)
        shared = {
            "户编号": f"H{number:06d}",
            "户籍地区划": village,
            "常住地区划": self._random.choice(self._divisions) if self._random.random() < 0.1 else village,
            "地址": f"{self._random.randint(1, 20)}组{self._random.randint(1, 300)}号",
        }
        head = self._person("户主", age, male, "已婚" if size > 1 else "未婚")
        others = [self._member(role, age, male) for role in _OTHERS[: size - 1]]
        return [{**shared, **person} for person in (head, *others)]

    def _member(self, role: _Role, age: int, head_male: bool) -> Cells:
        male = not head_male if role is _SPOUSE else self._random.random() < 0.5
        years = max(0, age + self._random.randint(*role.older))
        return self._person(role.relations[0 if male else 1], years, male, role.marital)

    def _person(self, relation: str, age: int, male: bool, marital: str) -> Cells:
        born, number = self._identity(age, male)
        disabled = self._random.random() < 0.06
        name = self._names.name_male() if male else self._names.name_female()
        return {
            "与户主关系": relation,
            "姓名": name,
            "身份证号": number,
            "性别": "男" if male else "女",
            "民族": "汉族" if self._random.random() < 0.97 else "回族",
            "出生日期": born.isoformat(),
            "电话": f"1990000{self._random.randint(0, 9999):04d}" if age >= 16 else "",
            "婚姻状况": marital,
            "残疾类别": self._random.choice(("视力", "听力", "肢体", "智力")) if disabled else "",
            "残疾等级": self._random.choice(("一级", "二级", "三级", "四级")) if disabled else "",
            "年收入": str(self._random.randrange(0, 60000, 100)) if age >= 18 else "",
        }

    def _identity(self, age: int, male: bool) -> tuple[date, str]:
        while True:
            days = age * 365 + age // 4 + self._random.randint(0, 360)
            born = self._today - timedelta(days=days)
            number = resident_id.make(REGION, born, self._random.randrange(1 if male else 2, 1000, 2))
            if number not in self._taken:
                self._taken.add(number)
                return born, number


def _checked(first17: str) -> str:
    return first17 + resident_id.check_digit(first17)


def _wrong_check(cells: Cells) -> None:
    number = cells["身份证号"]
    cells["身份证号"] = number[:17] + ("1" if number[17] != "1" else "2")


def _set(column: str, change: Callable[[str], str]) -> Callable[[Cells], None]:
    def spoil(cells: Cells) -> None:
        cells[column] = change(cells[column])

    return spoil


# Faults of a single cell; the number spoils no other cell, so each is listed once.
_SINGLE: Mapping[str, Callable[[Cells], None]] = {
    "ID_CHECKSUM": _wrong_check,
    "ID_BIRTHDATE": _set("身份证号", lambda text: _checked(f"{text[:6]}19870229{text[14:17]}")),
    "ID_LENGTH": _set("身份证号", lambda text: text[:6] + text[8:17]),
    "ID_FORMAT": _set("身份证号", lambda text: f"{text[:16]}X{text[17]}"),
    "ID_REGION": _set("身份证号", lambda text: _checked("99" + text[2:17])),
    "ID_MISMATCH": _set("性别", lambda text: "女" if text == "男" else "男"),
    "DIV_FORMAT": _set("常住地区划", lambda text: text[:11]),
    "DIV_UNKNOWN": _set("常住地区划", lambda _: f"{REGION}998998"),
    "CODE_UNKNOWN": _set("民族", lambda _: "火星族"),
    "DATE_FORMAT": _set("出生日期", lambda text: f"{text[:4]}-02-30"),
    "NAME_FORMAT": _set("姓名", lambda text: f"{text}1"),
    "PHONE_FORMAT": _set("电话", lambda _: "12345"),
}
FAULTS = (*_SINGLE, "ID_FUTURE_BIRTH", "ID_DUPLICATE", "HEAD_REQUIRED")


def _spoil(homes: Sequence[list[Cells]], wanted: Mapping[str, int], today: date) -> None:
    """Put the faults where they cause no others: into members, one each; a head's would cost its household."""
    unknown = sorted(set(wanted) - set(FAULTS))
    if unknown:
        known = ", ".join(FAULTS)
        raise StartupError(f"没有这种错误：{unknown[0]} / there is no fault {unknown[0]}; known are {known}")
    larger = [home for home in homes if len(home) > 1]
    headless, sound = larger[: wanted.get("HEAD_REQUIRED", 0)], larger[wanted.get("HEAD_REQUIRED", 0) :]
    members = [cells for home in sound for cells in home[1:]]
    _refuse_too_many(len(headless), len(members), wanted)
    for home in headless:
        home[0]["与户主关系"] = "其他亲属"
    _spoil_members(_spread(members, wanted), homes[0][0], wanted, today)


def _refuse_too_many(headless: int, members: int, wanted: Mapping[str, int]) -> None:
    needed = sum(count for code, count in wanted.items() if code != "HEAD_REQUIRED")
    if needed > members or headless < wanted.get("HEAD_REQUIRED", 0):
        raise StartupError(
            f"行数太少，放不下 {sum(wanted.values())} 处错误，请增加行数 / "
            f"too few rows for {sum(wanted.values())} faults: ask for more rows"
        )


def _spread(members: Sequence[Cells], wanted: Mapping[str, int]) -> Iterator[Cells]:
    """As many members as there are faults, from all over the register."""
    needed = max(1, sum(count for code, count in wanted.items() if code != "HEAD_REQUIRED"))
    step = max(1, len(members) // needed)
    return iter(members[::step])


def _spoil_members(victims: Iterator[Cells], original: Cells, wanted: Mapping[str, int], today: date) -> None:
    future = date(today.year + 1, 1, 1)
    for code, count in wanted.items():
        for number in range(count if code != "HEAD_REQUIRED" else 0):
            cells = next(victims)
            if code == "ID_DUPLICATE":
                # The head of the first household comes before every member.
                cells.update({column: original[column] for column in ("身份证号", "性别", "出生日期")})
            elif code == "ID_FUTURE_BIRTH":
                cells["身份证号"] = resident_id.make(REGION, future, number % 1000)
            else:
                _SINGLE[code](cells)


def _write_csv(path: Path, people: Sequence[Cells]) -> None:
    with path.open("w", encoding="utf-8-sig", newline="") as file:
        writer = csv.DictWriter(file, HEADERS)
        writer.writeheader()
        writer.writerows(people)


def _write_workbook(path: Path, people: Sequence[Cells]) -> None:
    book: Any = xlsxwriter.Workbook(str(path), {"constant_memory": True})
    sheet = book.add_worksheet("居民")
    sheet.write_row(0, 0, HEADERS)
    for number, cells in enumerate(people, 1):
        for place, header in enumerate(HEADERS):
            sheet.write_string(number, place, cells[header])
    book.close()

"""Finding out which column is which, whatever the bureau calls it."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from core.codes.text import fold
from core.errors import Refused, StartupError
from core.importing.refusals import COLUMN_DUPLICATE, COLUMN_MISSING

# What is in brackets is a unit or a remark, such as （元） or （必填）.
_REMARK = re.compile(r"\([^()]*\)|\[[^\[\]]*\]|【[^】]*】")
_MARKS = re.compile(r"[*_\-:、.#\ufeff]")


@dataclass(frozen=True)
class Column:
    """A column that an import knows.

    Attributes:
        headers: what it may be called; the first stands in messages.
        exact: it holds digits that must not be rounded, so a cell that a spreadsheet turned into a number is
            refused rather than guessed.
        needs: columns that must be there when this one is.
    """

    name: str
    headers: tuple[str, ...]
    required: bool = False
    exact: bool = False
    needs: tuple[str, ...] = ()


@dataclass(frozen=True)
class Header:
    """The header of one file.

    Attributes:
        places: where each known column stands. written: its header as the file has it.
        ignored: headers that no column claims.
    """

    places: Mapping[str, int]
    written: Mapping[str, str]
    exact: frozenset[int]
    ignored: tuple[str, ...]
    width: int


def header_key(text: str) -> str:
    """The form in which headers are compared: case, spaces, width, marks and remarks do not matter."""
    plain = fold(text)
    return _MARKS.sub("", _REMARK.sub("", plain)) or plain


def shown(text: str) -> str:
    """A header fit for a message: a file without a header has somebody's data in its first row."""
    starred = re.sub(r"[0-9]{6}[0-9Xx]*", "******", " ".join(text.split()))
    return starred if len(starred) <= 20 else f"{starred[:20]}…"


def by_key(columns: Sequence[Column]) -> dict[str, Column]:
    """The columns by each of their headers.

    Raises:
        StartupError: two columns claim a header.
    """
    known: dict[str, Column] = {}
    for column in columns:
        for text in (column.name, *column.headers):
            other = known.setdefault(header_key(text), column)
            if other is not column:
                raise StartupError(
                    f"导入列 {column.name} 与 {other.name} 都使用表头“{text}” / "
                    f"import columns {column.name} and {other.name} both claim the header {text!r}"
                )
    return known


def match(file: str, texts: Sequence[str], columns: Sequence[Column]) -> Header:
    """Find the known columns among the headers of a file.

    Raises:
        Refused: COLUMN_MISSING, COLUMN_DUPLICATE.
    """
    known = by_key(columns)
    places: dict[str, int] = {}
    for place, text in enumerate(texts):
        column = known.get(header_key(text))
        if column is None:
            continue
        if column.name in places:
            first, second = shown(texts[places[column.name]]), shown(text)
            raise Refused(COLUMN_DUPLICATE, file=file, first=first, second=second)
        places[column.name] = place
    _refuse_missing(file, texts, columns, places)
    ignored = tuple(shown(t) for place, t in enumerate(texts) if t and place not in places.values())
    exact = frozenset(places[c.name] for c in columns if c.exact and c.name in places)
    written = {name: texts[place].strip() for name, place in places.items()}
    return Header(places, written, exact, ignored, len(texts))


def _refuse_missing(
    file: str, texts: Sequence[str], columns: Sequence[Column], places: Mapping[str, int]
) -> None:
    wanted = {name for column in columns if column.name in places for name in column.needs}
    missing = [c for c in columns if (c.required or c.name in wanted) and c.name not in places]
    if missing:
        names = "、".join(column.headers[0] for column in missing)
        found = "、".join(shown(text) for text in texts if text)
        raise Refused(COLUMN_MISSING, file=file, missing=names, found=found)

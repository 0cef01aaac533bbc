"""Names of people: how they are checked, and the key by which they are sorted and searched."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from os.path import commonprefix
from string import ascii_lowercase

from pypinyin import lazy_pinyin

from core.codes import pinyin
from core.codes.refusals import NAME_FORMAT
from core.errors import Refused

_LONGEST = 50
# NFKC would replace these ideographs by others, and so write somebody's name with another character.
_COMPATIBILITY_IDEOGRAPHS = re.compile("([\uf900-\ufaff\U0002f800-\U0002fa1f])")
_MIDDLE_DOTS = re.compile(r"\s*[·•・‧∙⋅]\s*")
_HAN = "\u3007\u3400-\u9fff\uf900-\ufaff\U00020000-\U0003ffff"
# Typists align 张三 with 欧阳海 by a space; it is no part of the name.
_ALIGNMENT = re.compile(f"(?<=[{_HAN}])\\s+(?=[{_HAN}])")
# Control, format (zero-width, bidirectional) and surrogate characters, and line separators.
_FORBIDDEN = frozenset({"Cc", "Cf", "Cs", "Zl", "Zp"})

# Runs of letters, and other characters one by one; what parts syllables is left out.
_PIECES = re.compile("[a-z]+|[^a-z '’]")
_WILD = re.compile("[%_!]")

# Characters whose reading as a surname differs from their usual one; where surnames disagree, the commoner.
# fmt: off
_SURNAMES = {
    "单": "shan", "曾": "zeng", "解": "xie", "仇": "qiu", "区": "ou", "查": "zha", "任": "ren",
    "朴": "piao", "翟": "zhai", "盖": "ge", "缪": "miao", "乐": "yue", "覃": "qin", "折": "she",
    "黑": "he", "秘": "bi", "种": "chong", "员": "yun", "洗": "xian", "召": "shao", "句": "gou",
    "么": "yao", "繁": "po", "阚": "kan", "都": "du", "佴": "nai", "蔚": "yu", "郇": "xun", "撒": "sa",
    "祭": "zhai", "藏": "zang", "能": "nai", "乜": "nie", "卜": "bu", "薄": "bo",
    "單": "shan", "區": "ou", "蓋": "ge", "繆": "miao", "樂": "yue", "員": "yun", "種": "chong",
}
# fmt: on


def check_name(text: str) -> str:
    """A person's name as it is stored.

    NFKC everywhere but on compatibility ideographs; trimmed; spaces between Chinese characters dropped, other
    white space single; every middle dot written ·, without spaces around it.

    Args:
        text: as typed.

    Raises:
        Refused: NAME_FORMAT unless it then has 1 to 50 characters, none of them a digit or a control or
            invisible character.
    """
    levelled = _levelled(text)
    _refuse_forbidden(levelled.strip())
    spaced = " ".join(_ALIGNMENT.sub("", levelled).split())
    name = _MIDDLE_DOTS.sub("·", spaced)
    if not 1 <= len(name) <= _LONGEST:
        raise Refused(NAME_FORMAT)
    return name


def name_key(name: str) -> str:
    """The stored key that sorts names by pinyin and finds them by prefix: 张三 → ``zhang张 san三 ``.

    Each character gives its pinyin, itself and a space; one without pinyin gives only itself, in lower case.
    Readings ignore the context, but for the surname reading of the first character, so the key of a prefix
    is a prefix of the key.

    Args:
        name: as `check_name` returned it.

    Returns:
        The key, to be compared by code point. ü is written v, as in pinyin input: 吕 → ``lv吕 ``.
    """
    return "".join(_surname_key(char) if index == 0 else _key(char) for index, char in enumerate(name))


@dataclass(frozen=True)
class NameSearch:
    """What a search for the start of a name compares with the key.

    Attributes:
        low: what every key that is found starts with.
        exact: the key of the text itself, which finds names that are written in letters.
        pattern: the LIKE pattern of pinyin, escaped by ``!``; None when `low` alone says it.
    """

    low: str
    exact: str
    pattern: str | None = None


def name_search(text: str) -> NameSearch:
    """What to look for when somebody types the start of a name: characters, pinyin, initials, or a mix.

    ``王小`` finds names that start so; ``wang``, ``wangxiao``, ``wang x``, ``wx`` and ``王xm`` find 王小明 too. Every
    further syllable begins a later character of the name, in order: ``wm`` finds 王明 and 王小明.
    """
    typed = " ".join(_ALIGNMENT.sub("", _levelled(text)).split())
    exact = name_key(typed)
    parts = list(_parts(pinyin.level(typed))) if len(typed) <= _LONGEST else []
    first = next((i for i, (_, begun) in enumerate(parts) if begun), len(parts))
    low = "".join(part for part, _ in parts[: first + 1]) or exact
    if first >= len(parts) - 1 and low == exact:
        return NameSearch(exact, exact)
    common = commonprefix([low, exact])  # noqa: RUF071 (character by character is what is wanted)
    return NameSearch(common, exact, _pattern(parts))


def _parts(typed: str) -> Iterator[tuple[str, bool]]:
    """Pieces of the key, and whether a piece is a syllable, which the rest of its character follows."""
    for index, piece in enumerate(_PIECES.findall(typed)):
        if piece[0] in ascii_lowercase:
            yield from ((syllable, True) for syllable in pinyin.syllables(piece))
        else:
            yield (_key(piece) if index else _surname_key(piece)), False


def _pattern(parts: Sequence[tuple[str, bool]]) -> str:
    pieces = [_WILD.sub(r"!\g<0>", part) + ("% " if begun else "") for part, begun in parts]
    return "".join(pieces).removesuffix("% ") + "%"


def _levelled(text: str) -> str:
    """NFKC everywhere but on compatibility ideographs."""
    parts = _COMPATIBILITY_IDEOGRAPHS.split(text)
    return "".join(
        part if index % 2 else unicodedata.normalize("NFKC", part) for index, part in enumerate(parts)
    )


def _refuse_forbidden(text: str) -> None:
    if any(char.isdigit() or unicodedata.category(char) in _FORBIDDEN for char in text):
        raise Refused(NAME_FORMAT)


def _surname_key(char: str) -> str:
    reading = _SURNAMES.get(char)
    return f"{reading}{char} " if reading else _key(char)


@lru_cache(maxsize=20_000)
def _key(char: str) -> str:
    readings = lazy_pinyin(char, errors="ignore")
    return f"{readings[0]}{char} " if readings else char.lower()

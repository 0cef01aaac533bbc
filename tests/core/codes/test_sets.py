"""Domain 1.4: every code has two labels, and every label leads back to its code."""

from __future__ import annotations

import copy
import pickle

import pytest

from core.codes.division_code import URBAN_RURAL_CLASSES, DivisionKind
from core.codes.sets import (
    ETHNICITIES,
    RELATIONS,
    CodedEnum,
    CodeSet,
    DisabilityCategory,
    Gender,
    HouseholdKind,
    IdType,
    MaritalStatus,
    UserRole,
    parse_disability_level,
    parse_enum,
)
from core.errors import Refused

ENUMS: list[type[CodedEnum]] = [
    *[IdType, Gender, MaritalStatus, DisabilityCategory, HouseholdKind, UserRole, DivisionKind],
]
SETS = [ETHNICITIES, RELATIONS, URBAN_RURAL_CLASSES]
# Domain 1.4, as it stands there.
ETHNIC = (
    "01汉 02蒙古 03回 04藏 05维吾尔 06苗 07彝 08壮 09布依 10朝鲜 11满 12侗 13瑶 14白 15土家 16哈尼 17哈萨克 "
    "18傣 19黎 20傈僳 21佤 22畲 23高山 24拉祜 25水 26东乡 27纳西 28景颇 29柯尔克孜 30土 31达斡尔 32仫佬 33羌 "
    "34布朗 35撒拉 36毛南 37仡佬 38锡伯 39阿昌 40普米 41塔吉克 42怒 43乌孜别克 44俄罗斯 45鄂温克 46德昂 "
    "47保安 48裕固 49京 50塔塔尔 51独龙 52鄂伦春 53赫哲 54门巴 55珞巴 56基诺"
)


def unknown(parse: object, *arguments: object) -> None:
    assert callable(parse)
    with pytest.raises(Refused) as caught:
        parse(*arguments)
    assert caught.value.code.code == "CODE_UNKNOWN"
    assert set(caught.value.params) == {"value", "code_set"}


@pytest.mark.parametrize("kind", ENUMS)
def test_members_are_stored_by_name(kind: type[CodedEnum]) -> None:
    for member in kind:
        assert member.value == member.name
        assert member.zh
        assert member.en
        assert kind(member.name) is member
        assert pickle.loads(pickle.dumps(member)) is copy.copy(member) is member


@pytest.mark.parametrize("kind", ENUMS)
def test_every_spelling_leads_to_its_member(kind: type[CodedEnum]) -> None:
    for member in kind:
        spellings = [member.name, member.name.lower(), member.zh, member.en, *member.synonyms]
        for text in [*spellings, *([member.gb] if member.gb else [])]:
            assert parse_enum(kind, text) is member
    assert kind.title_zh


@pytest.mark.parametrize("kind", ENUMS)
def test_other_text_is_refused(kind: type[CodedEnum]) -> None:
    for text in ("", " ", "？", "3.0", "１１１１"):
        unknown(parse_enum, kind, text)


@pytest.mark.parametrize(
    ("text", "member"),
    [
        ("男", Gender.MALE),
        ("女性", Gender.FEMALE),
        ("１", Gender.MALE),
        (" female ", Gender.FEMALE),
        ("0", Gender.UNKNOWN),
        ("9", Gender.UNSPECIFIED),
        ("未婚", MaritalStatus.UNMARRIED),
        ("已婚", MaritalStatus.MARRIED),
        ("离异", MaritalStatus.DIVORCED),
        ("离婚", MaritalStatus.DIVORCED),
        ("丧偶", MaritalStatus.WIDOWED),
        ("23", MaritalStatus.REMARRIED_SAME),
        ("视力", DisabilityCategory.VISUAL),
        ("视力残疾", DisabilityCategory.VISUAL),
        ("多重", DisabilityCategory.MULTIPLE),
        ("身份证", IdType.RESIDENT_ID),
        ("户籍户", HouseholdKind.REGISTERED),
    ],
)
def test_what_people_write(text: str, member: CodedEnum) -> None:
    assert parse_enum(type(member), text) is member


def test_gb_codes() -> None:
    assert [one.gb for one in Gender] == ["0", "1", "2", "9"]
    assert [one.gb for one in MaritalStatus] == ["10", "20", "21", "22", "23", "30", "40", "90"]
    assert [one.gb for one in DisabilityCategory] == list("1234567")


@pytest.mark.parametrize(
    ("text", "level"), [("1", 1), ("４", 4), ("一级", 1), (" 三 级", 3), ("2级", 2), ("四级", 4), ("二", 2)]
)
def test_disability_levels(text: str, level: int) -> None:
    assert parse_disability_level(text) == level


@pytest.mark.parametrize("text", ["", "0", "5", "五级", "1.0", "级", "-1"])
def test_no_disability_level(text: str) -> None:
    unknown(parse_disability_level, text)


@pytest.mark.parametrize("code_set", SETS, ids=lambda one: one.name)
def test_codes_and_labels_lead_to_the_code(code_set: CodeSet) -> None:
    for code, labels in code_set.labels.items():
        for text in (code, *labels, labels[1].upper()):
            assert code_set.parse(text) == code
    for text, code in code_set.synonyms.items():
        assert code_set.parse(text) == code


@pytest.mark.parametrize("code_set", SETS, ids=lambda one: one.name)
def test_other_codes_are_refused(code_set: CodeSet) -> None:
    for text in ("", "00", "000", "族", "٠١", "no such label"):
        unknown(code_set.parse, text)


def test_the_ethnicities_of_the_domain() -> None:
    listed = {entry[:2]: entry[2:] for entry in ETHNIC.split()}
    assert set(ETHNICITIES.labels) == {*listed, "97", "98"}
    for code, short in listed.items():
        assert ETHNICITIES.labels[code][0] == f"{short}族"
        assert ETHNICITIES.parse(short) == ETHNICITIES.parse(f" {short}族 ") == code
    assert ETHNICITIES.parse("3") == "03"
    unknown(ETHNICITIES.parse, "57")


@pytest.mark.parametrize(
    ("text", "code"),
    [
        *[("01", "02"), ("本人", "02"), ("户主", "02"), ("配偶", "10"), ("丈夫", "11"), ("妻子", "12")],
        *[("儿子", "20"), ("女儿", "30"), ("父亲", "51"), ("母亲", "52"), ("其他", "80"), ("养子", "27")],
        *[
            ("独生女", "31"),
            ("儿媳", "38"),
            ("孙子", "41"),
            ("公公", "53"),
            ("非亲属", "99"),
            ("only SON", "21"),
        ],
    ],
)
def test_relations_that_people_write(text: str, code: str) -> None:
    assert RELATIONS.parse(text) == code


def test_the_relations_are_those_of_the_domain() -> None:
    assert set(RELATIONS.labels) == {"02", "10", "11", "12", *(str(code) for code in range(20, 100))}
    for text in ("1", "2", "00", "03", "13", "19"):
        unknown(RELATIONS.parse, text)


def test_an_enum_without_a_title_is_named_by_its_class() -> None:
    class Plain(CodedEnum):
        ONE = "ONE", "1", "一", "One"

    with pytest.raises(Refused) as caught:
        parse_enum(Plain, "two")
    assert caught.value.params["code_set"] == "Plain"

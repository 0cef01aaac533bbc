"""The code sets of domain 1.4 and the roles of 1.5: small ones are enums, large ones keep their GB codes.

An enum member's value is its name, which is what the database stores; its GB code and labels are attributes.
"""

from __future__ import annotations

import enum
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import cache, cached_property
from typing import Any, ClassVar, Self, TypeVar, cast

from core.codes.refusals import unknown_code
from core.codes.text import fold


class CodedEnum(enum.Enum):
    """An enum stored by name. A member is written ``name, gb, zh, en, *synonyms``.

    ``class Gender(CodedEnum, zh="性别")`` gives the set its Chinese title, for messages.
    """

    title_zh: ClassVar[str]
    gb: str
    zh: str
    en: str
    synonyms: tuple[str, ...]

    def __init_subclass__(cls, *, zh: str = "", **kwargs: Any) -> None:
        super().__init_subclass__(**kwargs)
        cls.title_zh = zh

    # The defaults are for type checkers, which read `Gender("MALE")`, a look-up, as a call of this.
    def __new__(cls, name: str, gb: str = "", zh: str = "", en: str = "", *synonyms: str) -> Self:
        member = object.__new__(cls)
        member._value_ = name
        member.gb, member.zh, member.en, member.synonyms = gb, zh, en, synonyms
        return member


Member = TypeVar("Member", bound=CodedEnum)


class IdType(CodedEnum, zh="证件类型"):
    """Kind of identity document (domain 1.4). NONE, for newborns and foundlings, has no number."""

    RESIDENT_ID = "RESIDENT_ID", "", "居民身份证", "Resident id", "身份证", "公民身份号码"
    HK_MACAO_TW_PERMIT = (
        "HK_MACAO_TW_PERMIT",
        "",
        "港澳台居民通行证",
        "Hong Kong, Macao or Taiwan permit",
        "港澳居民来往内地通行证",
        "台湾居民来往大陆通行证",
        "港澳通行证",
        "台胞证",
    )
    FOREIGN_PR = (
        "FOREIGN_PR",
        "",
        "外国人永久居留身份证",
        "Foreign permanent resident card",
        "外国人永久居留证",
    )
    PASSPORT = "PASSPORT", "", "护照", "Passport"
    NONE = "NONE", "", "无证件", "No document", "无"


class Gender(CodedEnum, zh="性别"):
    """Gender (domain 1.4; GB/T 2261.1)."""

    UNKNOWN = "UNKNOWN", "0", "未知", "Unknown", "未知的性别"
    MALE = "MALE", "1", "男", "Male", "男性", "M"
    FEMALE = "FEMALE", "2", "女", "Female", "女性", "F"
    UNSPECIFIED = "UNSPECIFIED", "9", "未说明", "Unspecified", "未说明的性别"


class MaritalStatus(CodedEnum, zh="婚姻状况"):
    """Marital status (domain 1.4; GB/T 2261.2). 21-23 refine 20."""

    UNMARRIED = "UNMARRIED", "10", "未婚", "Unmarried", "单身", "Single"
    MARRIED = "MARRIED", "20", "已婚", "Married", "有配偶"
    FIRST_MARRIAGE = "FIRST_MARRIAGE", "21", "初婚", "First marriage"
    REMARRIED = "REMARRIED", "22", "再婚", "Remarried"
    REMARRIED_SAME = "REMARRIED_SAME", "23", "复婚", "Remarried to the same person"
    WIDOWED = "WIDOWED", "30", "丧偶", "Widowed"
    DIVORCED = "DIVORCED", "40", "离婚", "Divorced", "离异"
    UNSPECIFIED = "UNSPECIFIED", "90", "未说明", "Unspecified", "未说明的婚姻状况", "未知"


class DisabilityCategory(CodedEnum, zh="残疾类别"):
    """Category of disability (domain 1.4, 残疾)."""

    VISUAL = "VISUAL", "1", "视力残疾", "Visual", "视力"
    HEARING = "HEARING", "2", "听力残疾", "Hearing", "听力"
    SPEECH = "SPEECH", "3", "言语残疾", "Speech", "言语", "语言", "语言残疾"
    PHYSICAL = "PHYSICAL", "4", "肢体残疾", "Physical", "肢体"
    INTELLECTUAL = "INTELLECTUAL", "5", "智力残疾", "Intellectual", "智力"
    MENTAL = "MENTAL", "6", "精神残疾", "Mental", "精神"
    MULTIPLE = "MULTIPLE", "7", "多重残疾", "Multiple", "多重"


class HouseholdKind(CodedEnum, zh="家庭类别"):
    """What holds a household together (domain 1.5): the household register, or sharing a life."""

    REGISTERED = "REGISTERED", "", "户籍户", "Registered household", "户籍", "户籍家庭"
    ASSISTANCE = "ASSISTANCE", "", "共同生活家庭", "Assistance household", "共同生活"


class UserRole(CodedEnum, zh="用户角色"):
    """Roles of users (domain 1.5)."""

    CITIZEN = "CITIZEN", "", "居民", "Citizen", "群众"
    VILLAGE_WORKER = "VILLAGE_WORKER", "", "村（社区）工作人员", "Village worker", "儿童主任"
    TOWN_OFFICER = "TOWN_OFFICER", "", "镇（街道）经办人", "Town officer", "儿童督导员"
    TOWN_LEADER = "TOWN_LEADER", "", "镇（街道）负责人", "Town leader"
    CITY_OFFICER = "CITY_OFFICER", "", "市民政局经办人", "City officer"
    CITY_LEADER = "CITY_LEADER", "", "市民政局负责人", "City leader"
    AGENCY_STAFF = "AGENCY_STAFF", "", "服务机构人员", "Agency staff"
    AUDITOR = "AUDITOR", "", "审计人员", "Auditor"
    SYSTEM = "SYSTEM", "", "系统", "System"


def parse_enum(kind: type[Member], text: str) -> Member:
    """The member that `text` names.

    Args:
        kind: an enum of this module, or any other `CodedEnum`.
        text: the name, the GB code, a Chinese or English label or a synonym; case and spaces do not matter.

    Raises:
        Refused: CODE_UNKNOWN.
    """
    member = _members(kind).get(fold(text))
    if member is None:
        title = f"{kind.title_zh} ({kind.__name__})" if kind.title_zh else kind.__name__
        raise unknown_code(text, title)
    return cast(Member, member)


@cache
def _members(kind: type[CodedEnum]) -> Mapping[str, CodedEnum]:
    return _index(
        [(member.name, member) for member in kind],
        [(member.gb, member) for member in kind if member.gb],
        [(label, member) for member in kind for label in (member.zh, member.en, *member.synonyms)],
    )


Value = TypeVar("Value")


def _index(*passes: Iterable[tuple[str, Value]]) -> dict[str, Value]:
    """Folded text to value; what an earlier pass claims, a later one does not take over."""
    index: dict[str, Value] = {}
    for pairs in passes:
        for text, value in pairs:
            index.setdefault(fold(text), value)
    return index


@dataclass(frozen=True, eq=False)
class CodeSet:
    """A national code set that is stored as its codes.

    Attributes:
        name: stable name, in English.
        zh: Chinese title.
        en: English title.
        labels: Chinese and English label by code.
        synonyms: other text to its code.
        suffix: ending of the Chinese labels that may be left out, such as 族.
    """

    name: str
    zh: str
    en: str
    labels: Mapping[str, tuple[str, str]]
    synonyms: Mapping[str, str] = field(default_factory=dict)
    suffix: str = ""

    def parse(self, text: str) -> str:
        """The code that `text` names.

        Args:
            text: a code, a Chinese or English label, or a synonym; case and spaces do not matter.

        Raises:
            Refused: CODE_UNKNOWN.
        """
        code = self._codes.get(fold(text))
        if code is None:
            raise unknown_code(text, f"{self.zh} ({self.name})")
        return code

    @cached_property
    def _codes(self) -> Mapping[str, str]:
        return _index(
            [(code, code) for code in self.labels],
            [(zh, code) for code, (zh, _) in self.labels.items()],
            [(zh.removesuffix(self.suffix), code) for code, (zh, _) in self.labels.items()],
            [(en, code) for code, (_, en) in self.labels.items()],
            self.synonyms.items(),
        )


_LEVELS = {
    fold(text): level
    for level, zh in enumerate("一二三四", 1)
    for text in (str(level), zh, f"{level}级", f"{zh}级")
}


def parse_disability_level(text: str) -> int:
    """A level of disability, 1 (the worst) to 4 (domain 1.4).

    Args:
        text: ``1``-``4``, ``1级``-``4级`` or ``一级``-``四级``.

    Raises:
        Refused: CODE_UNKNOWN.
    """
    level = _LEVELS.get(fold(text))
    if level is None:
        raise unknown_code(text, "残疾等级 (DisabilityLevel)")
    return level


ETHNICITIES = CodeSet(
    name="Ethnicity",
    zh="民族",
    en="Ethnicity (GB/T 3304)",
    suffix="族",
    labels={
        "01": ("汉族", "Han"),
        "02": ("蒙古族", "Mongol"),
        "03": ("回族", "Hui"),
        "04": ("藏族", "Tibetan"),
        "05": ("维吾尔族", "Uygur"),
        "06": ("苗族", "Miao"),
        "07": ("彝族", "Yi"),
        "08": ("壮族", "Zhuang"),
        "09": ("布依族", "Buyei"),
        "10": ("朝鲜族", "Korean"),
        "11": ("满族", "Manchu"),
        "12": ("侗族", "Dong"),
        "13": ("瑶族", "Yao"),
        "14": ("白族", "Bai"),
        "15": ("土家族", "Tujia"),
        "16": ("哈尼族", "Hani"),
        "17": ("哈萨克族", "Kazak"),
        "18": ("傣族", "Dai"),
        "19": ("黎族", "Li"),
        "20": ("傈僳族", "Lisu"),
        "21": ("佤族", "Va"),
        "22": ("畲族", "She"),
        "23": ("高山族", "Gaoshan"),
        "24": ("拉祜族", "Lahu"),
        "25": ("水族", "Sui"),
        "26": ("东乡族", "Dongxiang"),
        "27": ("纳西族", "Naxi"),
        "28": ("景颇族", "Jingpo"),
        "29": ("柯尔克孜族", "Kirgiz"),
        "30": ("土族", "Tu"),
        "31": ("达斡尔族", "Daur"),
        "32": ("仫佬族", "Mulao"),
        "33": ("羌族", "Qiang"),
        "34": ("布朗族", "Blang"),
        "35": ("撒拉族", "Salar"),
        "36": ("毛南族", "Maonan"),
        "37": ("仡佬族", "Gelao"),
        "38": ("锡伯族", "Xibe"),
        "39": ("阿昌族", "Achang"),
        "40": ("普米族", "Pumi"),
        "41": ("塔吉克族", "Tajik"),
        "42": ("怒族", "Nu"),
        "43": ("乌孜别克族", "Uzbek"),
        "44": ("俄罗斯族", "Russian"),
        "45": ("鄂温克族", "Ewenki"),
        "46": ("德昂族", "Deang"),
        "47": ("保安族", "Bonan"),
        "48": ("裕固族", "Yugur"),
        "49": ("京族", "Gin"),
        "50": ("塔塔尔族", "Tatar"),
        "51": ("独龙族", "Derung"),
        "52": ("鄂伦春族", "Oroqen"),
        "53": ("赫哲族", "Hezhen"),
        "54": ("门巴族", "Monba"),
        "55": ("珞巴族", "Lhoba"),
        "56": ("基诺族", "Jino"),
        "97": ("其他", "Other"),
        "98": ("外国血统中国籍人士", "Naturalised"),
    },
    synonyms={
        # Spreadsheets drop the leading zero of a code typed as a number.
        **{str(number): f"{number:02d}" for number in range(1, 10)},
        "Zang": "04",
        "Uyghur": "05",
        "Chosen": "10",
        "Man": "11",
        "Kazakh": "17",
        "Wa": "21",
        "Kyrgyz": "29",
        "Russ": "44",
        "入籍": "98",
        "外国血统": "98",
    },
)

RELATIONS = CodeSet(
    name="Relation",
    zh="与户主关系",
    en="Relation to the head of household (GB/T 4761)",
    labels={
        "02": ("户主", "Head of household"),
        "10": ("配偶", "Spouse"),
        "11": ("夫", "Husband"),
        "12": ("妻", "Wife"),
        "20": ("子", "Son"),
        "21": ("独生子", "Only son"),
        "22": ("长子", "Eldest son"),
        "23": ("次子", "Second son"),
        "24": ("三子", "Third son"),
        "25": ("四子", "Fourth son"),
        "26": ("五子", "Fifth son"),
        "27": ("养子或继子", "Adopted son or stepson"),
        "28": ("女婿", "Son-in-law"),
        "29": ("其他儿子", "Other son"),
        "30": ("女", "Daughter"),
        "31": ("独生女", "Only daughter"),
        "32": ("长女", "Eldest daughter"),
        "33": ("次女", "Second daughter"),
        "34": ("三女", "Third daughter"),
        "35": ("四女", "Fourth daughter"),
        "36": ("五女", "Fifth daughter"),
        "37": ("养女或继女", "Adopted daughter or stepdaughter"),
        "38": ("儿媳", "Daughter-in-law"),
        "39": ("其他女儿", "Other daughter"),
        "40": ("孙子、孙女或外孙子、外孙女", "Grandchild"),
        "41": ("孙子", "Son's son"),
        "42": ("孙女", "Son's daughter"),
        "43": ("外孙子", "Daughter's son"),
        "44": ("外孙女", "Daughter's daughter"),
        "45": ("孙媳妇或外孙媳妇", "Grandson's wife"),
        "46": ("孙女婿或外孙女婿", "Granddaughter's husband"),
        "47": ("曾孙子或外曾孙子", "Great-grandson"),
        "48": ("曾孙女或外曾孙女", "Great-granddaughter"),
        "49": ("其他孙子、孙女或外孙子、外孙女", "Other grandchild"),
        "50": ("父母", "Parent"),
        "51": ("父亲", "Father"),
        "52": ("母亲", "Mother"),
        "53": ("公公", "Husband's father"),
        "54": ("婆婆", "Husband's mother"),
        "55": ("岳父", "Wife's father"),
        "56": ("岳母", "Wife's mother"),
        "57": ("继父或养父", "Stepfather or adoptive father"),
        "58": ("继母或养母", "Stepmother or adoptive mother"),
        "59": ("其他父母关系", "Other parent"),
        "60": ("祖父母或外祖父母", "Grandparent"),
        "61": ("祖父", "Father's father"),
        "62": ("祖母", "Father's mother"),
        "63": ("外祖父", "Mother's father"),
        "64": ("外祖母", "Mother's mother"),
        "65": ("配偶的祖父母或外祖父母", "Spouse's grandparent"),
        "66": ("曾祖父", "Great-grandfather"),
        "67": ("曾祖母", "Great-grandmother"),
        "68": ("配偶的曾祖父母或外曾祖父母", "Spouse's great-grandparent"),
        "69": ("其他祖父母或外祖父母关系", "Other grandparent"),
        "70": ("兄弟姐妹", "Sibling"),
        "71": ("兄", "Elder brother"),
        "72": ("嫂", "Elder brother's wife"),
        "73": ("弟", "Younger brother"),
        "74": ("弟媳", "Younger brother's wife"),
        "75": ("姐姐", "Elder sister"),
        "76": ("姐夫", "Elder sister's husband"),
        "77": ("妹妹", "Younger sister"),
        "78": ("妹夫", "Younger sister's husband"),
        "79": ("其他兄弟姐妹", "Other sibling"),
        "80": ("其他", "Other"),
        "81": ("伯父", "Father's elder brother"),
        "82": ("伯母", "Wife of father's elder brother"),
        "83": ("叔父", "Father's younger brother"),
        "84": ("婶母", "Wife of father's younger brother"),
        "85": ("舅父", "Mother's brother"),
        "86": ("舅母", "Wife of mother's brother"),
        "87": ("姨父", "Husband of mother's sister"),
        "88": ("姨母", "Mother's sister"),
        "89": ("姑父", "Husband of father's sister"),
        "90": ("姑母", "Father's sister"),
        "91": ("堂兄弟、堂姐妹", "Cousin by father's brother"),
        "92": ("表兄弟、表姐妹", "Other cousin"),
        "93": ("侄子", "Brother's son"),
        "94": ("侄女", "Brother's daughter"),
        "95": ("外甥", "Sister's son"),
        "96": ("外甥女", "Sister's daughter"),
        "97": ("其他亲属", "Other relative"),
        # The 1984 edition's 保姆, dropped in 2008; kept so that old registers can be imported.
        "98": ("其他人员", "Other person"),
        "99": ("非亲属", "Not a relative"),
    },
    synonyms={
        # 本人 is imported as the head (domain 1.4). One-digit codes are a set of their own in GB/T 4761 (1 is
        # the spouse), so they are not taken for two-digit ones.
        "01": "02",
        "本人": "02",
        "Self": "02",
        "Head": "02",
        "夫妻": "10",
        "爱人": "10",
        "丈夫": "11",
        "妻子": "12",
        "儿子": "20",
        "二子": "23",
        "养子": "27",
        "继子": "27",
        "女儿": "30",
        "二女": "33",
        "养女": "37",
        "继女": "37",
        "儿媳妇": "38",
        "孙子女": "40",
        "外孙": "43",
        "孙媳": "45",
        "孙媳妇": "45",
        "外孙媳妇": "45",
        "孙女婿": "46",
        "外孙女婿": "46",
        "曾孙": "47",
        "曾孙子": "47",
        "外曾孙子": "47",
        "曾孙女": "48",
        "外曾孙女": "48",
        "父": "51",
        "爸爸": "51",
        "母": "52",
        "妈妈": "52",
        "继父": "57",
        "养父": "57",
        "继母": "58",
        "养母": "58",
        "祖父母": "60",
        "外祖父母": "60",
        "爷爷": "61",
        "奶奶": "62",
        "外公": "63",
        "姥爷": "63",
        "外婆": "64",
        "姥姥": "64",
        "兄、弟、姐、妹": "70",
        "哥哥": "71",
        "嫂子": "72",
        "弟弟": "73",
        "弟妹": "74",
        "姐": "75",
        "妹": "77",
        "伯伯": "81",
        "叔叔": "83",
        "舅舅": "85",
        "姨夫": "87",
        "姑姑": "90",
        "堂兄弟": "91",
        "堂姐妹": "91",
        "表兄弟": "92",
        "表姐妹": "92",
        "侄儿": "93",
        "外甥子": "95",
        "无亲属关系": "99",
    },
)

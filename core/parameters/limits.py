"""Core's own parameters: what its rules over persons, marriages and committees read instead of numbers."""

from __future__ import annotations

from core.codes.organizations import CommitteeKind
from core.parameters.declared import Default, Parameter, ParameterKind

MARRIAGE_AGE_MAN = "core.marriage_age_man"
MARRIAGE_AGE_WOMAN = "core.marriage_age_woman"
DIVORCE_WITHDRAWAL_DAYS = "core.divorce_withdrawal_days"
DIVORCE_CERTIFICATE_DAYS = "core.divorce_certificate_days"
BIRTH_MONTHS = "core.birth_registration_months"
DEATH_MONTHS = "core.death_registration_months"
MOVE_DAYS_URBAN = "core.move_in_days_urban"
MOVE_DAYS_RURAL = "core.move_in_days_rural"
COMMITTEE_MEMBER_AGE = "core.committee_member_age"
COMMITTEE_SIZES = {
    CommitteeKind.VILLAGE: ("core.village_committee_least", "core.village_committee_most"),
    CommitteeKind.RESIDENT: ("core.resident_committee_least", "core.resident_committee_most"),
}

_YEARS = ("周岁", "completed years")
_MONTHS = ("个月", "months")
_DAYS = ("日", "days")
_MEMBERS = ("人", "members")


def _whole(
    name: str, words: tuple[str, str], unit: tuple[str, str], maximum: int, *defaults: Default
) -> Parameter:
    return Parameter(
        name=name,
        zh=words[0],
        en=words[1],
        unit_zh=unit[0],
        unit_en=unit[1],
        kind=ParameterKind.WHOLE,
        minimum=0,
        maximum=maximum,
        defaults=defaults,
    )


CORE_PARAMETERS: tuple[Parameter, ...] = (
    _whole(
        MARRIAGE_AGE_MAN,
        ("结婚年龄（男）", "Age of marriage, men"),
        _YEARS,
        120,
        Default("22", source="《民法典》第一千零四十七条"),
    ),
    _whole(
        MARRIAGE_AGE_WOMAN,
        ("结婚年龄（女）", "Age of marriage, women"),
        _YEARS,
        120,
        Default("20", source="《民法典》第一千零四十七条"),
    ),
    _whole(
        DIVORCE_WITHDRAWAL_DAYS,
        ("离婚冷静期", "Cooling-off period of a divorce"),
        _DAYS,
        3650,
        Default("30", source="《民法典》第一千零七十七条第一款"),
    ),
    _whole(
        DIVORCE_CERTIFICATE_DAYS,
        ("申领离婚证的期限", "Time to collect the certificate of divorce"),
        _DAYS,
        3650,
        Default("30", source="《民法典》第一千零七十七条第二款"),
    ),
    _whole(
        BIRTH_MONTHS,
        ("出生登记期限", "Time to register a birth"),
        _MONTHS,
        120,
        Default("1", source="《户口登记条例》第七条"),
    ),
    _whole(
        DEATH_MONTHS,
        ("死亡登记期限（农村）", "Time to register a death, rural"),
        _MONTHS,
        120,
        Default("1", source="《户口登记条例》第八条"),
    ),
    _whole(
        MOVE_DAYS_URBAN,
        ("迁入登记期限（城市）", "Time to report a move, urban"),
        _DAYS,
        3650,
        Default("3", source="《户口登记条例》第十三条"),
    ),
    _whole(
        MOVE_DAYS_RURAL,
        ("迁入登记期限（农村）", "Time to report a move, rural"),
        _DAYS,
        3650,
        Default("10", source="《户口登记条例》第十三条"),
    ),
    _whole(
        COMMITTEE_MEMBER_AGE,
        ("村（居）委会成员最低年龄", "Least age of a committee's members"),
        _YEARS,
        120,
        Default("18", source="《村民委员会组织法》第十三条；《城市居民委员会组织法》第八条"),
    ),
    _whole(
        "core.village_committee_least",
        ("村委会最少人数", "Fewest members of a villagers' committee"),
        _MEMBERS,
        99,
        Default("3", source="《村民委员会组织法》第六条"),
    ),
    _whole(
        "core.village_committee_most",
        ("村委会最多人数", "Most members of a villagers' committee"),
        _MEMBERS,
        99,
        Default("7", source="《村民委员会组织法》第六条"),
    ),
    _whole(
        "core.resident_committee_least",
        ("居委会最少人数", "Fewest members of a residents' committee"),
        _MEMBERS,
        99,
        Default("5", source="《城市居民委员会组织法》第七条"),
    ),
    _whole(
        "core.resident_committee_most",
        ("居委会最多人数", "Most members of a residents' committee"),
        _MEMBERS,
        99,
        Default("9", source="《城市居民委员会组织法》第七条"),
    ),
)

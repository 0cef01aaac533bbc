"""The code sets of referrals [DEF, but for the bases of the Personal Information Protection Law]."""

from __future__ import annotations

from core.codes.sets import CodedEnum


class ReferralReason(CodedEnum, zh="转介原因"):
    """Why somebody is referred."""

    LIVELIHOOD = "LIVELIHOOD", "", "基本生活困难", "Hardship"
    CARE = "CARE", "", "照料需求", "Need of care"
    PROTECTION = "PROTECTION", "", "需要保护", "Need of protection"
    HEALTH = "HEALTH", "", "健康与医疗", "Health"
    EDUCATION = "EDUCATION", "", "就学", "Schooling"
    LEGAL = "LEGAL", "", "法律援助", "Legal aid"
    OTHER = "OTHER", "", "其他", "Another"


class ReferralOutcome(CodedEnum, zh="转介结果"):
    """What came of an accepted referral."""

    HELPED = "HELPED", "", "已提供服务", "Helped"
    NOT_NEEDED = "NOT_NEEDED", "", "无需服务", "No help was needed"
    UNREACHABLE = "UNREACHABLE", "", "无法联系", "The person could not be reached"
    OTHER = "OTHER", "", "其他", "Another"


class ConsentKind(CodedEnum, zh="转介依据"):
    """On what a referral rests."""

    CONSENTED = "CONSENTED", "", "已同意", "Consent"
    OVERRIDE = "OVERRIDE", "", "法定依据", "A legal basis instead of consent"


class ConsentBy(CodedEnum, zh="同意人"):
    """Who consented (PIPL art. 29, 31)."""

    SELF = "SELF", "", "本人", "The person"
    GUARDIAN = "GUARDIAN", "", "监护人", "The guardian"


class LegalBasis(CodedEnum, zh="法定依据"):
    """Why no consent is needed (PIPL art. 13)."""

    STATUTORY_DUTY = "STATUTORY_DUTY", "", "履行法定职责所必需", "A statutory duty (PIPL 13(3))"
    EMERGENCY = (
        "EMERGENCY",
        "",
        "紧急情况下保护生命健康和财产安全",
        "Life, health or property in an emergency (PIPL 13(4))",
    )
    CHILD_PROTECTION = (
        "CHILD_PROTECTION",
        "",
        "未成年人强制报告",
        "Mandatory report about a minor (Minors Protection Law 11)",
    )

"""Code sets of organizations and committees (domain 1.2, 1.3, 1.5). A kind's GB code is its credit code's prefix."""

from __future__ import annotations

from core.codes.sets import CodedEnum


class OrganizationKind(CodedEnum, zh="组织类别"):
    """What an organization is registered as (domain 1.2)."""

    AGENCY = "AGENCY", "11", "机关", "Agency", "行政机关"
    INSTITUTION = "INSTITUTION", "12", "事业单位", "Public institution"
    ASSOCIATION = "ASSOCIATION", "51", "社会团体", "Association", "社团"
    SOCIAL_SERVICE = "SOCIAL_SERVICE", "52", "社会服务机构", "Social service", "民办非企业单位", "民非"
    FOUNDATION = "FOUNDATION", "53", "基金会", "Foundation"
    COMPANY = "COMPANY", "91", "企业", "Company", "公司"
    SOLE_TRADER = "SOLE_TRADER", "92", "个体工商户", "Sole trader"
    COOPERATIVE = "COOPERATIVE", "93", "农民专业合作社", "Farmers' cooperative", "合作社"
    COLLECTIVE = "COLLECTIVE", "", "农村集体经济组织", "Rural economic collective"
    OTHER = "OTHER", "", "其他", "Other"


class OrganizationStatus(CodedEnum, zh="组织状态"):
    """Whether an organization exists still."""

    ACTIVE = "ACTIVE", "", "存续", "Active"
    CLOSED = "CLOSED", "", "已注销", "Closed", "注销"


class QualificationKind(CodedEnum, zh="税收资格"):
    """Tax qualifications of non-profit organizations (domain 1.5, 7)."""

    TAX_EXEMPT = "TAX_EXEMPT", "", "免税资格", "Tax exemption"
    DEDUCTIBLE = "DEDUCTIBLE", "", "公益性捐赠税前扣除资格", "Donations are tax-deductible"


class CommitteeKind(CodedEnum, zh="委员会类别"):
    """Villagers' or residents' committee; it decides what its division is (domain 1.3)."""

    VILLAGE = "VILLAGE", "", "村民委员会", "Villagers' committee", "村委会"
    RESIDENT = "RESIDENT", "", "居民委员会", "Residents' committee", "居委会"


class CommitteePost(CodedEnum, zh="委员会职务"):
    """Posts in a committee."""

    CHAIR = "CHAIR", "", "主任", "Chair"
    VICE_CHAIR = "VICE_CHAIR", "", "副主任", "Vice chair"
    MEMBER = "MEMBER", "", "委员", "Member"


class SubCommitteeKind(CodedEnum, zh="下属委员会类别"):
    """Committees under a villagers' or residents' committee."""

    MEDIATION = "MEDIATION", "", "人民调解委员会", "Mediation"
    SECURITY = "SECURITY", "", "治安保卫委员会", "Security"
    PUBLIC_HEALTH = "PUBLIC_HEALTH", "", "公共卫生委员会", "Public health"
    HEALTH = "HEALTH", "", "卫生健康委员会", "Health", "计划生育委员会"
    OTHER = "OTHER", "", "其他", "Other"

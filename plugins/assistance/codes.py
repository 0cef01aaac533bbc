"""The code sets of this plugin (domain 2)."""

from __future__ import annotations

from minzheng.plugin import CodedEnum


class AssistanceProgramme(CodedEnum, zh="救助项目"):
    """What a standard is for. So far the minimum living allowance."""

    DIBAO = "DIBAO", "", "最低生活保障", "Minimum living allowance (dibao)"


class AssistanceUrbanRural(CodedEnum, zh="城乡类别"):
    """Which households of a division a standard is for."""

    URBAN = "URBAN", "", "城镇", "Urban"
    RURAL = "RURAL", "", "农村", "Rural"
    ALL = "ALL", "", "城乡统一", "Urban and rural alike"


class AssistanceFactorKind(CodedEnum, zh="边缘系数类别"):
    """Which k of the marginal layer (domain 2, "Layers")."""

    LOCAL = "LOCAL", "", "本地低保边缘系数", "Local marginal factor"
    NATIONAL = "NATIONAL", "", "国家低保边缘系数", "National marginal factor"


class AssistanceIncomeKind(CodedEnum, zh="收入类别"):
    """The terms of family income (V-57 art. 13)."""

    WAGES = "WAGES", "", "工资性收入", "Wages"
    WORK_COST = "WORK_COST", "", "就业成本（扣减）", "Cost of working, subtracted"
    BUSINESS_NET = "BUSINESS_NET", "", "经营净收入", "Net business income"
    PROPERTY_NET = "PROPERTY_NET", "", "财产净收入", "Net property income"
    TRANSFER_IN = "TRANSFER_IN", "", "转移性收入", "Transfers received"
    TRANSFER_OUT = "TRANSFER_OUT", "", "转移性支出（扣减）", "Transfers paid, subtracted"
    OTHER = "OTHER", "", "其他收入", "Other income"
    DEDUCTION = (
        "DEDUCTION",
        "",
        "因病、因残增支（扣减）",
        "Extra spending from illness or disability, subtracted",
    )
    EXCLUDED_PREFERENTIAL = (
        "EXCLUDED_PREFERENTIAL",
        "",
        "优抚金（不计入）",
        "Preferential pension, not counted",
    )
    EXCLUDED_FAMILY_PLANNING = (
        "EXCLUDED_FAMILY_PLANNING",
        "",
        "计划生育奖励与扶助（不计入）",
        "Family-planning reward, not counted",
    )
    EXCLUDED_AWARD = (
        "EXCLUDED_AWARD",
        "",
        "奖学金、见义勇为奖励（不计入）",
        "Scholarship or bravery award, not counted",
    )
    EXCLUDED_ASSISTANCE = (
        "EXCLUDED_ASSISTANCE",
        "",
        "政府救助（不计入）",
        "Government assistance, not counted",
    )
    EXCLUDED_PENSION_BASE = (
        "EXCLUDED_PENSION_BASE",
        "",
        "居民养老保险中央基础养老金（不计入）",
        "Central basic part of the residents' pension, not counted",
    )
    EXCLUDED_LOCAL = "EXCLUDED_LOCAL", "", "地方规定不计入", "Not counted by local rule"


class AssistancePeriod(CodedEnum, zh="计算周期"):
    """What span an amount covers."""

    MONTH = "MONTH", "", "每月", "A month"
    YEAR = "YEAR", "", "近 12 个月合计", "The last twelve months together"


class AssistanceBand(CodedEnum, zh="救助层次"):
    """Where per capita income puts a household, as far as income alone decides."""

    DIBAO = "DIBAO", "", "低于低保标准", "Below the dibao standard"
    MARGINAL = "MARGINAL", "", "低保边缘", "Marginal: below k times the standard"
    NONE = "NONE", "", "不在低保和边缘范围", "In neither layer"

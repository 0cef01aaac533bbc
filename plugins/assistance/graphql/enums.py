"""The code sets as GraphQL enums."""

from __future__ import annotations

from minzheng.graphql import described
from plugins.assistance import codes

AssistanceBand = described(
    codes.AssistanceBand,
    "按收入得出的救助层次，未核财产。",
    "Layer by income alone; assets are not looked at.",
)
AssistanceIncomeKind = described(
    codes.AssistanceIncomeKind, "收入类别（民发〔2021〕57号第十三条）。", "Kind of income (V-57 art. 13)."
)
AssistancePeriod = described(codes.AssistancePeriod, "金额的计算周期。", "What span an amount covers.")
AssistanceProgramme = described(codes.AssistanceProgramme, "救助项目。", "Programme of a standard.")
AssistanceUrbanRural = described(
    codes.AssistanceUrbanRural, "标准适用的城乡类别。", "Whom a standard is for."
)
AssistanceFactorKind = described(codes.AssistanceFactorKind, "低保边缘系数类别。", "Kind of marginal factor.")

"""Code sets of projects (domain 1.8, 7)."""

from __future__ import annotations

from core.codes.sets import CodedEnum


class ProjectLevel(CodedEnum, zh="民生实事级别"):
    """Whose list of livelihood projects (省市县民生实事) a project is on."""

    PROVINCE = "PROVINCE", "", "省级", "Province"
    CITY = "CITY", "", "市级", "Prefecture"
    COUNTY = "COUNTY", "", "县级", "County"


class ProjectFacility(CodedEnum, zh="项目设施"):
    """What is built, whoever counts it."""

    FUNERAL_HOME = "FUNERAL_HOME", "", "殡仪馆", "Funeral home"
    CEMETERY = "CEMETERY", "", "公墓", "Cemetery"
    ELDERLY_CARE = "ELDERLY_CARE", "", "养老服务设施", "Elderly care"
    CHILD_PROTECTION = "CHILD_PROTECTION", "", "未成年人保护设施", "Child protection"
    SOCIAL_WORK = "SOCIAL_WORK", "", "社会工作设施", "Social work"
    OTHER = "OTHER", "", "其他", "Other"


class ProjectState(CodedEnum, zh="项目状态"):
    """The states of the workflow `core.project` (domain 1.8)."""

    PLANNED = "PLANNED", "", "已立项", "Planned"
    STARTED = "STARTED", "", "在建", "Started"
    SUSPENDED = "SUSPENDED", "", "暂停", "Suspended"
    COMPLETED = "COMPLETED", "", "已竣工", "Completed"
    OPERATING = "OPERATING", "", "已运营", "Operating"

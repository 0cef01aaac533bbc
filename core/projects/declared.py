"""What a kind of project is: who declares it, and which permission shows its projects."""

from __future__ import annotations

from dataclasses import dataclass

from core.access.permissions import PROJECTS_READ


@dataclass(frozen=True)
class ProjectKind:
    """A kind of project that core or a plugin counts, such as `elderly.home_upgrade`.

    Attributes:
        name: `<owner>.<name>`.
        read: the permission that shows projects of the kind, their progress and their money.
        livelihood: each project of the kind is on a list of livelihood projects (民生实事) and must say of which level.
    """

    name: str
    zh: str
    en: str
    read: str = PROJECTS_READ
    livelihood: bool = False


CORE_KINDS: tuple[ProjectKind, ...] = (
    ProjectKind("core.livelihood", "民生实事", "Livelihood projects", livelihood=True),
    ProjectKind("core.construction", "建设项目", "Construction"),
)

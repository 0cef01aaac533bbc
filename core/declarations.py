"""The kinds of things that core and plugins declare, each collected by a hook of its own.

A declaration has a `name`, `<owner>.<name>`. If it has `read`, that permission shows its rows in the tables of
`Declared` rows (`reads`: several); if it has `permissions`, they are registered as the owner's.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from core.documents.declared import CORE_KINDS, DocumentKind
from core.jobs.declared import Job
from core.jobs.own import CORE_JOBS
from core.measures.declared import Measure
from core.measures.own import CORE_MEASURES
from core.report.declared import ReportSection
from core.report.text import CORE_SECTIONS
from core.timeline.declared import TimelineKind
from core.timeline.kinds import CORE_TIMELINE
from core.workflow.declared import Workflow


@dataclass(frozen=True)
class Kind:
    """What a hook collects.

    Attributes:
        core: what core itself declares of it.
    """

    hook: str
    type: type
    core: Sequence[Any] = ()


KINDS: tuple[Kind, ...] = (
    Kind("workflows", Workflow),
    Kind("jobs", Job, CORE_JOBS),
    Kind("measures", Measure, CORE_MEASURES),
    Kind("report_section", ReportSection, CORE_SECTIONS),
    Kind("timeline", TimelineKind, CORE_TIMELINE),
    Kind("document_kinds", DocumentKind, CORE_KINDS),
)

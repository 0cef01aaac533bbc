"""The kinds of things that core and plugins declare, each collected by a hook of its own.

A declaration has a `name`, `<owner>.<name>`. If it has `read`, that permission shows its rows in the tables of
`Declared` rows; if it has `permissions`, they are registered as the owner's.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from core.entitlements.declared import Exclusion, Programme
from core.funds.declared import FundKind
from core.payments.recoveries import RECOVERIES
from core.payments.workflow import PAYMENTS
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
    Kind("workflows", Workflow, (PAYMENTS, RECOVERIES)),
    Kind("programmes", Programme),
    Kind("exclusions", Exclusion),
    Kind("fund_kinds", FundKind),
)

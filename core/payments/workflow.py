"""A batch from preparing to reconciling: nobody makes two of its steps (domain 2, FOUR_EYES)."""

from __future__ import annotations

from typing import Any

from core.access.permissions import PAYMENTS_READ
from core.codes.sets import UserRole
from core.payments.items import cancel_all, resend_all, send_all
from core.payments.models import PaymentBatch
from core.work import Work
from core.workflow.declared import START, State, Step, Transition, Workflow

BATCH = "payment_batch"  # the id prefix
_OFFICER = frozenset({UserRole.CITY_OFFICER})
_BOTH = _OFFICER | {UserRole.CITY_LEADER}
_PREPARERS = (START, "prepare_again")
_BEFORE = ("PREPARED", "REVIEWED", "APPROVED")


async def _cancelled(work: Work, row: Any, step: Step) -> None:
    await cancel_all(work, row)


async def _sent(work: Work, row: Any, step: Step) -> None:
    await send_all(work, row)


async def _sent_again(work: Work, row: Any, step: Step) -> None:
    await resend_all(work, row)


PAYMENTS = Workflow(
    name="core.payments",
    zh="发放批次",
    en="Payment batch",
    model=PaymentBatch,
    prefix=BATCH,
    read=PAYMENTS_READ,
    initial="PREPARED",
    begin="prepare",
    starts=_OFFICER,
    states=(
        State("PREPARED", "已编制", "Prepared", awaits="review"),
        State("REVIEWED", "已审核", "Reviewed", awaits="approve"),
        State("APPROVED", "已批准", "Approved", awaits="send"),
        State("SENT", "已送银行", "Sent", awaits="reconcile"),
        State("RECONCILED", "已核销", "Reconciled", final=True),
        State("CANCELLED", "已取消", "Cancelled", final=True),
    ),
    transitions=(
        Transition("prepare_again", "重新编制", "Prepare again", ("PREPARED",), None, _OFFICER, bare=False),
        Transition("review", "审核", "Review", ("PREPARED",), "REVIEWED", _BOTH, _PREPARERS),
        Transition(
            "approve",
            "批准",
            "Approve",
            ("REVIEWED",),
            "APPROVED",
            _BOTH,
            (*_PREPARERS, "review"),
        ),
        Transition("send", "送银行", "Send", ("APPROVED",), "SENT", _OFFICER, effect=_sent),
        Transition("reconcile", "核对", "Reconcile", ("SENT",), None, _OFFICER, bare=False),
        Transition("finish", "核销完毕", "Finish", ("SENT",), "RECONCILED", _OFFICER, bare=False),
        Transition(
            "resend",
            "退汇重发",
            "Send bounced items again",
            ("SENT",),
            "SENT",
            _OFFICER,
            effect=_sent_again,
        ),
        Transition("cancel", "取消", "Cancel", _BEFORE, "CANCELLED", _BOTH, reason=True, effect=_cancelled),
    ),
)

"""What referrals refuse with."""

from __future__ import annotations

from core.errors import ErrorCode

CONSENT_MISSING = ErrorCode(
    "CONSENT_MISSING",
    "转介须有本人同意（未满十四周岁由监护人同意），或写明法定依据及理由。",
    "A referral needs the person's consent (under fourteen, the guardian's), or a legal basis with its reason.",
)
REFERRAL_ADDRESSEE = ErrorCode(
    "REFERRAL_ADDRESSEE",
    "请指明一个接收方：本区县可用的业务或一个组织。",
    "Name one addressee: a service that the district uses, or an organization.",
)
REFERRAL_OPEN = ErrorCode(
    "REFERRAL_OPEN",
    "该人员转往同一接收方的转介尚未办结。",
    "A referral of this person to the same addressee is not finished yet.",
)

REFERRAL_REFUSALS = (CONSENT_MISSING, REFERRAL_ADDRESSEE, REFERRAL_OPEN)

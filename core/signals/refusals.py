"""What signals refuse with."""

from __future__ import annotations

from core.errors import ErrorCode

SIGNAL_CLOSED = ErrorCode("SIGNAL_CLOSED", "该预警已处理。", "This signal has been dealt with.")

SIGNAL_REFUSALS = (SIGNAL_CLOSED,)

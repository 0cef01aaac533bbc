"""The one way to refuse: a code, the input field at fault, and a message in Chinese and English.

Codes are those of `docs/domain.md`. A plugin brings its own with `register_codes` in its manifest; the
host refuses a code that two owners claim.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any, Literal

Language = Literal["zh", "en"]


@dataclass(frozen=True, slots=True)
class ErrorCode:
    """A refusal that clients may branch on. `zh` and `en` are format strings over the refusal's params."""

    code: str
    zh: str
    en: str


class Refused(Exception):
    """A rule said no. Carries a code, never a stack trace, to whoever asked.

    Args:
        code: one of the registered codes, such as ``ID_CHECKSUM``.
        field: path of the input field at fault, outermost first; empty when no single field is.
        params: values for the placeholders of the code's messages.
    """

    def __init__(self, code: ErrorCode, field: Sequence[str] = (), /, **params: Any) -> None:
        self.code = code
        self.field = tuple(field)
        self.params = params
        super().__init__(f"{code.code}: {self.message('en')}")

    def message(self, language: Language = "en") -> str:
        """The refusal in words that say what to do next."""
        return (self.code.zh if language == "zh" else self.code.en).format(**self.params)

    def at(self, *field: str) -> Refused:
        """The same refusal, blamed on `field` (a caller knows the path, a validator does not)."""
        self.field = tuple(field)
        return self


class StartupError(Exception):
    """The service will not start like this; the message says what to change."""


class CodeBook:
    """Error codes by name; two owners of one code are refused at start."""

    def __init__(self) -> None:
        self._codes: dict[str, tuple[str, ErrorCode]] = {}

    def add(self, owner: str, codes: Iterable[ErrorCode]) -> None:
        for code in codes:
            known = self._codes.get(code.code)
            if known and known[1] != code:
                raise StartupError(
                    f"错误代码 {code.code} 被 {known[0]} 和 {owner} 重复占用 / "
                    f"error code {code.code} is claimed by both {known[0]} and {owner}"
                )
            self._codes[code.code] = (owner, code)

    def all(self) -> list[ErrorCode]:
        """Every code, by name."""
        return [code for _, code in sorted(self._codes.values(), key=lambda pair: pair[1].code)]


class Refusals(Exception):
    """Several refusals of one input, so that a form can show them all at once."""

    def __init__(self, refusals: Sequence[Refused]) -> None:
        self.refusals = tuple(refusals)
        super().__init__("; ".join(str(refusal) for refusal in refusals))

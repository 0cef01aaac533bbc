"""Scalars. What the planner writes in SQL and what these serialise must be the same text."""

from __future__ import annotations

from datetime import UTC, date, datetime
from decimal import Decimal, InvalidOperation
from typing import Any, NewType

import strawberry
from graphql import GraphQLError

from core.codes import credit_code, division_code
from core.db import INSTANT_FORMAT
from core.errors import Refused
from schema.sql.fields import both

CitizenId = NewType("CitizenId", str)
DivisionCode = NewType("DivisionCode", str)
CreditCode = NewType("CreditCode", str)
JsonObject = NewType("JsonObject", dict[str, Any])


def _object(value: Any) -> dict[str, Any]:
    if not isinstance(value, dict):
        raise GraphQLError("an object is expected")
    return value


def _text(value: Any) -> str:
    if not isinstance(value, str):
        raise GraphQLError("a string is expected")
    return value


def _date(value: Any) -> date:
    try:
        return date.fromisoformat(_text(value))
    except ValueError:
        raise GraphQLError("a date is written YYYY-MM-DD") from None


def _instant(value: Any) -> datetime:
    try:
        moment = datetime.fromisoformat(_text(value))
    except ValueError:
        raise GraphQLError("an instant is written as RFC 3339, such as 2022-11-30T08:00:00Z") from None
    if moment.tzinfo is None:
        raise GraphQLError("an instant needs its offset, such as Z")
    try:
        return moment.astimezone(UTC)
    except OverflowError:
        raise GraphQLError("an instant lies between the years 1 and 9999") from None


def _decimal(value: Any) -> Decimal:
    try:
        number = Decimal(_text(value))
    except InvalidOperation:
        raise GraphQLError('a decimal is written as a string, such as "630.00"') from None
    if not number.is_finite():
        raise GraphQLError("a decimal is finite")
    return number


def _division(value: Any) -> str:
    try:
        return division_code.parse(_text(value))
    except Refused as refusal:
        raise GraphQLError(refusal.message(), original_error=refusal) from refusal


def _scalar(name: str, zh: str, en: str, parse: Any, serialize: Any = str) -> Any:
    return strawberry.scalar(name=name, description=both(zh, en), parse_value=parse, serialize=serialize)


SCALARS: dict[Any, Any] = {
    date: _scalar(
        "Date", "日期，YYYY-MM-DD。", "A date, YYYY-MM-DD.", _date, lambda value: value.isoformat()
    ),
    datetime: _scalar(
        "DateTime",
        "时刻，UTC，RFC 3339。",
        "A moment in UTC, RFC 3339.",
        _instant,
        lambda value: value.astimezone(UTC).strftime(INSTANT_FORMAT),
    ),
    Decimal: _scalar("Decimal", "十进制数，以字符串表示。", "A decimal number, as a string.", _decimal),
    CitizenId: _scalar(
        "CitizenId",
        "证件号码；默认掩码显示。",
        "An identity number; masked unless a purpose is given.",
        _text,
    ),
    CreditCode: _scalar(
        "CreditCode",
        "统一社会信用代码，18 位；自动去除空格并转为大写。",
        "A unified social credit code of 18 characters; spaces are dropped, letters made capital.",
        lambda value: credit_code.normalise(_text(value)),
    ),
    DivisionCode: _scalar(
        "DivisionCode",
        "行政区划代码，12 位；6、9 位以零补足。",
        "A division code of 12 digits; 6 or 9 are padded with zeros.",
        _division,
    ),
    JsonObject: _scalar("JSON", "一个 JSON 对象。", "A JSON object.", _object, lambda value: value),
}

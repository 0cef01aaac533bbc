"""The import column 年收入: yearly income of a person in yuan, as registers of other departments give it."""

from __future__ import annotations

import re
import unicodedata
from decimal import Decimal

from minzheng.plugin import ColumnImporter, Refused
from plugins.assistance.refusals import AMOUNT_RANGE
from plugins.assistance.service import check_amount, store_annual_incomes

HEADERS = ("年收入", "annual_income")
# Plain digits, or groups of three behind commas; "1,2,3" is more likely a slip than a number.
_NUMBER = re.compile(r"(\d+|\d{1,3}(,\d{3})+)(\.\d{1,2})?")


def parse_annual_income(text: str) -> Decimal:
    """An amount in yuan a year, such as `22,680.00`; full-width digits and 元 are accepted.

    Raises:
        Refused: AMOUNT_RANGE.
    """
    plain = unicodedata.normalize("NFKC", text).strip().removesuffix("元").strip()
    if not _NUMBER.fullmatch(plain):
        raise Refused(AMOUNT_RANGE, ("annual_income",))
    amount = Decimal(plain.replace(",", ""))
    check_amount(amount, "annual_income")
    return amount


COLUMNS = (ColumnImporter("annual_income", HEADERS, parse_annual_income, store_annual_incomes),)

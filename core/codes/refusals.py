"""What the validators of `core.codes` say when they refuse (codes: domain 1.1 and 1.3).

No message carries an id number: a refusal travels to logs, import reports and screens.
"""

from __future__ import annotations

import re

from core.errors import ErrorCode, Refused

ID_LENGTH = ErrorCode(
    "ID_LENGTH",
    "公民身份号码应为18位，当前为{length}位；15位旧号码已停用，请按居民身份证填写18位号码",
    "A resident id has 18 characters, this one has {length}; 15-digit ids are no longer valid, "
    "enter the number on the current identity card",
)
ID_FORMAT = ErrorCode(
    "ID_FORMAT",
    "公民身份号码应为17位数字加1位校验码（数字或X）；请检查是否有其他字符",
    "A resident id is 17 digits and a check character (a digit or X); look for other characters in it",
)
ID_REGION = ErrorCode(
    "ID_REGION",
    "公民身份号码前两位不是省级行政区划代码；请核对前六位",
    "The first two digits of the resident id are no province; check the first six digits",
)
ID_BIRTHDATE = ErrorCode(
    "ID_BIRTHDATE",
    "公民身份号码第7至14位不是有效日期；请按居民身份证核对出生日期",
    "Digits 7 to 14 of the resident id are no calendar date; check the birth date on the identity card",
)
ID_FUTURE_BIRTH = ErrorCode(
    "ID_FUTURE_BIRTH",
    "公民身份号码中的出生日期晚于今天；请核对第7至14位",
    "The birth date in the resident id is after today; check digits 7 to 14",
)
ID_CHECKSUM = ErrorCode(
    "ID_CHECKSUM",
    "公民身份号码校验码不正确，可能有一位输错；请逐位核对后重新填写",
    "The check character of the resident id does not fit, so a digit is probably wrong; "
    "compare it digit by digit and enter it again",
)
ID_MISMATCH = ErrorCode(
    "ID_MISMATCH",
    "性别或出生日期与公民身份号码不一致；请核对后更正其中错误的一项",
    "Gender or birth date differs from the resident id; check them and correct the one that is wrong",
)
DIV_FORMAT = ErrorCode(
    "DIV_FORMAT",
    "行政区划代码应为6、9或12位数字，且上级各段不能为零；请核对代码",
    "A division code has 6, 9 or 12 digits and no zero segment above a non-zero one; check the code",
)
CODE_UNKNOWN = ErrorCode(
    "CODE_UNKNOWN",
    "“{value}”不在代码集“{code_set}”中；请填写该代码集中的代码或名称",
    "“{value}” is not in the code set “{code_set}”; enter one of its codes or labels",
)
NAME_FORMAT = ErrorCode(
    "NAME_FORMAT",
    "姓名应为1至50个字符，不能含数字或控制字符；请按证件填写",
    "A name has 1 to 50 characters, no digits or control characters; enter it as on the identity document",
)
PHONE_FORMAT = ErrorCode(
    "PHONE_FORMAT",
    "不是有效的手机号码或固定电话号码；请填写11位手机号，或区号加固定电话",
    "Not a mobile or landline number of mainland China; enter 11 digits, or area code and number",
)
DATE_FORMAT = ErrorCode(
    "DATE_FORMAT",
    "不是有效日期；请按“2022-09-09”的格式填写",
    "Not a calendar date; enter it like 2022-09-09",
)

USCC_LENGTH = ErrorCode(
    "USCC_LENGTH",
    "统一社会信用代码应为18位，当前为{length}位；请按登记证书填写",
    "A unified social credit code has 18 characters, this one has {length}; enter it as on the certificate",
)
USCC_ALPHABET = ErrorCode(
    "USCC_ALPHABET",
    "统一社会信用代码只含数字和大写字母，且不含I、O、S、V、Z；请核对",
    "A unified social credit code has digits and capital letters without I, O, S, V and Z; check it",
)
USCC_CHECKSUM = ErrorCode(
    "USCC_CHECKSUM",
    "统一社会信用代码校验码不正确，可能有一位输错；请逐位核对后重新填写",
    "The check character of the unified social credit code does not fit, so a character is probably wrong; "
    "compare it character by character and enter it again",
)
USCC_KIND = ErrorCode(
    "USCC_KIND",
    "统一社会信用代码以{prefix}开头，属于“{expected}”，与所填类别不一致；请核对",
    "The credit code begins with {prefix}, which is of the kind {expected}; the kind given differs",
)
USCC_ORG_CHECK = ErrorCode(
    "USCC_ORG_CHECK",
    "统一社会信用代码第17位（组织机构代码校验码）不符；请核对，确认无误可以保存",
    "Character 17 of the credit code, the check digit of the organization code, does not fit; "
    "compare it, and keep it if it is right (a warning)",
)

CODES_REFUSALS: tuple[ErrorCode, ...] = (
    ID_LENGTH,
    ID_FORMAT,
    ID_REGION,
    ID_BIRTHDATE,
    ID_FUTURE_BIRTH,
    ID_CHECKSUM,
    ID_MISMATCH,
    DIV_FORMAT,
    CODE_UNKNOWN,
    NAME_FORMAT,
    PHONE_FORMAT,
    DATE_FORMAT,
    USCC_LENGTH,
    USCC_ALPHABET,
    USCC_CHECKSUM,
    USCC_KIND,
    USCC_ORG_CHECK,
)

_SHOWN = 20


def unknown_code(value: str, code_set: str) -> Refused:
    """The CODE_UNKNOWN refusal of `value`, fit to be shown.

    Args:
        value: what was entered. An import may put an id or phone number in this column, so runs of
            six digits and more are starred, and long text is cut.
        code_set: the title of the code set.

    Returns:
        The refusal, for the caller to raise.
    """
    starred = re.sub(r"\d{6,}", "******", value)
    shown = starred if len(starred) <= _SHOWN else f"{starred[:_SHOWN]}…"
    return Refused(CODE_UNKNOWN, value=shown, code_set=code_set)

"""Unified social credit codes (统一社会信用代码): 18 characters that name an organization (domain 1.2; GB 32100-2015).

`stdnum.cn.uscc.validate` is not used: it refuses codes of rural collectives, whose registration number begins
with letters, and does not look at the check digit inside.
"""

from __future__ import annotations

from dataclasses import dataclass

from core.codes.organizations import OrganizationKind
from core.codes.refusals import USCC_ALPHABET, USCC_CHECKSUM, USCC_LENGTH, USCC_ORG_CHECK
from core.codes.text import compact
from core.errors import ErrorCode, Refused

ALPHABET = "0123456789ABCDEFGHJKLMNPQRTUWXY"  # no I O S V Z
_WEIGHTS = (1, 3, 9, 27, 19, 26, 16, 17, 20, 29, 25, 13, 8, 24, 10, 30, 28)
_ORGANIZATION_WEIGHTS = (3, 7, 9, 10, 5, 8, 4, 2)

# The first two characters: registering department and category.
PREFIXES: dict[str, tuple[str, str]] = {
    "11": ("机关", "Agency"),
    "12": ("事业单位", "Public institution"),
    "51": ("社会团体", "Association"),
    "52": ("民办非企业单位（社会服务机构）", "Private non-enterprise unit (social service)"),
    "53": ("基金会", "Foundation"),
    "54": ("村民委员会", "Villagers' committee"),
    "55": ("居民委员会", "Residents' committee"),
    "59": ("民政部门登记的其他组织", "Other, registered by civil affairs"),
    "91": ("企业", "Company"),
    "92": ("个体工商户", "Sole trader"),
    "93": ("农民专业合作社", "Farmers' cooperative"),
    "N1": ("组级集体经济组织", "Economic collective of a group"),
    "N2": ("村级集体经济组织", "Economic collective of a village"),
    "N3": ("乡镇级集体经济组织", "Economic collective of a town"),
}

# What a code says of its owner's kind. 54 and 55 are not sure enough to be held against anybody (domain 1.2).
_COLLECTIVES = dict.fromkeys(("N1", "N2", "N3"), OrganizationKind.COLLECTIVE)
_KINDS = {kind.gb: kind for kind in OrganizationKind if kind.gb} | _COLLECTIVES


@dataclass(frozen=True, slots=True)
class CreditCode:
    """A checked code.

    Attributes:
        prefix: the first two characters, a key of `PREFIXES` if it is a known one.
        warnings: what is odd about it and no reason to refuse it: USCC_ORG_CHECK.
    """

    code: str
    prefix: str
    warnings: tuple[ErrorCode, ...] = ()

    @property
    def kind(self) -> OrganizationKind | None:
        """The kind of organization that the prefix tells; None when it tells none."""
        return _KINDS.get(self.prefix)


def normalise(text: str) -> str:
    """The code as it is stored: NFKC, no spaces or hyphens of any kind, upper case (domain 1.2)."""
    return compact(text).upper()


def parse(text: str) -> CreditCode:
    """Check a credit code; the first failure is the only one told.

    Args:
        text: as typed; normalised here.

    Raises:
        Refused: USCC_LENGTH, USCC_ALPHABET or USCC_CHECKSUM.
    """
    code = normalise(text)
    if len(code) != 18:
        raise Refused(USCC_LENGTH, length=len(code))
    if not set(code) <= set(ALPHABET):
        raise Refused(USCC_ALPHABET)
    if check_character(code[:17]) != code[17]:
        raise Refused(USCC_CHECKSUM)
    fits = organization_check(code[8:16]) == code[16]
    return CreditCode(code, code[:2], () if fits else (USCC_ORG_CHECK,))


def check_character(first17: str) -> str:
    """The last character for 17 of the alphabet (GB 32100-2015)."""
    total = sum(
        ALPHABET.index(character) * weight for character, weight in zip(first17, _WEIGHTS, strict=True)
    )
    return ALPHABET[-total % 31]


def organization_check(first8: str) -> str:
    """The check digit inside: of the organization code in positions 9 to 17 (GB 11714; domain 1.2)."""
    total = sum(
        int(character, 36) * weight for character, weight in zip(first8, _ORGANIZATION_WEIGHTS, strict=True)
    )
    return "0123456789X"[-total % 11]


def make(prefix: str, region: str, organization: str) -> str:
    """Compose a valid code, for generated data; region 410189 is unassigned, so nobody owns its codes.

    Args:
        prefix: two characters. region: six digits. organization: eight characters of the alphabet.

    Raises:
        ValueError: they do not fit their places.
    """
    body = f"{prefix}{region}{organization}"
    if (len(prefix), len(region), len(organization)) != (2, 6, 8) or not set(body) <= set(ALPHABET):
        raise ValueError("a credit code needs 2, 6 and 8 characters of its alphabet")
    first17 = body + organization_check(organization)
    return first17 + check_character(first17)

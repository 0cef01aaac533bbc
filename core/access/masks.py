"""How sensitive values look to those who may not see them (domain 1.7).

A mask never fails: what is too short to be masked by the rule is starred whole, so that odd old data does
not leak.
"""

from __future__ import annotations


def mask_id(number: str) -> str:
    """First 1 and last 1, all between starred (domain 1.7, vector 7: ``4****************6``).

    Region, birth date and last four would rebuild a resident id, so no more is shown. Other documents follow
    the same rule at their own length; under six characters all is starred.
    """
    if len(number) < 6:
        return "*" * len(number)
    return f"{number[0]}{'*' * (len(number) - 2)}{number[-1]}"


def mask_name(name: str) -> str:
    """One character: ``*``; two: first and ``*``; longer: first, stars, last (domain 1.7)."""
    if len(name) < 2:
        return "*" * len(name)
    return f"{name[0]}*" if len(name) == 2 else f"{name[0]}{'*' * (len(name) - 2)}{name[-1]}"


def mask_phone(phone: str) -> str:
    """First 3, ``****``, last 4 (domain 1.7), as long as that hides four digits or more.

    Of a landline of 8 to 10 digits only the last 4 show, as 3 + 4 would tell nearly all of it; under 8 digits
    all is starred.
    """
    if len(phone) < 8:
        return "*" * len(phone)
    return f"{phone[:3]}****{phone[-4:]}" if len(phone) >= 11 else _last_four(phone)


def mask_bank(account: str) -> str:
    """Last 4, the rest starred (domain 1.7, bank account); under 8 characters all is starred."""
    return _last_four(account) if len(account) >= 8 else "*" * len(account)


def _last_four(text: str) -> str:
    return f"{'*' * (len(text) - 4)}{text[-4:]}"

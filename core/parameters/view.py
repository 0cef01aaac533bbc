"""What holds where and when, once the values of a district are read: no further query, however many ask."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from functools import cache

from core.access.principal import NATION
from core.codes import division_code
from core.errors import Refused
from core.parameters.declared import ALWAYS, Parameter, Plain
from core.parameters.models import ParameterValue
from core.parameters.refusals import PARAMETER_MISSING, PARAMETER_UNKNOWN


@cache
def path(code: str) -> tuple[str, ...]:
    """A division and those above it, nearest first, the nation last."""
    return (NATION,) if code == NATION else (*reversed(division_code.path_of(code)), NATION)


@dataclass(frozen=True)
class Applied:
    """The value that applies somewhere on a day, and where it comes from.

    Attributes:
        division: whose own value it is; None for the declared default.
    """

    parameter: Parameter
    value: str
    division: str | None
    source: str
    valid_from: date
    valid_to: date | None

    def holds(self, on: date) -> bool:
        """Whether it holds on a day."""
        return self.valid_from <= on and (self.valid_to is None or on < self.valid_to)


Override = Mapping[tuple[str, str], str]


class ParameterView:
    """The values of some divisions, as known at one moment. It holds no row of a session, so it may be kept.

    Args:
        parameters: those declared, by name. rows: the values known then, of the divisions that will be asked about.
    """

    def __init__(self, parameters: Mapping[str, Parameter], rows: Iterable[ParameterValue]) -> None:
        self._parameters = parameters
        self._own: dict[tuple[str, str], list[Applied]] = {}
        self._found: dict[tuple[str, str, date], Applied | None] = {}
        self._plain: dict[tuple[str, str, date], Plain | None] = {}
        for row in rows:
            if row.name in parameters:
                self._own.setdefault((row.name, row.division), []).append(_applied(parameters[row.name], row))

    def laid_over(self, overrides: Override) -> ParameterView:
        """The same, with other values instead: by (name, division), for every day."""
        made = ParameterView(self._parameters, ())
        instead = {
            (name, division): [Applied(self.parameter(name), value, division, "", ALWAYS, None)]
            for (name, division), value in overrides.items()
        }
        made._own = {**self._own, **instead}
        return made

    def parameter(self, name: str) -> Parameter:
        """The declaration of a name.

        Raises:
            Refused: PARAMETER_UNKNOWN.
        """
        if name not in self._parameters:
            raise Refused(PARAMETER_UNKNOWN, name=name[:80])
        return self._parameters[name]

    def applied(self, name: str, division: str, on: date) -> Applied | None:
        """What applies: the value of the nearest division up the tree, else the default of that day, else nothing.

        Raises:
            Refused: PARAMETER_UNKNOWN.
        """
        key = (name, division, on)
        if key not in self._found:
            self._found[key] = self._look_up(self.parameter(name), division, on)
        return self._found[key]

    def _look_up(self, parameter: Parameter, division: str, on: date) -> Applied | None:
        for code in path(division):
            for own in self._own.get((parameter.name, code), ()):
                if own.holds(on):
                    return own
        default = parameter.default(on)
        if default is None:
            return None
        end = default.valid_to
        return Applied(parameter, default.value, None, default.source, default.valid_from, end)

    def get(self, name: str, division: str, on: date) -> Plain | None:
        """The value, or None where there is none.

        Raises:
            Refused: PARAMETER_UNKNOWN.
        """
        key = (name, division, on)
        if key not in self._plain:
            found = self.applied(name, division, on)
            self._plain[key] = None if found is None else found.parameter.plain(found.value)
        return self._plain[key]

    def value(self, name: str, division: str, on: date) -> Plain:
        """The value that applies in a division on a day: Decimal, int, bool or the name of a choice.

        Raises:
            Refused: PARAMETER_UNKNOWN, PARAMETER_MISSING.
        """
        found = self.get(name, division, on)
        if found is None:
            raise Refused(PARAMETER_MISSING, name=name, division=division, day=on)
        return found

    def number(self, name: str, division: str, on: date) -> Decimal:
        """As `value`, of a parameter of kind NUMBER or WHOLE."""
        return Decimal(self.value(name, division, on))

    def whole(self, name: str, division: str, on: date) -> int:
        """As `value`, of a parameter of kind WHOLE."""
        return int(self.value(name, division, on))

    def flag(self, name: str, division: str, on: date) -> bool:
        """As `value`, of a parameter of kind FLAG."""
        return self.value(name, division, on) is True


def _applied(parameter: Parameter, row: ParameterValue) -> Applied:
    return Applied(parameter, row.value, row.division, row.source, row.valid_from, row.valid_to)

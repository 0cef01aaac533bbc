"""Hook implementations, nothing else."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from minzheng.plugin import (
    ColumnImporter,
    DemoCity,
    ErrorCode,
    HouseholdChange,
    LifeEvent,
    Measure,
    Parameter,
    ParameterChange,
    Permission,
    RuleSet,
    Work,
    hookimpl,
)
from plugins.assistance import demo, importing, service
from plugins.assistance import parameters as factors
from plugins.assistance.graphql.extensions import EXTENSIONS
from plugins.assistance.graphql.types import NODES
from plugins.assistance.layers import LAYERS
from plugins.assistance.measures import MEASURES
from plugins.assistance.permissions import PERMISSIONS
from plugins.assistance.refusals import REFUSALS


@hookimpl
def type_extensions() -> Mapping[type, type]:
    return EXTENSIONS


@hookimpl
def schema_types() -> Sequence[type]:
    return NODES


@hookimpl
def permissions() -> Sequence[Permission]:
    return PERMISSIONS


@hookimpl
def error_codes() -> Sequence[ErrorCode]:
    return REFUSALS


@hookimpl
def importers() -> Sequence[ColumnImporter]:
    return importing.COLUMNS


@hookimpl
def measures() -> Sequence[Measure]:
    return MEASURES


@hookimpl
def parameters() -> Sequence[Parameter]:
    return factors.PARAMETERS


@hookimpl
def rule_sets() -> Sequence[RuleSet]:
    return (LAYERS,)


@hookimpl
async def parameter_changed(work: Work, change: ParameterChange) -> None:
    await factors.parameter_changed(work, change)


@hookimpl
async def household_changed(work: Work, change: HouseholdChange) -> None:
    await service.households_changed(work, change)


@hookimpl
async def life_event(work: Work, event: LifeEvent) -> str | None:
    return await service.person_moved(work, event)


@hookimpl
async def demo_data(city: DemoCity) -> None:
    await demo.fill(city)

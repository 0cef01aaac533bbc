"""Types that refer to each other in a circle, asked for only when a schema is built."""

from __future__ import annotations


def person() -> type:
    from schema.types.person import Person

    return Person


def household() -> type:
    from schema.types.household import Household

    return Household


def organization() -> type:
    from schema.types.organization import Organization

    return Organization


def committee() -> type:
    from schema.types.committee import Committee

    return Committee


def committee_member() -> type:
    from schema.types.committee import CommitteeMember

    return CommitteeMember


def project() -> type:
    from schema.types.project import Project

    return Project

"""What the mutations on an organization share."""

from __future__ import annotations

from typing import Any

import strawberry

from core.organizations.models import Organization as OrganizationRow
from core.persons.models import Person as PersonRow
from core.work import Work
from schema.mutations.base import Payload, UpdateInput, found, payload, written
from schema.sql.fields import both
from schema.types.organization import Organization


@strawberry.input(description=both("组织的变更。", "A change of an organization."))
class OrganizationInput(UpdateInput):
    organization: strawberry.ID = strawberry.field(
        description=both("组织编号（全局）。", "Id of the organization.")
    )


@payload("写入结果。", "What was written.")
class OrganizationPayload(Payload):
    organization: Organization | None = written(lambda: Organization, "组织。", "The organization.")


async def organization_of(work: Work, input: OrganizationInput) -> OrganizationRow:
    """The organization the input names, in reach."""
    return await found(work, input.organization, "organization", OrganizationRow, "organization")


async def representative_of(work: Work, id_: Any) -> PersonRow | None:
    """The person named as legal representative, in reach; None when none is."""
    return await found(work, None if id_ is strawberry.UNSET else id_, "legalRep")

"""What one GraphQL request carries, and what answers it; HTTP stays outside."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from core.access.principal import Principal
from core.errors import Language


@dataclass(frozen=True)
class GraphQLRequest:
    """One operation to run, already parsed from its transport.

    Attributes:
        principal: the caller; `Principal.purpose` is the `Purpose` header.
        district: the code of `/districts/{code}/graphql`; None for `/graphql`.
        idempotency_key: the `Idempotency-Key` header, suffixed by response key for each mutation.
        read_only: True for GET, which never runs a mutation.
        streaming: the transport carries subscriptions.
        after: the position after which a subscription goes on, as its transport says.
    """

    query: str
    principal: Principal
    variables: dict[str, Any] = field(default_factory=dict)
    operation_name: str | None = None
    district: str | None = None
    language: Language = "en"
    idempotency_key: str | None = None
    read_only: bool = False
    request_id: str = ""
    streaming: bool = False
    after: int | None = None


@dataclass(frozen=True)
class GraphQLAnswer:
    """The response body, and whether the request got as far as execution (a transport needs the status).

    Attributes:
        empty: an event of a subscription that the caller may not see. failed: one that could not be answered.
    """

    body: bytes
    executed: bool = True
    empty: bool = False
    failed: bool = False
